import { parseArn } from '../identity/arn.ts'
import { parseServiceAccountSubject } from '../identity/workload.ts'
import type { EdgeSum } from '../ports.ts'
import { type Unread, unread } from './check.ts'
import type { Observed } from './observed.ts'
import type { Association, ServiceAccount } from './snapshot.ts'
import { STS_AUDIENCE } from './trust-edit.ts'
import type { ClaimTest, WebIdentityTrust } from './trust-policy.ts'
import type { Cluster, Declared, Role, World } from './world.ts'

/** A ServiceAccount whose annotation names a role. */
export interface Annotated {
  readonly cluster: Cluster
  readonly serviceAccount: ServiceAccount
}

export interface Associated {
  readonly cluster: Cluster
  readonly association: Association
}

const ANNOTATED = new WeakMap<Declared, Map<string, Annotated[]>>()
const ASSOCIATED = new WeakMap<Declared, Map<string, Associated[]>>()
const EDGES = new WeakMap<Observed, Map<string, EdgeSum[]>>()

/** ServiceAccounts by the role that they are annotated with. */
export function annotatedWith(declared: Declared, role: string): readonly Annotated[] {
  let byRole = ANNOTATED.get(declared)
  if (byRole === undefined) {
    const all = declared.clusters.flatMap((cluster) =>
      cluster.serviceAccounts.items.map((serviceAccount) => ({ cluster, serviceAccount })),
    )
    byRole = Map.groupBy(all, ({ serviceAccount }) => serviceAccount.role ?? '')
    ANNOTATED.set(declared, byRole)
  }
  return role === '' ? [] : (byRole.get(role) ?? [])
}

/** Pod Identity associations by their role; those that were only listed are left out. */
export function associatedWith(declared: Declared, role: string): readonly Associated[] {
  let byRole = ASSOCIATED.get(declared)
  if (byRole === undefined) {
    const all = declared.clusters.flatMap((cluster) =>
      cluster.associations.items.map((association) => ({ cluster, association })),
    )
    byRole = Map.groupBy(all, ({ association }) => association.detail?.role ?? '')
    ASSOCIATED.set(declared, byRole)
  }
  return role === '' ? [] : (byRole.get(role) ?? [])
}

/** Who was seen assuming a role. */
export function edgesOf(observed: Observed, role: string): readonly EdgeSum[] {
  let byRole = EDGES.get(observed)
  if (byRole === undefined) {
    byRole = Map.groupBy(observed.edges, (edge) => edge.role)
    EDGES.set(observed, byRole)
  }
  return byRole.get(role) ?? []
}

/** The role that made the call of an edge; null where the principal made it itself. */
export function callerRole({ hop, via, principal }: EdgeSum): string | null {
  return via.at(-1) ?? (principal.kind === 'role' && hop >= 1 ? principal.id : null)
}

export function subjectOf(namespace: string, serviceAccount: string): string {
  return `system:serviceaccount:${namespace}:${serviceAccount}`
}

/** Whether an issuer is an EKS cluster's: https://docs.aws.amazon.com/eks/latest/userguide/enable-iam-roles-for-service-accounts.html */
export function isEksIssuer(issuer: string): boolean {
  return /^oidc[.-]eks\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|api\.aws|api\.amazonwebservices\.com\.cn)\/id\/[0-9A-Z]+$/i.test(
    issuer,
  )
}

/** Whether subjects of an issuer are ServiceAccounts. */
export function isClusterIssuer(declared: Declared, issuer: string): boolean {
  return isEksIssuer(issuer) || declared.cluster(issuer) !== undefined
}

/** The subjects that have a reason to use a role through an issuer: annotated with it, or seen using it. */
function subjectsFor({ declared, observed }: World, role: Role, issuer: string): string[] {
  const annotated = annotatedWith(declared, role.arn).flatMap(({ cluster, serviceAccount }) =>
    cluster.issuer === issuer ? [subjectOf(serviceAccount.namespace, serviceAccount.name)] : [],
  )
  return [...new Set([...annotated, ...observedSubjects(observed, role.arn, issuer)])].sort()
}

/** The subjects of an issuer that were seen assuming a role with a token. */
export function observedSubjects(
  observed: Observed,
  role: string,
  issuer: string,
  since = 0,
): string[] {
  return edgesOf(observed, role).flatMap(({ hop, principal, lastSeen }) => {
    if (hop !== 1 || lastSeen < since) return []
    const { kind, id, cluster, namespace, serviceAccount, name } = principal
    if (kind === 'workload' && cluster === issuer) return [subjectOf(namespace!, serviceAccount!)]
    return kind === 'web-identity' && name !== null && id === `${issuer}/${name}` ? [name] : []
  })
}

/** The audiences that the ServiceAccounts annotated with a role ask for. */
export function audiencesFor({ declared }: World, role: Role, issuer: string): string[] {
  const asked = annotatedWith(declared, role.arn).flatMap(({ cluster, serviceAccount }) =>
    cluster.issuer === issuer ? [serviceAccount.audience ?? STS_AUDIENCE] : [],
  )
  return asked.length === 0 ? [STS_AUDIENCE] : [...new Set(asked)].sort()
}

