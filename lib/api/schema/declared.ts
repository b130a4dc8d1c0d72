import * as z from 'zod'
import type { DriftList } from '../../drift/answer-drift.ts'
import type { SnapshotList } from '../../drift/answer-snapshots.ts'
import type { WhyList } from '../../drift/answer-why.ts'
import type { Change } from '../../drift/fix.ts'
import { FINDING_STATUSES } from '../../finding/finding.ts'
import type { ReviewPack } from '../../review/answer-report.ts'
import type { Simulation } from '../../review/answer-simulation.ts'
import type { RoleTrust } from '../../review/answer-trust.ts'
import type { PolicyList } from '../../review/least-privilege.ts'
import { REVIEW_DECISIONS, type SignOff } from '../../review/sign-off.ts'
import type { TightenList } from '../../review/tighten.ts'
import {
  apiVersion,
  count,
  edge,
  frame,
  list,
  seen,
  severity,
  snapshotReference,
  time,
  window,
} from './parts.ts'

/** Answers about what is declared, and reviews of it. */

/** Each kind has fields of its own; whoever applies one reads lib/drift/fix.ts. */
export const change = z.looseObject({ kind: z.string() }) as unknown as z.ZodType<Change>

const driftItem = z.strictObject({
  id: z.string(),
  rule: z.string(),
  kind: z.literal('drift'),
  severity: severity(),
  status: z.enum(FINDING_STATUSES),
  title: z.string(),
  subject: z.string(),
  declared: z.string().nullable(),
  observed: z.string().nullable(),
  approved: z.string().nullable(),
  evidence: z.array(z.strictObject({ eventId: z.null(), text: z.string() })),
  firstSeen: time(),
  lastSeen: time(),
  fix: z.strictObject({ changes: z.array(change), commands: z.array(z.string()) }),
})

const notLooked = z.strictObject({ rule: z.string(), subject: z.string(), reason: z.string() })

const reference = z.strictObject({ id: z.string(), at: time(), isApproved: z.boolean() }).nullable()

export const DriftListSchema: z.ZodType<DriftList> = z.strictObject({
  ...list('FindingList', driftItem),
  snapshot: snapshotReference(),
  reference,
  checks: z.array(
    z.strictObject({
      rule: z.string(),
      answer: z.enum(['complies', 'deviates', 'could-not-look']),
      findings: count(),
      notLooked: count(),
    }),
  ),
  notLooked: z.array(notLooked),
  total: z.strictObject({ items: count(), open: count(), worst: severity().nullable() }),
})

export const SnapshotListSchema: z.ZodType<SnapshotList> = z.strictObject({
  apiVersion: apiVersion(),
  kind: z.literal('SnapshotList'),
  window: window(),
  items: z.array(z.strictObject({ id: z.string(), at: time(), approvedAt: time().nullable() })),
  next: z.string().nullable(),
  parts: z.array(
    z.strictObject({
      of: z.string(),
      what: z.string(),
      count: count(),
      missing: z.string().nullable(),
    }),
  ),
  problems: z.array(z.strictObject({ source: z.string(), problem: z.string() })),
})

const verdict = () => z.enum(['allowed', 'refused', 'undecidable'])

export const WhyListSchema: z.ZodType<WhyList> = z.strictObject({
  ...list(
    'WhyList',
    z.strictObject({
      cluster: z.string(),
      namespace: z.string(),
      serviceAccount: z.string(),
      role: z.string(),
      by: z.enum(['token', 'pod-identity', 'chain']),
      verdict: verdict(),
      steps: z.array(
        z.strictObject({
          step: z.enum([
            'service-account',
            'annotation',
            'association',
            'pods',
            'role',
            'provider',
            'audience',
            'trust',
            'own-policy',
            'seen',
          ]),
          answer: z.enum(['yes', 'no', 'unknown']),
          text: z.string(),
          clauses: z.array(
            z.strictObject({
              statement: count(),
              sid: z.string().nullable(),
              effect: z.enum(['Allow', 'Deny']),
              what: z.enum(['principal', 'action', 'condition']),
              result: z.enum(['true', 'false', 'unknown']),
              text: z.string(),
            }),
          ),
        }),
      ),
    }),
  ),
  snapshot: snapshotReference(),
})

const uses = z.array(
  z.strictObject({ action: z.string(), resource: z.string().nullable(), count: count() }),
)

