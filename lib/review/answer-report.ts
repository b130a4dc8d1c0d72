import type { Config } from '../config.ts'
import {
  answerDrift,
  type DriftItem,
  type DriftList,
  type NoSnapshot,
  readWorld,
} from '../drift/answer-drift.ts'
import { annotatedWith, associatedWith } from '../drift/users.ts'
import type { Cluster, Declared, World } from '../drift/world.ts'
import { type Answer, type Asked, frameOf, type Known } from '../graph/answer.ts'
import { nearest } from '../graph/nearest.ts'
import { compare } from '../graph/order.ts'
import { timestamp } from '../graph/timestamp.ts'
import { parseArn } from '../identity/arn.ts'
import type { EdgeSum } from '../ports.ts'

/** One ServiceAccount of the namespace, and what a reviewer has to decide about it. */
export interface ReviewItem {
  readonly cluster: string
  readonly namespace: string
  readonly serviceAccount: string
  readonly workloads: readonly string[]
  /** Roles that it is given. */
  readonly could: readonly string[]
  /** Roles that it was seen with in the window, directly or through others. */
  readonly did: readonly {
    readonly role: string
    readonly count: number
    readonly lastSeen: string
  }[]
  readonly lastSeen: string | null
  /** Accounts other than the cluster's that it reached. */
  readonly otherAccounts: readonly string[]
  /** Ids of findings about it or its roles. */
  readonly findings: readonly string[]
  readonly change: 'new' | 'changed' | 'unchanged' | 'gone' | 'unknown'
  /** What was given before, where it is not the same. */
  readonly before: readonly string[]
  /** What the evidence speaks for; the decision is the reviewer's. */
  readonly suggestion: 'keep' | 'reduce' | 'revoke' | 'look'
  readonly because: string
}

export interface ReviewPack extends Answer<'ReviewPack', ReviewItem> {
  readonly namespace: string
  readonly snapshot: DriftList['snapshot']
  readonly reference: DriftList['reference']
  readonly findings: readonly DriftItem[]
  readonly notLooked: DriftList['notLooked']
  /** How the population was found. */
  readonly population: {
    readonly clusters: readonly string[]
    readonly serviceAccounts: number
    readonly missing: readonly string[]
  }
}

export interface NoNamespace {
  readonly kind: 'NoNamespace'
  readonly text: string
  readonly suggestions: readonly string[]
}

export interface ReportAsked extends Asked {
  readonly namespace: string
  readonly against?: number
}

/** Everything that a quarterly review of a namespace needs, as of the newest snapshot. */
export async function answerReport(
  store: Parameters<typeof answerDrift>[0],
  asked: ReportAsked,
  known: Known,
  config: Config | null,
): Promise<ReviewPack | NoSnapshot | NoNamespace> {
  const frame = await frameOf(store, asked, known)
  const read = await readWorld(store, frame.window, config, asked)
  if (read === null) return { kind: 'NoSnapshot' }
  const drift = await answerDrift(store, { ...asked, limit: 0, checks: [] }, known, config)
  if (drift.kind === 'NoSnapshot') return drift
  const { world } = read
  const { namespace } = asked
  const items = itemsOf(world, namespace, drift.items)
  if (items.length === 0) {
    const names = world.declared.clusters.flatMap(({ serviceAccounts }) =>
      serviceAccounts.items.map((one) => one.namespace),
    )
    return { kind: 'NoNamespace', text: namespace, suggestions: nearest(namespace, names) }
  }
  const ids = new Set(items.flatMap(({ findings }) => findings))
  const { clusters } = world.declared
  return {
    apiVersion: 'podtrail/v1',
    kind: 'ReviewPack',
    window: frame.shown,
    coverage: frame.coverage,
    namespace,
    snapshot: drift.snapshot,
    reference: drift.reference,
    population: {
      clusters: clusters.map(({ called }) => called).sort(compare),
      serviceAccounts: items.filter(({ change }) => change !== 'gone').length,
      missing: clusters.flatMap(({ serviceAccounts, pods, associations }) =>
        [serviceAccounts, associations, pods].flatMap(({ missing }) => missing ?? []),
      ),
    },
    findings: drift.items.filter(({ id }) => ids.has(id)),
    notLooked: drift.notLooked,
    items,
    next: null,
  }
}

function itemsOf(world: World, namespace: string, findings: readonly DriftItem[]): ReviewItem[] {
  const { declared, approved } = world
  const items: ReviewItem[] = []
  for (const cluster of declared.clusters) {
    const before = approved?.clusters.find((other) => isSame(cluster, other))
    const names = new Set([
      ...namesIn(cluster, namespace),
      ...(before === undefined ? [] : namesIn(before, namespace)),
    ])
    for (const name of [...names].sort(compare))
      items.push(itemOf(world, cluster, before, namespace, name, findings))
  }
  return items
}

function isSame(a: Cluster, b: Cluster): boolean {
  return a.arn === null || b.arn === null ? a.called === b.called : a.arn === b.arn
}

function namesIn({ serviceAccounts, associations }: Cluster, namespace: string): string[] {
  return [
    ...serviceAccounts.items.filter((one) => one.namespace === namespace).map(({ name }) => name),
    ...associations.items
      .filter((one) => one.namespace === namespace)
      .map(({ serviceAccount }) => serviceAccount),
  ]
}

