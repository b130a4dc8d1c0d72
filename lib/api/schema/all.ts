import * as z from 'zod'
import { ROLES } from '../auth/caller.ts'
import { PROBLEMS, type ProblemBody, type ProblemCode } from '../problem.ts'
import * as declared from './declared.ts'
import * as found from './found.ts'
import * as observed from './observed.ts'
import {
  apiVersion,
  attempt,
  coverageStatement,
  edge,
  principal,
  rule,
  severity,
  touch,
} from './parts.ts'

const MeSchema = z.strictObject({
  kind: z.literal('Me'),
  name: z.string(),
  role: z.enum(ROLES),
  mode: z.enum(['local', 'iam', 'jwt']),
})

const RuleListSchema = z.strictObject({
  apiVersion: apiVersion(),
  kind: z.literal('RuleList'),
  items: z.array(
    z.strictObject({
      id: z.string(),
      kind: z.enum(['detector', 'check', 'coverage']),
      title: z.string(),
      severity: severity(),
      attack: z.array(z.string()),
      why: z.string(),
      blindSpots: z.string(),
      runbook: z.array(z.string()),
    }),
  ),
})

const place = z.union([
  z.strictObject({ parameter: z.string() }),
  z.strictObject({ pointer: z.string() }),
])

export const ProblemSchema: z.ZodType<ProblemBody> = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.enum(Object.keys(PROBLEMS) as ProblemCode[]),
  errors: z.array(place).exactOptional(),
  suggestions: z.array(z.string()).exactOptional(),
})

/** Every answer by its name. */
export const ANSWERS = {
  Me: MeSchema,
  RuleList: RuleListSchema,
  EdgeList: observed.EdgeListSchema,
  AttemptList: observed.AttemptListSchema,
  TouchList: observed.TouchListSchema,
  PrincipalList: observed.PrincipalListSchema,
  RoleList: observed.RoleListSchema,
  Chain: observed.ChainSchema,
  Graph: observed.GraphSchema,
  Timeline: observed.TimelineSchema,
  Overview: observed.OverviewSchema,
  SearchResult: observed.SearchResultSchema,
  CoverageList: observed.CoverageListSchema,
  DriftList: declared.DriftListSchema,
  SnapshotList: declared.SnapshotListSchema,
  WhyList: declared.WhyListSchema,
  PolicyList: declared.PolicyListSchema,
  TightenList: declared.TightenListSchema,
  RoleTrust: declared.RoleTrustSchema,
  Simulation: declared.SimulationSchema,
  ReviewPack: declared.ReviewPackSchema,
  SignOff: declared.SignOffSchema,
  SignOffList: declared.SignOffListSchema,
  Finding: found.FindingSchema,
  FindingList: found.FindingListSchema,
  FindingDetail: found.FindingDetailSchema,
  DecisionList: found.DecisionListSchema,
  Preview: found.PreviewSchema,
  Baseline: found.BaselineSchema,
  BaselineDiff: found.BaselineDiffSchema,
  OpenApi: z.looseObject({ openapi: z.literal('3.1.0') }),
} satisfies Record<string, z.ZodType>

/** Parts that several answers have in common, by the name that the documentation gives them. */
export const PARTS = {
  Principal: principal,
  Coverage: coverageStatement,
  Edge: edge,
  Attempt: attempt,
  Touch: touch,
  Rule: rule,
  Step: observed.StepSchema,
  Branch: observed.BranchSchema,
  ApprovedEdge: found.ApprovedEdgeSchema,
  Decision: found.DecisionSchema,
  Problem: ProblemSchema,
} satisfies Record<string, z.ZodType>
