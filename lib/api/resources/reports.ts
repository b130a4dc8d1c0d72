import * as z from 'zod'
import { timestamp } from '../../graph/timestamp.ts'
import { answerReport } from '../../review/answer-report.ts'
import { packFiles } from '../../review/pack-files.ts'
import { REVIEW_DECISIONS, signOffOf } from '../../review/sign-off.ts'
import { zipOf } from '../../review/zip.ts'
import { jsonOf } from '../../text/json.ts'
import { File } from '../file.ts'
import { Problem } from '../problem.ts'
import { atTime, name, text, WINDOW } from '../query.ts'
import { answered } from '../refusals.ts'
import { type Asking, always, given, route } from '../route.ts'

const QUERY = z.strictObject({
  namespace: name('the Kubernetes namespace, in all clusters'),
  against: atTime('compare with the snapshot of then; without: the approved one'),
  ...WINDOW,
})

export const report = route({
  path: '/reports',
  least: 'viewer',
  summary: 'what a review of a namespace has to decide, with the evidence',
  query: QUERY,
  answer: 'ReviewPack',
  isWide: always,
  problems: ['no-snapshot', 'not-declared'],
  handle: packOf,
})

export const pack = route({
  path: '/reports/pack',
  least: 'viewer',
  summary:
    'the evidence pack: report, tables, signed decisions, and their hashes, as a zip archive',
  query: QUERY,
  answer: 'File',
  isWide: always,
  problems: ['no-snapshot', 'not-declared'],
  isPersonal: true,
  handle: async (asking) => {
    const { store, query, now } = asking
    const found = await packOf(asking)
    const signed = await store.signOffs(query.namespace)
    const { from, to } = found.window
    const times = [...(from === null ? [] : ['--from', from]), ...(to === null ? [] : ['--to', to])]
    const files = packFiles(
      found,
      { query: ['podtrail report', '-n', query.namespace, ...times].join(' '), at: timestamp(now) },
      [{ name: 'sign-offs.json', text: jsonOf(signed) }],
    )
    return new File('application/zip', 'podtrail-review.zip', zipOf(files, now))
  },
})

async function packOf({ store, asked, query, known, config }: Asking<z.output<typeof QUERY>>) {
  const { namespace, against } = query
  return answered(
    await answerReport(
      store,
      { ...asked, limit: 0, namespace, ...given({ against }) },
      known,
      config,
    ),
  )
}

const DECISIONS_MAX = 500

export const signOffs = route({
  path: '/reports/sign-offs',
  least: 'viewer',
  summary: 'what was signed about a namespace, oldest first',
  query: z.strictObject({ namespace: name('the Kubernetes namespace') }),
  answer: 'SignOffList',
  handle: async ({ store, query: { namespace } }) => ({
    apiVersion: 'podtrail/v1' as const,
    kind: 'SignOffList' as const,
    items: await store.signOffs(namespace),
  }),
})

export const signOff = route({
  method: 'POST',
  path: '/reports/sign-offs',
  least: 'reviewer',
  summary: 'signs decisions about ServiceAccounts, as of the newest snapshot; it is kept for good',
  query: z.strictObject({}),
  body: z.strictObject({
    namespace: name('the Kubernetes namespace'),
    decisions: z
      .array(
        z.strictObject({
          subject: text('cluster/namespace/serviceaccount'),
          decision: z.enum(REVIEW_DECISIONS),
          reason: z.string().max(1000),
        }),
      )
      .min(1)
      .max(DECISIONS_MAX),
  }),
  answer: 'SignOff',
  status: 201,
  problems: ['no-snapshot'],
  handle: async ({ store, body: { namespace, decisions }, caller, now }) => {
    const [newest] = await store.snapshots()
    if (newest === undefined) throw new Problem('no-snapshot')
    const stray = decisions.findIndex(({ subject }) => subject.split('/').at(-2) !== namespace)
    if (stray >= 0)
      throw new Problem('wrong-body', { errors: [{ pointer: `/decisions/${stray}/subject` }] })
    const signed = {
      namespace,
      at: timestamp(now),
      by: caller.name,
      snapshot: newest.id,
      decisions,
    }
    const made = signOffOf(signed)
    await store.addSignOff(made)
    return { kind: 'SignOff' as const, ...made }
  },
})