export const PolicyListSchema: z.ZodType<PolicyList> = z.strictObject({
  ...list(
    'PolicyList',
    z.strictObject({
      role: z.string(),
      hop: count(),
      policy: z
        .strictObject({
          Version: z.literal('2012-10-17'),
          Statement: z.array(
            z.strictObject({
              Effect: z.literal('Allow'),
              Action: z.array(z.string()),
              Resource: z.array(z.string()),
            }),
          ),
        })
        .nullable(),
      observed: uses,
      refused: uses,
      withoutResource: z.array(z.string()),
    }),
  ),
  subject: z.strictObject({ principals: z.array(z.string()) }),
  cannotShow: z.array(z.string()),
})

const use = z.strictObject({ who: z.string(), ...seen, today: verdict(), tightened: verdict() })

export const TightenListSchema: z.ZodType<TightenList> = z.strictObject({
  ...list(
    'TightenList',
    z.strictObject({
      role: z.string(),
      trust: z.looseObject({}).nullable(),
      today: z.unknown(),
      as: z
        .strictObject({
          json: z.string(),
          awsCli: z.string(),
          terraform: z.string(),
          cloudformation: z.string(),
        })
        .nullable(),
      kept: z.array(use),
      wouldHaveRefused: z.array(use),
      refusedToday: z.array(use),
      dropped: z.array(z.string()),
      notes: z.array(z.string()),
    }),
  ),
  snapshot: snapshotReference(),
})

const who = z.strictObject({ who: z.string(), ...seen })

export const RoleTrustSchema: z.ZodType<RoleTrust> = z.strictObject({
  ...frame('RoleTrust'),
  snapshot: snapshotReference(),
  role: z.string(),
  document: z.unknown(),
  unreadable: z.string().nullable(),
  refusedToday: z.array(who),
  items: z.array(
    z.strictObject({
      index: count(),
      sid: z.string().nullable(),
      effect: z.enum(['Allow', 'Deny']),
      principals: z.array(z.strictObject({ type: z.string(), value: z.string() })),
      negated: z.strictObject({ principals: z.boolean(), actions: z.boolean() }),
      actions: z.array(z.string()),
      conditions: z.array(
        z.strictObject({ operator: z.string(), key: z.string(), values: z.array(z.string()) }),
      ),
      usedBy: z.array(who),
    }),
  ),
})

export const SimulationSchema: z.ZodType<Simulation> = z.strictObject({
  ...frame('Simulation'),
  snapshot: snapshotReference(),
  role: z.string(),
  wouldRefuse: z.array(edge),
  stillAllowed: z.array(edge),
  undecidable: z.array(edge),
  refusedToday: z.array(edge),
})

export const ReviewPackSchema: z.ZodType<ReviewPack> = z.strictObject({
  ...list(
    'ReviewPack',
    z.strictObject({
      cluster: z.string(),
      namespace: z.string(),
      serviceAccount: z.string(),
      workloads: z.array(z.string()),
      could: z.array(z.string()),
      did: z.array(z.strictObject({ role: z.string(), count: count(), lastSeen: time() })),
      lastSeen: time().nullable(),
      otherAccounts: z.array(z.string()),
      findings: z.array(z.string()),
      change: z.enum(['new', 'changed', 'unchanged', 'gone', 'unknown']),
      before: z.array(z.string()),
      suggestion: z.enum(['keep', 'reduce', 'revoke', 'look']),
      because: z.string(),
    }),
  ),
  namespace: z.string(),
  snapshot: snapshotReference(),
  reference,
  findings: z.array(driftItem),
  notLooked: z.array(notLooked),
  population: z.strictObject({
    clusters: z.array(z.string()),
    serviceAccounts: count(),
    missing: z.array(z.string()),
  }),
})

const signOff = {
  id: z.string(),
  namespace: z.string(),
  at: time(),
  by: z.string(),
  snapshot: z.string(),
  decisions: z.array(
    z.strictObject({
      subject: z.string(),
      decision: z.enum(REVIEW_DECISIONS),
      reason: z.string(),
    }),
  ),
}

export const SignOffSchema: z.ZodType<SignOff & { readonly kind: 'SignOff' }> = z.strictObject({
  kind: z.literal('SignOff'),
  ...signOff,
})

export const SignOffListSchema = z.strictObject({
  apiVersion: apiVersion(),
  kind: z.literal('SignOffList'),
  items: z.array(z.strictObject(signOff)),
})
