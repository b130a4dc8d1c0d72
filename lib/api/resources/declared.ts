import * as z from 'zod'
import { answerWhy } from '../../drift/answer-why.ts'
import { answerPolicy } from '../../review/least-privilege.ts'
import { answerTighten } from '../../review/tighten.ts'
import { text, WINDOW } from '../query.ts'
import { answered } from '../refusals.ts'
import { always, given, route } from '../route.ts'

const workload = text('namespace/serviceaccount, or cluster/namespace/serviceaccount')
const cluster = text('only in this cluster: its name, issuer or ARN').optional()

export const policy = route({
  path: '/policy',
  least: 'viewer',
  summary: 'the least-privilege policy of each role that a workload was seen with',
  query: z.strictObject({ principal: workload, cluster, ...WINDOW }),
  answer: 'PolicyList',
  isWide: always,
  problems: ['unknown-name'],
  handle: async ({ store, asked, query: { principal, cluster }, known }) =>
    answered(
      await answerPolicy(
        store,
        { ...asked, limit: 0, workload: principal, ...given({ cluster }) },
        known,
      ),
    ),
})

export const why = route({
  path: '/why',
  least: 'viewer',
  summary: 'why a ServiceAccount gets a role, or is refused',
  query: z.strictObject({
    principal: workload,
    role: text('ARN or name of a role'),
    cluster,
    ...WINDOW,
  }),
  answer: 'WhyList',
  isWide: always,
  problems: ['no-snapshot', 'not-declared'],
  handle: async ({ store, asked, query: { principal, role, cluster }, known, config }) =>
    answered(
      await answerWhy(
        store,
        { ...asked, limit: 0, workload: principal, role, ...given({ cluster }) },
        known,
        config,
      ),
    ),
})

export const tighten = route({
  path: '/tighten',
  least: 'viewer',
  summary: 'the trust that admits exactly who was seen, and what it would have refused',
  query: z.strictObject({ role: text('ARN or name of a role'), ...WINDOW }),
  answer: 'TightenList',
  isWide: always,
  problems: ['no-snapshot', 'not-declared'],
  handle: async ({ store, asked, query: { role }, known, config }) =>
    answered(await answerTighten(store, { ...asked, limit: 0, role }, known, config)),
})
