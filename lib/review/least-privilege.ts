import { type Answer, type Asked, frameOf, type Known, type Unknown } from '../graph/answer.ts'
import { answerWhat } from '../graph/answer-what.ts'
import type { TouchItem } from '../graph/edges.ts'
import { compare } from '../graph/order.ts'
import type { Questions } from '../ports.ts'
import { iamActions, iamResource } from './iam-actions.ts'

/** The policy that is enough for what one role was seen doing. */
export interface PolicyItem {
  readonly role: string
  readonly hop: number
  /** Null where it was seen doing nothing that needs a permission. */
  readonly policy: PolicyDocument | null
  /** What it rests on. */
  readonly observed: readonly {
    readonly action: string
    readonly resource: string | null
    readonly count: number
  }[]
  /** What was refused, and is not allowed by the policy. */
  readonly refused: readonly {
    readonly action: string
    readonly resource: string | null
    readonly count: number
  }[]
  /** Actions whose resource no record names: they are allowed on `*`. */
  readonly withoutResource: readonly string[]
}

export interface PolicyDocument {
  readonly Version: '2012-10-17'
  readonly Statement: readonly PolicyStatement[]
}

export interface PolicyStatement {
  readonly Effect: 'Allow'
  readonly Action: readonly string[]
  readonly Resource: readonly string[]
}

export interface PolicyList extends Answer<'PolicyList', PolicyItem> {
  readonly subject: { readonly principals: readonly string[] }
  /** What CloudTrail cannot show, so that the policy may lack it. */
  readonly cannotShow: readonly string[]
}

export interface PolicyAsked extends Asked {
  readonly workload: string
  readonly cluster?: string
}

/** The least-privilege policy of each role in a workload's chain, from what it was seen doing. */
export async function answerPolicy(
  store: Pick<Questions, 'principals' | 'edges' | 'attempts' | 'activity' | 'extent' | 'coverage'>,
  asked: PolicyAsked,
  known: Known,
): Promise<PolicyList | Unknown> {
  const { workload: principal, ...rest } = asked
  const what = await answerWhat(store, { ...rest, principal, activity: true, limit: 0 }, known)
  if (what.kind === 'Unknown') return what
  const frame = await frameOf(store, asked, known)
  const hops = new Map<string, number>()
  const next = new Map<string, Set<string>>()
  for (const { role, hop, via } of what.items) {
    hops.set(role, Math.min(hop, hops.get(role) ?? hop))
    const from = via.at(-1)
    if (from !== undefined) next.set(from, (next.get(from) ?? new Set<string>()).add(role))
  }
  const activity = what.activity ?? []
  for (const { role } of activity) if (role !== null && !hops.has(role)) hops.set(role, 1)
  const items = [...hops]
    .sort(([a, x], [b, y]) => x - y || compare(a, b))
    .map(([role, hop]) =>
      policyFor(
        role,
        hop,
        activity.filter((item) => item.role === role),
        [...(next.get(role) ?? [])].sort(),
      ),
    )
  return {
    apiVersion: 'podtrail/v1',
    kind: 'PolicyList',
    window: frame.shown,
    coverage: frame.coverage,
    subject: { principals: what.subject.principals ?? [] },
    cannotShow: cannotShow(activity),
    items,
    next: null,
  }
}

/** Pure: what a role did, and the roles it went on to. */
function policyFor(
  role: string,
  hop: number,
  activity: readonly TouchItem[],
  nextRoles: readonly string[],
): PolicyItem {
  const did = activity.filter(({ outcome }) => outcome === 'did')
  const byResource = new Map<string, Set<string>>()
  const withoutResource = new Set<string>()
  for (const { action, resource } of did) {
    // Which role was assumed is known better from the edges.
    if (/^sts:AssumeRole/.test(action) && nextRoles.length > 0) continue
    for (const allowed of iamActions(action)) {
      const resources = iamResource(allowed, resource)
      if (resources.includes('*')) withoutResource.add(allowed)
      const key = JSON.stringify(resources)
      byResource.set(key, (byResource.get(key) ?? new Set<string>()).add(allowed))
    }
  }
  if (nextRoles.length > 0) byResource.set(JSON.stringify(nextRoles), new Set(['sts:AssumeRole']))
  // Resources with the same actions share a statement.
  const byActions = Map.groupBy([...byResource], ([, actions]) =>
    JSON.stringify([...actions].sort()),
  )
  const statements = [...byActions]
    .map(
      ([actions, entries]): PolicyStatement => ({
        Effect: 'Allow',
        Action: JSON.parse(actions) as string[],
        Resource: [
          ...new Set(entries.flatMap(([resources]) => JSON.parse(resources) as string[])),
        ].sort(),
      }),
    )
    .sort((a, b) =>
      compare(a.Action.join() + a.Resource.join(), b.Action.join() + b.Resource.join()),
    )
  const listOf = (items: readonly TouchItem[]) =>
    items.map(({ action, resource, count }) => ({ action, resource, count }))
  return {
    role,
    hop,
    policy: statements.length === 0 ? null : { Version: '2012-10-17', Statement: statements },
    observed: listOf(did),
    refused: listOf(activity.filter(({ outcome }) => outcome === 'refused')),
    withoutResource: [...withoutResource].sort(),
  }
}

const ALWAYS = [
  'iam:PassRole is never recorded: add it, on the role that is passed, where the workload starts tasks, functions or instances.',
  'What the workload does less often than the window is long is not in it.',
  'Calls that a service makes with the session’s rights, such as kms:Decrypt by S3, are recorded under the service or not at all.',
  'Conditions (regions, tags, addresses) are not in it: activity is kept without them.',
]

function cannotShow(activity: readonly TouchItem[]): string[] {
  const isSeen = (pattern: RegExp): boolean => activity.some(({ action }) => pattern.test(action))
  return [
    ...(isSeen(/^s3:(?:Get|Put|Delete|Head)Object/)
      ? []
      : [
          'Reads and writes of S3 objects: no data event is in the window, so the trail may not record them.',
        ]),
    ...(isSeen(/^dynamodb:(?:Get|Put|Update|Delete|Query|Scan|Batch)/)
      ? []
      : [
          'Reads and writes of DynamoDB items: no data event is in the window, so the trail may not record them.',
        ]),
    ...(isSeen(/^(?:sqs:(?:Send|Receive|Delete)Message|sns:Publish|lambda:Invoke)/)
      ? []
      : [
          'Messages of SQS and SNS, and calls of functions: no data event is in the window, so the trail may not record them.',
        ]),
    ...ALWAYS,
  ]
}
