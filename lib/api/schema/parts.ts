import * as z from 'zod'
import type { CoverageStatement } from '../../graph/coverage-statement.ts'
import { type AttemptItem, type EdgeItem, KINDS, type TouchItem } from '../../graph/edges.ts'
import type { Principal } from '../../model.ts'
import { type Rule, SEVERITIES } from '../../rule.ts'
import { PROOFS } from '../../session/proof.ts'

/** What answers are made of. Each schema is held against the type of the answer by the compiler, and against answers by tests. */

export const time = () => z.string().meta({ format: 'date-time' })
export const count = () => z.int().min(0)
export const severity = () => z.enum(SEVERITIES)
export const apiVersion = () => z.literal('podtrail/v1')

export const principal: z.ZodType<Principal> = z.strictObject({
  kind: z.enum(KINDS),
  id: z.string(),
  cluster: z.string().nullable(),
  namespace: z.string().nullable(),
  serviceAccount: z.string().nullable(),
  name: z.string().nullable(),
  account: z.string().nullable(),
})

export const coverageStatement: z.ZodType<CoverageStatement> = z.strictObject({
  status: z.enum(['complete', 'partial', 'blind']),
  accounts: z.array(z.string()),
  regions: z.array(z.string()),
  gaps: z.array(
    z.strictObject({ account: z.string(), region: z.string(), from: time(), to: time() }),
  ),
  missing: z.array(z.string()),
  quiet: count(),
  firstEvent: time().nullable(),
  lastEvent: time().nullable(),
})

export const window = () => z.strictObject({ from: time().nullable(), to: time().nullable() })

/** What every answer about a window carries. */
export const frame = <Kind extends string>(kind: Kind) => ({
  apiVersion: apiVersion(),
  kind: z.literal(kind),
  window: window(),
  coverage: coverageStatement,
})

/** A list that is handed out page by page. */
export const list = <Kind extends string, Item extends z.ZodType>(kind: Kind, item: Item) => ({
  ...frame(kind),
  items: z.array(item),
  next: z.string().nullable(),
})

export const seen = { count: count(), firstSeen: time(), lastSeen: time() }

export const edge: z.ZodType<EdgeItem> = z.strictObject({
  outcome: z.literal('did'),
  principal,
  role: z.string(),
  hop: count(),
  via: z.array(z.string()),
  proof: z.enum(PROOFS),
  ...seen,
})

export const attempt: z.ZodType<AttemptItem> = z.strictObject({
  outcome: z.enum(['refused', 'failed']),
  principal,
  role: z.string().nullable(),
  hop: count(),
  via: z.array(z.string()),
  action: z.enum(['AssumeRole', 'AssumeRoleWithWebIdentity', 'AssumeRoleWithSAML']),
  error: z.string(),
  ...seen,
})

export const touch: z.ZodType<TouchItem> = z.strictObject({
  outcome: z.enum(['did', 'refused', 'failed']),
  principal,
  role: z.string().nullable(),
  action: z.string(),
  resource: z.string().nullable(),
  ...seen,
})

export const mark = { findings: count(), worst: severity().nullable() }

export const rule: z.ZodType<Rule> = z.strictObject({
  id: z.string(),
  title: z.string(),
  severity: severity(),
  attack: z.array(z.string()),
  why: z.string(),
  blindSpots: z.string(),
  runbook: z.array(z.string()),
})

export const snapshotReference = () => z.strictObject({ id: z.string(), at: time() })