/** What a fix lets in through a provider: those with a reason to be there. */
export function pinFor(world: World, role: Role, { issuer }: WebIdentityTrust) {
  return {
    subjects: subjectsFor(world, role, issuer),
    audiences: audiencesFor(world, role, issuer),
  }
}

/** A test that lets only certain values pass. */
export function isExact({ form }: ClaimTest): boolean {
  return form === 'exact' || form === 'exact-ignoring-case'
}

export function hasWildcard(value: string): boolean {
  return /[*?]/.test(value)
}

/** The ServiceAccounts that a trust names one by one. */
export function namedSubjects(
  trust: WebIdentityTrust,
): { subject: string; namespace: string; serviceAccount: string }[] {
  return trust.subjects
    .filter((test) => isExact(test) || test.form === 'pattern')
    .flatMap(({ values }) => values)
    .filter((value) => !hasWildcard(value))
    .flatMap((subject) => {
      const account = parseServiceAccountSubject(subject)
      return account === null ? [] : [{ subject, ...account }]
    })
}

/** Whether workloads get the role directly: by a token of a cluster, or by Pod Identity. */
export function isWorkloadRole(declared: Declared, { webIdentity, principals }: Role): boolean {
  return (
    webIdentity.some(({ issuer }) => isClusterIssuer(declared, issuer)) ||
    principals.some(({ trusted }) => isPodIdentity(trusted))
  )
}

export function isPodIdentity(trusted: { kind: string; service?: string }): boolean {
  return trusted.kind === 'service' && trusted.service === 'pods.eks.amazonaws.com'
}

/** `role/ledger-writer of 222233334444` */
export function roleWords(arn: string): string {
  const parsed = parseArn(arn)
  return parsed === null ? arn : `${parsed.resource} of ${parsed.account}`
}

/** `payments/checkout in prod-eks` */
export function accountWords(
  cluster: Pick<Cluster, 'called'>,
  namespace: string,
  name: string,
): string {
  return `ServiceAccount ${namespace}/${name} in ${cluster.called}`
}

/** Enough names to act on. */
export function listed(names: readonly string[], most = 5): string {
  const shown = names.slice(0, most).join(', ')
  return names.length > most ? `${shown} and ${names.length - most} more` : shown
}

/** What was seen of who uses a role. */
export function useWords(observed: Observed, role: Role): string | null {
  if (!observed.seen.has(role.account)) return null
  const edges = edgesOf(observed, role.arn)
  if (edges.length === 0) return 'nobody was seen assuming it'
  const names = new Set(
    edges.map(({ principal }) =>
      principal.kind === 'workload'
        ? `${principal.namespace}/${principal.serviceAccount}`
        : (principal.name ?? principal.id),
    ),
  )
  const count = edges.reduce((sum, edge) => sum + edge.count, 0)
  return `assumed ${count} times, by ${listed([...names].sort())}`
}

/** What roles say of the clusters they trust, provider by provider. */
export function* clusterTrusts(
  declared: Declared,
): Generator<{ readonly role: Role; readonly trust: WebIdentityTrust }> {
  for (const role of declared.roles)
    for (const trust of role.webIdentity)
      if (isClusterIssuer(declared, trust.issuer)) yield { role, trust }
}

/** One role, and what of it a check found: a role may have several such statements, and one change mends them all. */
export function* byRole<Found extends { readonly role: Role; readonly trust: WebIdentityTrust }>(
  found: Iterable<Found>,
): Generator<{ readonly role: Role; readonly trusts: readonly WebIdentityTrust[] }> {
  const roles = new Map<Role, WebIdentityTrust[]>()
  for (const { role, trust } of found) roles.set(role, [...(roles.get(role) ?? []), trust])
  for (const [role, trusts] of roles) yield { role, trusts }
}

/** `Statement[0]`, or the name it has. */
export function statementWords({
  statement,
  sid,
}: {
  statement: number
  sid: string | null
}): string {
  return sid === null || sid === '' ? `statement ${statement + 1}` : `statement ${sid}`
}

/** The associations that were only listed: their roles are not known. */
export function* notDescribed({ clusters }: Declared): Generator<Unread> {
  for (const cluster of clusters)
    for (const { namespace, serviceAccount, detail } of cluster.associations.items)
      if (detail === null)
        yield unread(
          accountWords(cluster, namespace, serviceAccount),
          `no output of "aws eks describe-pod-identity-association" for ${namespace}/${serviceAccount} of cluster ${cluster.called}`,
        )
}

/** Whether all ServiceAccounts of an issuer were read: any cluster that was not described may be its. */
export function isReadOf({ clusters }: Declared, issuer: string): boolean {
  const own = clusters.filter((cluster) => cluster.issuer === issuer)
  const candidates = own.length > 0 ? own : clusters.filter((cluster) => cluster.issuer === null)
  return candidates.every(({ serviceAccounts, undescribed }) =>
    own.length > 0 ? serviceAccounts.missing === null : undescribed === null,
  )
}

/** A condition on another issuer never matches a token of this one: the statement lets nobody in, whatever else it says. */
export function admitsNobody({ foreignClaims }: WebIdentityTrust): boolean {
  return foreignClaims.some(({ passesWhenAbsent }) => !passesWhenAbsent)
}
