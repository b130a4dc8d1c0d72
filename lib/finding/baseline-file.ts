import { isNode, LineCounter, parseDocument } from 'yaml'
import * as z from 'zod'
import type { PrincipalKind } from '../model.ts'
import { type Baseline, baselineOf } from './baseline.ts'
import { edgeKey } from './edge.ts'
import type { ApprovedEdge } from './finding.ts'

/** A baseline as it stands in a file. */
export interface BaselineFile {
  readonly apiVersion: 'podtrail/v1'
  readonly kind: 'Baseline'
  readonly edges: readonly ApprovedEdge[]
}

/** What does not fit in a file; each problem names its line and key. */
export class WrongBaseline extends Error {
  readonly problems: readonly string[]
  constructor(source: string, problems: readonly string[]) {
    super(`${source}: ${problems.join('; ')}`)
    this.problems = problems
  }
}

/** The same text for the same baseline: keys in one order, edges by principal, role and way. */
export function baselineFile(edges: readonly ApprovedEdge[]): BaselineFile {
  return {
    apiVersion: 'podtrail/v1',
    kind: 'Baseline',
    edges: baselineOf(edges).map(
      ({ principal, role, via, owner, reason, approvedAt, expires }) => ({
        principal: { kind: principal.kind, id: principal.id },
        role,
        via,
        owner,
        reason,
        approvedAt,
        expires,
      }),
    ),
  }
}

const KINDS = [
  'workload',
  'web-identity',
  'saml',
  'identity-center',
  'iam-user',
  'root',
  'aws-service',
  'node',
  'role',
  'account',
] as const satisfies readonly PrincipalKind[]

const time = z.iso.datetime({
  precision: 0,
  error: ({ input }) =>
    input === undefined ? undefined : 'must be a time such as 2027-01-31T00:00:00Z',
})
const role = z
  .string()
  .regex(/^arn:[^:\s]+:iam::\d{12}:role\/\S+$/, 'must be the ARN of a role')
  .max(2_048)

const schema = z.strictObject({
  apiVersion: z.literal('podtrail/v1', 'must be podtrail/v1'),
  kind: z.literal('Baseline', 'must be Baseline'),
  edges: z.array(
    z.strictObject({
      principal: z.strictObject({
        kind: z.enum(KINDS, `must be one of ${KINDS.join(', ')}`),
        id: z.string().min(1, 'must not be empty').max(2_048),
      }),
      role,
      via: z.array(role).max(50),
      owner: z.string().min(1, 'must name somebody').max(200),
      reason: z.string().min(10, 'must have at least 10 characters').max(1_000),
      approvedAt: time,
      expires: time.nullable(),
    }),
  ),
})

const PROBLEMS_MAX = 20

/** Reads YAML or JSON, which is YAML. Throws `WrongBaseline`. */
export function parseBaseline(text: string, source: string): Baseline {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  if (document.errors.length > 0)
    throw new WrongBaseline(
      source,
      document.errors.map(({ message }) => message.split('\n')[0]!.replace(/:$/, '')),
    )
  const lineOf = (path: readonly PropertyKey[]): number => {
    // The deepest part of the path that is there.
    for (let length = path.length; length >= 0; length--) {
      const node = document.getIn(path.slice(0, length), true)
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
    }
    return 1
  }
  let value: unknown
  try {
    value = document.toJS()
  } catch (error) {
    throw new WrongBaseline(source, [(error as Error).message])
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success)
    throw new WrongBaseline(
      source,
      parsed.error.issues
        .slice(0, PROBLEMS_MAX)
        .map((issue) => `line ${lineOf(issue.path)}: ${problemOf(issue)}`),
    )
  const seen = new Map<string, number>()
  const twice = parsed.data.edges.flatMap((edge, index) => {
    const first = seen.get(edgeKey(edge))
    if (first === undefined) seen.set(edgeKey(edge), index)
    return first === undefined
      ? []
      : [`line ${lineOf(['edges', index])}: edges[${index}] is the same path as edges[${first}]`]
  })
  if (twice.length > 0) throw new WrongBaseline(source, twice.slice(0, PROBLEMS_MAX))
  return baselineOf(parsed.data.edges)
}

function problemOf(issue: z.core.$ZodIssue): string {
  const at = issue.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
  const key = at.join('').replace(/^\./, '')
  if (issue.code === 'unrecognized_keys')
    return issue.keys
      .map((name) => `unknown key ${key === '' ? name : `${key}.${name}`}`)
      .join(', ')
  if (issue.code === 'invalid_type' && issue.message.includes('received undefined'))
    return `missing key ${key}`
  return `${key === '' ? 'the file' : key} ${issue.message}`
}