function givenTo(cluster: Cluster, namespace: string, name: string): string[] {
  const annotated = cluster.serviceAccount(namespace, name)?.role ?? null
  const associated = cluster
    .associationsOf(namespace, name)
    .flatMap(({ detail }) => (detail === null ? [] : [detail.role, detail.targetRole ?? []].flat()))
  return [...new Set([...(annotated === null ? [] : [annotated]), ...associated])].sort(compare)
}

function itemOf(
  { declared, observed, approved }: World,
  cluster: Cluster,
  before: Cluster | undefined,
  namespace: string,
  name: string,
  findings: readonly DriftItem[],
): ReviewItem {
  const could = givenTo(cluster, namespace, name)
  const previously = before === undefined ? [] : givenTo(before, namespace, name)
  const edges = observed.edges.filter(({ principal }) => {
    const { kind, cluster: alias } = principal
    if (kind !== 'workload' || alias === null) return false
    if (principal.namespace !== namespace || principal.serviceAccount !== name) return false
    return declared.cluster(alias) === cluster
  })
  const did = usesOf(edges)
  const about = new Set([`${cluster.called}/${namespace}/${name}`, ...could])
  const own = findings.filter(({ subject, rule }) =>
    isAbout(subject, rule, about, cluster, namespace),
  )
  const isThere = namesIn(cluster, namespace).includes(name)
  const wasThere = before !== undefined && namesIn(before, namespace).includes(name)
  const change = !isThere
    ? ('gone' as const)
    : approved === null
      ? ('unknown' as const)
      : !wasThere
        ? ('new' as const)
        : JSON.stringify(could) === JSON.stringify(previously)
          ? ('unchanged' as const)
          : ('changed' as const)
  const unused = could.filter((role) => !did.some((use) => use.role === role))
  const accounts = did.map(({ role }) => parseArn(role)?.account ?? '')
  return {
    cluster: cluster.called,
    namespace,
    serviceAccount: name,
    workloads: [...new Set(cluster.podsOf(namespace, name).map(({ workload }) => workload))].sort(
      compare,
    ),
    could,
    did,
    lastSeen:
      did
        .map(({ lastSeen }) => lastSeen)
        .sort(compare)
        .at(-1) ?? null,
    otherAccounts: [...new Set(accounts)]
      .filter((account) => account !== cluster.account && account !== '')
      .sort(compare),
    findings: own.map(({ id }) => id),
    change,
    before: change === 'changed' || change === 'gone' ? previously : [],
    ...suggestionFor({
      could,
      unused,
      did,
      findings: own,
      isSeen: observed.seen.size > 0,
      change,
      shared: sharedIn(declared, could),
    }),
  }
}

function usesOf(edges: readonly EdgeSum[]): ReviewItem['did'] {
  return [...Map.groupBy(edges, ({ role }) => role)]
    .map(([role, own]) => ({
      role,
      count: own.reduce((sum, { count }) => sum + count, 0),
      lastSeen: timestamp(Math.max(...own.map(({ lastSeen }) => lastSeen))),
    }))
    .sort((a, b) => compare(a.role, b.role))
}

function isAbout(
  subject: string,
  rule: string,
  about: ReadonlySet<string>,
  cluster: Cluster,
  namespace: string,
): boolean {
  if (about.has(subject)) return true
  if (subject.split(' ').some((part) => about.has(part))) return true
  return rule === 'secret-in-image-risk' && subject.startsWith(`${cluster.called}/${namespace}/`)
}

function sharedIn(declared: Declared, roles: readonly string[]): boolean {
  return roles.some(
    (role) => annotatedWith(declared, role).length + associatedWith(declared, role).length > 1,
  )
}

function suggestionFor(evidence: {
  readonly could: readonly string[]
  readonly unused: readonly string[]
  readonly did: ReviewItem['did']
  readonly findings: readonly DriftItem[]
  readonly isSeen: boolean
  readonly change: ReviewItem['change']
  readonly shared: boolean
}): Pick<ReviewItem, 'suggestion' | 'because'> {
  const { could, unused, did, findings, isSeen, change } = evidence
  if (change === 'gone')
    return { suggestion: 'revoke', because: 'it is gone: make sure that no trust still names it' }
  if (!isSeen)
    return { suggestion: 'look', because: 'no CloudTrail events are stored, so use is not known' }
  if (could.length === 0 && did.length === 0)
    return { suggestion: 'keep', because: 'it has no role' }
  if (could.length > 0 && unused.length === could.length)
    return { suggestion: 'revoke', because: 'none of its roles was used in the window' }
  if (findings.some(({ severity }) => severity === 'high' || severity === 'critical'))
    return { suggestion: 'reduce', because: 'it has findings of high severity' }
  if (unused.length > 0)
    return { suggestion: 'reduce', because: 'some of its roles were not used in the window' }
  if (findings.length > 0 || change !== 'unchanged')
    return {
      suggestion: 'look',
      because:
        findings.length > 0
          ? 'it has findings'
          : `it is ${change === 'unknown' ? 'not compared with an approved state' : change}`,
    }
  return { suggestion: 'keep', because: 'unchanged, used, and without findings' }
}
