import * as z from 'zod'
import type { AttemptList } from '../../graph/answer-attempts.ts'
import type { CoverageList } from '../../graph/answer-coverage.ts'
import type { Overview } from '../../graph/answer-overview.ts'
import type { Graph } from '../../graph/answer-picture.ts'
import type { PrincipalList } from '../../graph/answer-principals.ts'
import type { RoleList } from '../../graph/answer-roles.ts'
import type { SearchResult } from '../../graph/answer-search.ts'
import type { Timeline } from '../../graph/answer-timeline.ts'
import type { TouchList } from '../../graph/answer-touched.ts'
import type { Branch, Chain, Step } from '../../graph/answer-trace.ts'
import type { EdgeList } from '../../graph/edge-list.ts'
import { PROOFS } from '../../session/proof.ts'
import { attempt, count, edge, frame, list, mark, principal, seen, time, touch } from './parts.ts'

/** Answers about what was seen. */

const total = () => z.strictObject({ items: count() })

export const EdgeListSchema: z.ZodType<EdgeList> = z.strictObject({
  ...list('EdgeList', edge),
  subject: z.strictObject({
    roles: z.array(z.string()).exactOptional(),
    principals: z.array(z.string()).exactOptional(),
  }),
  refused: z.array(attempt),
  failed: z.array(attempt).exactOptional(),
  activity: z.array(touch).exactOptional(),
  total: z.strictObject({
    items: count(),
    refused: count(),
    failed: count(),
    activity: count().exactOptional(),
  }),
})

export const AttemptListSchema: z.ZodType<AttemptList> = z.strictObject({
  ...list('AttemptList', attempt),
  total: total(),
})

export const TouchListSchema: z.ZodType<TouchList> = z.strictObject({
  ...list('TouchList', touch),
  subject: z.strictObject({ resources: z.array(z.string()) }),
  notes: z.array(z.string()),
  total: total(),
})

export const PrincipalListSchema: z.ZodType<PrincipalList> = z.strictObject({
  ...list(
    'PrincipalList',
    z.strictObject({
      principal,
      roles: count(),
      accounts: z.array(z.string()),
      refused: count(),
      ...seen,
      ...mark,
    }),
  ),
  total: total(),
})

export const RoleListSchema: z.ZodType<RoleList> = z.strictObject({
  ...list(
    'RoleList',
    z.strictObject({
      role: z.string(),
      name: z.string(),
      account: z.string(),
      principals: count(),
      hops: z.tuple([count(), count()]).nullable(),
      refused: count(),
      ...seen,
      isDeclared: z.boolean().nullable(),
      isOutside: z.boolean(),
      ...mark,
    }),
  ),
  total: total(),
})

const step = {
  role: z.string(),
  session: z.string(),
  accessKeyId: z.string().nullable(),
  eventId: z.string(),
  events: z.array(z.strictObject({ account: z.string(), eventId: z.string() })),
  action: z.string(),
  issuedAt: time(),
  expiresAt: time().nullable(),
  sourceIp: z.string().nullable(),
  vpcEndpoint: z.string().nullable(),
  sourceKnown: z.boolean().nullable(),
  userAgent: z.string(),
  proof: z.enum(PROOFS),
}

export const StepSchema: z.ZodType<Step> = z.strictObject(step)

export const BranchSchema: z.ZodType<Branch> = z.strictObject({
  ...step,
  get children() {
    return z.array(BranchSchema)
  },
})

export const ChainSchema: z.ZodType<Chain> = z.strictObject({
  ...list(
    'Chain',
    z.strictObject({
      principal,
      steps: z.array(StepSchema),
      start: z.enum(['known', 'unknown', 'several']),
      children: z.array(BranchSchema),
      truncated: z.boolean(),
    }),
  ),
  subject: z.strictObject({ text: z.string(), isCaller: z.boolean() }),
  total: total(),
  truncated: z.boolean(),
})

export const GraphSchema: z.ZodType<Graph> = z.strictObject({
  ...frame('Graph'),
  nodes: z.array(
    z.strictObject({
      id: z.string(),
      type: z.enum(['cluster', 'namespace', 'workload', 'principal', 'role', 'account', 'group']),
      label: z.string(),
      rank: count(),
      account: z.string().nullable(),
      cluster: z.string().nullable(),
      namespace: z.string().nullable(),
      isNew: z.boolean(),
      isOutside: z.boolean(),
      ...mark,
      folded: count(),
      count: count(),
    }),
  ),
  edges: z.array(
    z.strictObject({
      from: z.string(),
      to: z.string(),
      did: count(),
      refused: count(),
      could: z.boolean(),
      proof: z.enum(PROOFS).nullable(),
      isNew: z.boolean(),
      firstSeen: time().nullable(),
      lastSeen: time().nullable(),
    }),
  ),
  shown: count(),
  total: count(),
  folded: count(),
  truncated: z.boolean(),
})

export const TimelineSchema: z.ZodType<Timeline> = z.strictObject({
  ...frame('Timeline'),
  step: count(),
  buckets: z.array(
    z.strictObject({
      from: time(),
      assumptions: z.strictObject({
        irsa: count(),
        podIdentity: count(),
        chained: count(),
        other: count(),
      }),
      refused: count(),
    }),
  ),
})

const some = <Item extends z.ZodType>(item: Item) =>
  z.strictObject({ total: count(), items: z.array(item) })

export const OverviewSchema: z.ZodType<Overview> = z.strictObject({
  ...frame('Overview'),
  total: z.strictObject({
    principals: count(),
    roles: count(),
    assumptions: count(),
    refused: count(),
  }),
  fresh: some(edge),
  refused: some(attempt),
  chains: some(edge),
  flows: some(
    z.strictObject({
      cluster: z.string(),
      namespace: z.string(),
      account: z.string(),
      count: count(),
      workloads: count(),
      isOutside: z.boolean(),
    }),
  ),
})

export const SearchResultSchema: z.ZodType<SearchResult> = z.strictObject({
  ...frame('SearchResult'),
  items: z.array(
    z.strictObject({
      type: z.enum([
        'role',
        'workload',
        'principal',
        'session',
        'event',
        'network',
        'resource',
        'account',
        'cluster',
        'namespace',
        'finding',
      ]),
      id: z.string(),
      label: z.string(),
      detail: z.string(),
      path: z.string(),
    }),
  ),
  truncated: z.boolean(),
})

export const CoverageListSchema: z.ZodType<CoverageList> = z.strictObject({
  ...list(
    'CoverageList',
    z.strictObject({
      account: z.string(),
      region: z.string().nullable(),
      status: z.enum(['seen', 'gap', 'silent', 'quiet', 'missing']),
      firstEvent: time().nullable(),
      lastEvent: time().nullable(),
      lagSeconds: z.number().nullable(),
      gaps: z.array(z.strictObject({ from: time(), to: time(), minutes: z.number() })),
    }),
  ),
  quarantined: count(),
})
