import * as z from 'zod'
import { answerFinding, answerFindings } from '../../finding/answer-findings.ts'
import { decide, REASON_MIN } from '../../finding/decide.ts'
import { findingNamed } from '../../finding/find.ts'
import { FINDING_STATUSES, PERSON_ACTIONS, SUPPRESSION_SCOPES } from '../../finding/finding.ts'
import { previewOf } from '../../finding/preview.ts'
import { timestamp } from '../../graph/timestamp.ts'
import { parseRfc3339Utc } from '../../record/time.ts'
import { SEVERITIES } from '../../rule.ts'
import { suffices } from '../auth/caller.ts'
import { decided, unknownFinding } from '../decided.ts'
import { Problem } from '../problem.ts'
import { FORMAT, name, PAGING, text, WINDOW } from '../query.ts'
import { given, route } from '../route.ts'
import { RULES } from '../rules.ts'
import { findingsTable } from '../tables.ts'

const VALUES_MAX = 20
const PREVIEW_SECONDS = 30 * 86_400

export const findings = route({
  path: '/findings',
  least: 'viewer',
  summary: 'what was found, open ones first, then the worst, then the latest',
  query: z.strictObject({
    status: z.array(z.enum(FINDING_STATUSES)).max(VALUES_MAX).optional(),
    severity: z.enum(SEVERITIES).optional().describe('this severity or worse'),
    rule: z.array(name('id of a rule')).max(VALUES_MAX).optional(),
    kind: z.enum(['anomaly', 'drift']).optional(),
    namespace: z.array(name('namespace of a workload')).max(VALUES_MAX).optional(),
    cluster: text('name of a cluster').optional(),
    story: text('findings of one story are one thing that happened').optional(),
    q: text('a part of the title, subject, role, account or network').optional(),
    ...WINDOW,
    ...PAGING,
    ...FORMAT,
  }),
  answer: 'FindingList',
  handle: async ({ store, asked, query, known }) => {
    const { status, severity, rule: rules, kind, namespace: namespaces, cluster, story, q } = query
    const limits = given({ status, severity, rules, kind, namespaces, cluster, story, q })
    return answerFindings(store, { ...asked, ...limits }, known)
  },
  table: findingsTable,
})

const FINDING = { id: z.string().regex(/^fnd_[0-9a-f]{6,16}$/) }

export const finding = route({
  path: '/findings/{id}',
  least: 'viewer',
  summary: 'one finding, what its rule says, and what else belongs to its story',
  query: z.strictObject({}),
  params: FINDING,
  answer: 'FindingDetail',
  problems: ['unknown-finding'],
  handle: async ({ store, params }) => {
    const answer = await answerFinding(store, params['id']!, RULES)
    if (answer.kind === 'Unknown') throw unknownFinding(answer)
    return answer
  },
})

export const decisions = route({
  path: '/findings/{id}/decisions',
  least: 'viewer',
  summary: 'why it stands as it does, oldest first',
  query: z.strictObject({}),
  params: FINDING,
  answer: 'DecisionList',
  problems: ['unknown-finding'],
  handle: async ({ store, params }) => {
    const found = await findingNamed(store, params['id']!)
    if (found.kind === 'Unknown') throw unknownFinding(found)
    const { id, version, status, history } = found
    return {
      apiVersion: 'podtrail/v1' as const,
      kind: 'DecisionList' as const,
      finding: { id, version, status },
      items: history,
    }
  },
})

const moment = z
  .string()
  .max(30)
  .refine((value) => parseRfc3339Utc(value) >= 0)
  .meta({ format: 'date-time' })

const DECISION = z.strictObject({
  action: z.enum(PERSON_ACTIONS),
  reason: z
    .string()
    .min(1)
    .max(1000)
    .describe(`${REASON_MIN} characters or more, unless it is a comment`),
  ticket: z.string().min(1).max(200).nullish(),
  expires: moment.nullish().describe('when an approval or a suppression ends'),
  until: z
    .union([
      z.strictObject({ kind: z.enum(['change', 'date']) }),
      z.strictObject({ kind: z.literal('count'), count: z.int().min(1).max(1_000_000_000) }),
    ])
    .nullish()
    .describe('suppress: until its content changes, until a date, or until so many more'),
  scope: z.enum(SUPPRESSION_SCOPES).nullish().describe('suppress: of what else'),
})

export const decision = route({
  method: 'POST',
  path: '/findings/{id}/decisions',
  least: 'responder',
  summary:
    'approve (reviewers), suppress, resolve, reopen or comment; If-Match names the version that was seen',
  query: z.strictObject({}),
  params: FINDING,
  body: DECISION,
  answer: 'Finding',
  status: 201,
  problems: ['unknown-finding', 'conflict', 'not-possible', 'precondition-required'],
  handle: async ({ store, params, body, ifMatch, caller, now }) => {
    // What is approved is right from then on, also for everybody else.
    if (body.action === 'approve' && !suffices(caller.role, 'reviewer'))
      throw new Problem('not-allowed')
    if (ifMatch === null || !/^\d{1,9}$/.test(ifMatch)) throw new Problem('precondition-required')
    const { action, reason, ticket = null, expires = null, until = null, scope = null } = body
    const ends = expires === null ? null : parseRfc3339Utc(expires)
    const asked = { action, by: caller.name, reason, ticket, expires: ends, until, scope }
    return decided(await decide(store, params['id']!, asked, Number(ifMatch), now))
  },
})

export const previews = route({
  method: 'POST',
  path: '/findings/{id}/previews',
  least: 'viewer',
  summary: 'what a suppression would have hidden of the last 30 days; nothing is changed',
  query: z.strictObject({}),
  params: FINDING,
  body: z.strictObject({ scope: z.enum(SUPPRESSION_SCOPES) }),
  answer: 'Preview',
  problems: ['unknown-finding'],
  handle: async ({ store, params, body, now }) => {
    const since = timestamp(Math.max(0, now - PREVIEW_SECONDS))
    const answer = await previewOf(store, params['id']!, body.scope, since)
    if (answer.kind === 'Unknown') throw unknownFinding(answer)
    return answer
  },
})
