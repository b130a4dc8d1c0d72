import * as z from 'zod'
import type { FindingDetail, FindingList } from '../../finding/answer-findings.ts'
import type { StoryList } from '../../finding/answer-stories.ts'
import type { BaselineDiff } from '../../finding/baseline.ts'
import type { BaselineFile } from '../../finding/baseline-file.ts'
import {
  type ApprovedEdge,
  type Decision,
  FINDING_STATUSES,
  type Finding,
  SUPPRESSION_SCOPES,
  type Until,
} from '../../finding/finding.ts'
import type { Preview } from '../../finding/preview.ts'
import { KINDS } from '../../graph/edges.ts'
import { change } from './declared.ts'
import {
  apiVersion,
  count,
  coverageStatement,
  list,
  principal,
  rule,
  seen,
  severity,
  time,
  window,
} from './parts.ts'

/** Answers about findings, and what was decided about them. */

const path = {
  principal: z.strictObject({ kind: z.enum(KINDS), id: z.string() }),
  via: z.array(z.string()),
  role: z.string(),
}

export const ApprovedEdgeSchema: z.ZodType<ApprovedEdge> = z.strictObject({
  ...path,
  owner: z.string(),
  reason: z.string(),
  approvedAt: time(),
  expires: time().nullable(),
})

const until: z.ZodType<Until> = z.union([
  z.strictObject({ kind: z.literal('change') }),
  z.strictObject({ kind: z.literal('date') }),
  z.strictObject({ kind: z.literal('count'), count: count() }),
])

const status = () => z.enum(FINDING_STATUSES)

export const DecisionSchema: z.ZodType<Decision> = z.strictObject({
  id: z.string(),
  at: time(),
  by: z.string(),
  action: z.enum([
    'found',
    'withdraw',
    'expire',
    'approve',
    'suppress',
    'resolve',
    'reopen',
    'comment',
    'fold',
  ]),
  from: status().nullable(),
  to: status(),
  reason: z.string(),
  ticket: z.string().nullable(),
  expires: time().nullable(),
  until: until.nullable(),
  scope: z.enum(SUPPRESSION_SCOPES).nullable(),
  approves: z.array(ApprovedEdgeSchema),
  basis: z.strictObject({
    version: count(),
    severity: severity(),
    count: count(),
    lastSeen: time(),
    networks: z.array(z.string()),
    digest: z.string(),
  }),
  folds: z.exactOptional(count()),
})

export const FindingSchema: z.ZodType<Finding> = z.strictObject({
  id: z.string(),
  rule: z.string(),
  kind: z.enum(['anomaly', 'drift']),
  severity: severity(),
  status: status(),
  version: count(),
  title: z.string(),
  subject: z.string(),
  story: z.string(),
  normal: z.string().nullable(),
  principal: principal.nullable(),
  via: z.array(z.string()),
  role: z.string().nullable(),
  account: z.string().nullable(),
  networks: z.array(z.string()),
  ...seen,
  evidence: z.array(
    z.strictObject({
      eventId: z.string().nullable(),
      account: z.string().nullable(),
      at: time().nullable(),
      text: z.string(),
    }),
  ),
  edge: z.strictObject(path).nullable(),
  declared: z.string().nullable(),
  observed: z.string().nullable(),
  approved: z.string().nullable(),
  fix: z.strictObject({ changes: z.array(change), commands: z.array(z.string()) }).nullable(),
  history: z.array(DecisionSchema),
})

export const FindingListSchema: z.ZodType<FindingList> = z.strictObject({
  ...list('FindingList', FindingSchema),
  total: z.strictObject({
    items: count(),
    worst: severity().nullable(),
    byStatus: z.record(status(), count()),
    bySeverity: z.record(severity(), count()),
  }),
})

const story = z.strictObject({
  story: z.string(),
  lead: FindingSchema,
  findings: count(),
  firstSeen: time(),
  lastSeen: time(),
  others: z.array(
    z.strictObject({
      id: z.string(),
      rule: z.string(),
      severity: severity(),
      status: status(),
      title: z.string(),
      firstSeen: time(),
      lastSeen: time(),
    }),
  ),
})

export const StoryListSchema: z.ZodType<StoryList> = z.strictObject({
  ...list('StoryList', story),
  total: z.strictObject({
    items: count(),
    findings: count(),
    byStatus: z.record(status(), count()),
    bySeverity: z.record(severity(), count()),
  }),
})

export const FindingDetailSchema: z.ZodType<FindingDetail> = z.strictObject({
  apiVersion: apiVersion(),
  kind: z.literal('FindingDetail'),
  item: FindingSchema,
  rule: rule.nullable(),
  steps: z.array(z.string()),
  related: z.array(FindingSchema),
  unlisted: count(),
})

export const DecisionListSchema = z.strictObject({
  apiVersion: apiVersion(),
  kind: z.literal('DecisionList'),
  finding: z.strictObject({ id: z.string(), version: count(), status: status() }),
  items: z.array(DecisionSchema),
})

export const PreviewSchema: z.ZodType<Preview> = z.strictObject({
  kind: z.literal('Preview'),
  scope: z.enum(SUPPRESSION_SCOPES),
  since: time(),
  hidden: count(),
  of: count(),
  examples: z.array(FindingSchema),
})

export const BaselineSchema: z.ZodType<BaselineFile> = z.strictObject({
  apiVersion: apiVersion(),
  kind: z.literal('Baseline'),
  edges: z.array(ApprovedEdgeSchema),
})

export const BaselineDiffSchema: z.ZodType<BaselineDiff> = z.strictObject({
  apiVersion: apiVersion(),
  kind: z.literal('BaselineDiff'),
  window: window(),
  coverage: coverageStatement,
  added: z.array(ApprovedEdgeSchema).nullable(),
  removed: z.array(ApprovedEdgeSchema).nullable(),
  changed: z
    .array(z.strictObject({ before: ApprovedEdgeSchema, after: ApprovedEdgeSchema }))
    .nullable(),
  expired: z.array(ApprovedEdgeSchema),
  unapproved: z.array(z.strictObject({ ...path, ...seen })),
  unseen: z.array(ApprovedEdgeSchema),
})
