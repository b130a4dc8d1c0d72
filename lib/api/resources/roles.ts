import * as z from 'zod'
import { answerRoles } from '../../graph/answer-roles.ts'
import { answerSimulation } from '../../review/answer-simulation.ts'
import { answerTrust } from '../../review/answer-trust.ts'
import { Problem } from '../problem.ts'
import { account, FORMAT, PAGING, text, WINDOW } from '../query.ts'
import { answered } from '../refusals.ts'
import { always, given, route } from '../route.ts'
import { rolesTable } from '../tables.ts'

export const roles = route({
  path: '/roles',
  least: 'viewer',
  summary: 'every role that somebody assumed, or was refused',
  query: z.strictObject({
    q: text('a part of its ARN').optional(),
    account: account().optional(),
    ...WINDOW,
    ...PAGING,
    ...FORMAT,
  }),
  answer: 'RoleList',
  isWide: always,
  handle: async ({ store, asked, query: { q, account }, known, reading }) =>
    answerRoles(
      store,
      { ...asked, ...given({ q, account }) },
      known,
      await reading.marks(),
      await reading.declaredRoles(),
    ),
  table: rolesTable,
})

export const roleTrust = route({
  path: '/roles/trust',
  least: 'viewer',
  summary: 'the trust of a role, statement by statement, beside who was seen',
  query: z.strictObject({ role: text('ARN or name of a role'), ...WINDOW }),
  answer: 'RoleTrust',
  problems: ['no-snapshot', 'not-declared'],
  handle: async ({ store, asked, query: { role }, known, config }) =>
    answered(await answerTrust(store, { ...asked, role }, known, config)),
})

export const simulations = route({
  method: 'POST',
  path: '/roles/simulations',
  least: 'viewer',
  summary: 'what a changed trust would have refused of what was seen; nothing is changed',
  query: z.strictObject({ ...WINDOW }),
  body: z
    .strictObject({
      role: text('ARN or name of a role'),
      trust: z.record(z.string(), z.unknown()).optional().describe('the whole new trust'),
      remove: z.int().min(0).max(1000).optional().describe('index of the statement that goes'),
    })
    .refine(({ trust, remove }) => (trust === undefined) !== (remove === undefined)),
  answer: 'Simulation',
  problems: ['no-snapshot', 'not-declared'],
  handle: async ({ store, asked, body: { role, trust, remove }, known, config }) => {
    const change =
      remove === undefined
        ? ({ kind: 'replace', trust } as const)
        : ({ kind: 'remove', statement: remove } as const)
    const answer = await answerSimulation(store, { ...asked, role, change }, known, config)
    if (answer.kind === 'WrongTrust')
      throw new Problem('wrong-body', {
        errors: [{ pointer: trust === undefined ? '/remove' : '/trust' }],
      })
    return answered(answer)
  },
})
