import * as z from 'zod'
import { answerPrincipals } from '../../graph/answer-principals.ts'
import { KINDS } from '../../graph/edges.ts'
import { FORMAT, name, PAGING, text, WINDOW } from '../query.ts'
import { always, given, route } from '../route.ts'
import { principalsTable } from '../tables.ts'

export const principals = route({
  path: '/principals',
  least: 'viewer',
  summary: 'everybody who assumed a role or was refused one',
  query: z.strictObject({
    q: text('a part of its id or name').optional(),
    kind: z.enum(KINDS).optional(),
    cluster: text('name, issuer or ARN of a cluster').optional(),
    namespace: name('namespace of a workload').optional(),
    ...WINDOW,
    ...PAGING,
    ...FORMAT,
  }),
  answer: 'PrincipalList',
  isWide: always,
  handle: async ({ store, asked, query: { q, kind, cluster, namespace }, known, reading }) =>
    answerPrincipals(
      store,
      { ...asked, ...given({ q, kind, cluster, namespace }) },
      known,
      await reading.marks(),
    ),
  table: principalsTable,
})
