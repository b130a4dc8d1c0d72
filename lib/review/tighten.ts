import type { Config } from '../config.ts'
import { type NoSnapshot, readWorld } from '../drift/answer-drift.ts'
import { type NotDeclared, rolesNamed } from '../drift/answer-why.ts'
import { providerFor } from '../drift/asker.ts'
import { commandOf } from '../drift/fix.ts'
import { documentOf, statementJson, webIdentityStatement } from '../drift/trust-edit.ts'
import {
  evaluateTrust,
  type PrincipalEntry,
  parseTrustPolicy,
  type Statement,
  type TrustPolicy,
  type TrustRequest,
  webIdentityRequest,
} from '../drift/trust-policy.ts'
import { associatedWith, audiencesFor, callerRole, isExact, subjectOf } from '../drift/users.ts'
import type { Role, World } from '../drift/world.ts'
import { type Answer, type Asked, frameOf, type Known } from '../graph/answer.ts'
import { nearest } from '../graph/nearest.ts'
import { timestamp } from '../graph/timestamp.ts'
import { parseArn } from '../identity/arn.ts'
import { cameWithToken } from '../identity/workload.ts'
import type { EdgeSum } from '../ports.ts'
import { cloudFormationOf, terraformOf } from './infrastructure.ts'

/** Somebody who was seen assuming the role, and what the trusts say of it. */
export interface Use {
  readonly who: string
  readonly count: number
  readonly firstSeen: string
  readonly lastSeen: string
  readonly today: 'allowed' | 'refused' | 'undecidable'
  readonly tightened: 'allowed' | 'refused' | 'undecidable'
}

export interface TightenItem {
  readonly role: string
  /** Null where nobody was seen: then the role has no use, or the window is too short. */
  readonly trust: object | null
  readonly today: unknown
  /** The new trust in the forms that people apply it in; null where there is none. */
  readonly as: {
    readonly json: string
    readonly awsCli: string
    readonly terraform: string
    readonly cloudformation: string
  } | null
  /** Uses in the window, from which the trust is made. */
  readonly kept: readonly Use[]
  /** Uses in all that is stored that today's trust admits and the new one would have refused. */
  readonly wouldHaveRefused: readonly Use[]
  /** Uses that today's trust refuses: they are not let in again. */
  readonly refusedToday: readonly Use[]
  /** Whom the trust names and nobody was seen as. */
  readonly dropped: readonly string[]
  readonly notes: readonly string[]
}

export interface TightenList extends Answer<'TightenList', TightenItem> {
  readonly snapshot: { readonly id: string; readonly at: string }
}

export interface TightenAsked extends Asked {
  readonly role: string
}

/** The trust that admits exactly who was seen in the window, and what it would have refused in all that is stored. */
export async function answerTighten(
  store: Parameters<typeof readWorld>[0],
  asked: TightenAsked,
  known: Known,
  config: Config | null,
): Promise<TightenList | NoSnapshot | NotDeclared> {
  const frame = await frameOf(store, asked, known)
  const read = await readWorld(store, frame.window, config)
  if (read === null) return { kind: 'NoSnapshot' }
  const { world, snapshot } = read
  const arns = rolesNamed(world.declared, asked.role)
  if (arns.length === 0) {
    const names = world.declared.roles.map(({ name }) => name)
    const suggestions = nearest(asked.role, names)
    return { kind: 'NotDeclared', what: 'role', text: asked.role, suggestions }
  }
  const everything = (await store.extent()) ?? frame.window
  const items: TightenItem[] = []
  for (const arn of arns) {
    const role = world.declared.role(arn)!
    const all = await store.edges({ roles: [arn] }, everything)
    const inWindow = await store.edges({ roles: [arn] }, frame.window)
    items.push(tighten(world, role, inWindow, all))
  }
  return {
    apiVersion: 'podtrail/v1',
    kind: 'TightenList',
    window: frame.shown,
    coverage: frame.coverage,
    snapshot: { id: snapshot.id, at: timestamp(snapshot.at) },
    items,
    next: null,
  }
}

/** Pure: `inWindow` makes the trust, `all` is what it is held against. It never admits who is refused today. */
export function tighten(
  world: World,
  role: Role,
  inWindow: readonly EdgeSum[],
  all: readonly EdgeSum[],
): TightenItem {
  const { policy } = role
  const nothing = { role: role.arn, today: role.trust, trust: null, as: null }
  if (policy.kind !== 'policy')
    return {
      ...nothing,
      kept: [],
      wouldHaveRefused: [],
      refusedToday: [],
      dropped: [],
      notes: [`Its trust policy cannot be read: ${policy.reason}.`],
    }
  const requests = new Map(all.map((edge) => [edge, requestsOf(world, role, edge)]))
  const decide = (of: TrustPolicy, edge: EdgeSum) =>
    mildest(
      (requests.get(edge) ?? requestsOf(world, role, edge)).map(
        (one) => evaluateTrust(of, one).decision,
      ),
    )
  const legitimate = inWindow.filter((edge) => decide(policy, edge) !== 'refused')
  const { statements, notes } = statementsFor(world, role, policy, legitimate)
  const trust = statements.some((one) => one['Effect'] === 'Allow')
    ? documentOf(policy, statements)
    : null
  const parsed = trust === null ? null : parseTrustPolicy(trust)
  const useOf = (edge: EdgeSum): Use => ({
    who: whoIs(edge),
    count: edge.count,
    firstSeen: timestamp(edge.firstSeen),
    lastSeen: timestamp(edge.lastSeen),
    today: decide(policy, edge),
    tightened: parsed?.kind === 'policy' ? decide(parsed, edge) : 'refused',
  })
  const uses = all.map(useOf)
  return {
    ...nothing,
    trust,
    as:
      trust === null
        ? null
        : {
            json: JSON.stringify(trust, null, 2),
            awsCli: commandOf({ kind: 'set-trust', role: role.arn, document: trust }),
            terraform: terraformOf(role.arn, trust),
            cloudformation: cloudFormationOf(role.arn, trust),
          },
    kept: legitimate.map(useOf),
    wouldHaveRefused: uses.filter((one) => one.today !== 'refused' && one.tightened === 'refused'),
    refusedToday: uses.filter((one) => one.today === 'refused'),
    dropped: droppedFrom(policy, parsed),
    notes:
      trust === null
        ? [
            ...notes,
            'Nobody whom today’s trust admits was seen in this window: is the role still needed?',
          ]
        : notes,
  }
}

export function whoIs({ principal, via }: EdgeSum): string {
  const { kind, cluster, namespace, serviceAccount, name, id } = principal
  const who =
    kind === 'workload' ? `${cluster}/${namespace}/${serviceAccount}` : `${kind} ${name ?? id}`
  return via.length === 0 ? who : `${who} via ${via.at(-1)}`
}

/** As friendly as one of them. */
export function mildest(decisions: readonly Use['today'][]): Use['today'] {
  if (decisions.length === 0) return 'undecidable'
  return decisions.includes('allowed')
    ? 'allowed'
    : decisions.includes('undecidable')
      ? 'undecidable'
      : 'refused'
}

/** What was asked, as far as an edge tells: several where it does not tell the audience; none where it does not tell who. */
export function requestsOf(world: World, role: Role, edge: EdgeSum): TrustRequest[] {
  const { principal } = edge
  const via = callerRole(edge)
  const aws = (arn: string): TrustRequest => {
    const account = parseArn(arn)?.account ?? ''
    const ownPolicy = account === role.account ? ('unknown' as const) : ('allows' as const)
    const isRole = arn.includes(':role/')
    return {
      action: 'sts:AssumeRole',
      principal: { kind: 'aws', arn, account, ...(isRole ? { role: arn } : {}), ownPolicy },
      context: new Map(),
    }
  }
  const service = (name: string): TrustRequest => ({
    action: 'sts:AssumeRole',
    principal: { kind: 'service', service: name },
    context: contextOf(world, edge),
  })
  if (via !== null) return [aws(via)]
  switch (principal.kind) {
    case 'workload': {
      const issuer = issuerOf(edge)
      if (issuer === null) return [service('pods.eks.amazonaws.com')]
      const subject = subjectOf(principal.namespace!, principal.serviceAccount!)
      return audiencesOf(world, role, issuer).map((audience) =>
        webIdentityRequest({ provider: providerFor(role.arn, issuer), subject, audience }),
      )
    }
    case 'web-identity': {
      const name = principal.name ?? ''
      const issuer = principal.id.slice(0, -name.length - 1)
      const audiences = audiencesOf(world, role, issuer)
      return audiences.map((audience) =>
        webIdentityRequest({ provider: providerFor(role.arn, issuer), subject: name, audience }),
      )
    }
    case 'iam-user':
    case 'root':
      return principal.id.startsWith('arn:') ? [aws(principal.id)] : []
    case 'account':
      return [aws(`arn:aws:iam::${principal.id}:root`)]
    case 'node':
      return [service('ec2.amazonaws.com')]
    case 'aws-service':
      return [service(principal.id)]
    default:
      return []
  }
}

/** The issuer of a workload that came with a token; null: by Pod Identity. */
function issuerOf({ principal }: EdgeSum): string | null {
  return cameWithToken(principal) ? principal.cluster : null
}

/** What the token may have been made for: the logs do not keep it, but it was something that worked. */
function audiencesOf(world: World, role: Role, issuer: string): string[] {
  const inTrust = role.webIdentity
    .filter((trust) => trust.issuer === issuer)
    .flatMap(({ audiences }) => audiences.filter(isExact).flatMap(({ values }) => values))
  return [...new Set([...audiencesFor(world, role, issuer), ...inTrust])]
}

function contextOf({ declared }: World, { principal }: EdgeSum): TrustRequest['context'] {
  const { cluster: alias, namespace, serviceAccount } = principal
  const cluster = alias === null ? undefined : declared.cluster(alias)
  const arn = cluster?.arn ?? (alias?.startsWith('arn:') ? alias : null)
  return new Map<string, readonly string[] | 'unknown'>([
    ['aws:SourceArn', arn === null ? 'unknown' : [arn]],
    ['aws:SourceAccount', arn === null ? 'unknown' : [parseArn(arn)?.account ?? '']],
    ['aws:RequestTag/kubernetes-namespace', namespace === null ? 'unknown' : [namespace]],
    [
      'aws:RequestTag/kubernetes-service-account',
      serviceAccount === null ? 'unknown' : [serviceAccount],
    ],
    ['aws:RequestTag/eks-cluster-arn', arn === null ? 'unknown' : [arn]],
  ])
}

/** Each statement of today, narrowed to who was seen; nothing is added to what it admits. */
function statementsFor(
  world: World,
  role: Role,
  policy: TrustPolicy,
  uses: readonly EdgeSum[],
): { statements: Record<string, unknown>[]; notes: string[] } {
  const notes: string[] = []
  const statements: Record<string, unknown>[] = []
  const tokens = Map.groupBy(
    uses.filter((edge) => callerRole(edge) === null && tokenIssuer(edge) !== null),
    (edge) => tokenIssuer(edge)!,
  )
  for (const statement of policy.statements) {
    if (statement.effect === 'Deny') {
      statements.push(statementJson(statement))
      continue
    }
    const admitted = uses.filter((edge) =>
      requestsOf(world, role, edge).some(
        (request) =>
          evaluateTrust({ ...policy, statements: [statement] }, request).decision !== 'refused',
      ),
    )
    const entries = entriesFor(statement, admitted)
    if (entries.length > 0)
      statements.push(
        statementJson(
          withWorkloads(
            world,
            role,
            { ...statement, principals: { element: 'Principal', entries } },
            admitted,
            notes,
          ),
        ),
      )
    for (const trust of role.webIdentity.filter((one) => one.statement === statement.index)) {
      const own = admitted.filter((edge) => tokens.get(trust.issuer)?.includes(edge) === true)
      const subjects = [...new Set(own.map(({ principal }) => subjectIn(principal)))].sort()
      if (subjects.length === 0 || trust.provider === '*') continue
      const audiences = audiencesFor(world, role, trust.issuer)
      const pin = webIdentityStatement(trust.provider, trust.issuer, subjects, audiences)
      statements.push(withRestrictions(statement, trust, pin))
    }
  }
  return { statements: merged(statements), notes }
}

function tokenIssuer(edge: EdgeSum): string | null {
  const { kind, id, name } = edge.principal
  if (kind === 'workload') return issuerOf(edge)
  return kind === 'web-identity' ? id.slice(0, -(name ?? '').length - 1) : null
}

function subjectIn({ kind, name, namespace, serviceAccount }: EdgeSum['principal']): string {
  return kind === 'workload' ? subjectOf(namespace!, serviceAccount!) : (name ?? '')
}

/** Principals other than OIDC providers that were seen, by the statement that admits them. */
function entriesFor(statement: Statement, uses: readonly EdgeSum[]): PrincipalEntry[] {
  const entries = new Map<string, PrincipalEntry>()
  const add = (type: PrincipalEntry['type'], value: string): void => {
    entries.set(`${type} ${value}`, { type, value })
  }
  for (const edge of uses) {
    const via = callerRole(edge)
    const { kind, id } = edge.principal
    if (via !== null) add('AWS', via)
    else if (kind === 'iam-user' || kind === 'root') add('AWS', id)
    else if (kind === 'account') add('AWS', `arn:aws:iam::${id}:root`)
    else if (kind === 'node') add('Service', 'ec2.amazonaws.com')
    else if (kind === 'aws-service') add('Service', id)
    else if (kind === 'workload' && issuerOf(edge) === null)
      add('Service', 'pods.eks.amazonaws.com')
  }
  // People sign in by way of their identity provider, whose assertions podtrail does not hold against the trust.
  for (const { type, value } of statement.principals.entries)
    if (type === 'Federated' && value.includes(':saml-provider/')) add(type, value)
  return [...entries.values()]
}

/** Pod Identity is narrowed to the clusters and, where sessions are tagged, the ServiceAccounts that were seen. */
function withWorkloads(
  world: World,
  role: Role,
  statement: Statement,
  uses: readonly EdgeSum[],
  notes: string[],
): Statement {
  if (uses.some(({ principal }) => principal.kind === 'account'))
    notes.push(
      'Of some uses only the account is known, so it stays trusted as a whole: ingest the logs of that account too.',
    )
  const pods = uses.filter(
    (edge) =>
      edge.principal.kind === 'workload' && callerRole(edge) === null && issuerOf(edge) === null,
  )
  const isMixed = statement.principals.entries.some(
    ({ value }) => value !== 'pods.eks.amazonaws.com',
  )
  if (pods.length === 0 || isMixed) return statement
  const arns = [
    ...new Set(
      pods.flatMap(({ principal: { cluster } }) =>
        cluster === null
          ? []
          : (world.declared.cluster(cluster)?.arn ?? (cluster.startsWith('arn:') ? cluster : [])),
      ),
    ),
  ].sort()
  const isTagged = associatedWith(world.declared, role.arn).every(
    ({ association }) => association.detail?.sessionTagsOff === false,
  )
  const tag = (name: string, values: readonly string[]) => ({
    operator: {
      text: 'StringEquals',
      name: 'StringEquals' as const,
      quantifier: null,
      ifExists: false,
    },
    key: `aws:RequestTag/${name}`,
    values: [...new Set(values)].sort(),
  })
  const added = [
    ...(arns.length === 0
      ? []
      : [
          {
            operator: {
              text: 'ArnEquals',
              name: 'ArnEquals' as const,
              quantifier: null,
              ifExists: false,
            },
            key: 'aws:SourceArn',
            values: arns,
          },
        ]),
    ...(isTagged && !pods.some(({ principal }) => principal.namespace === '?')
      ? [
          tag(
            'kubernetes-namespace',
            pods.map(({ principal }) => principal.namespace!),
          ),
          tag(
            'kubernetes-service-account',
            pods.map(({ principal }) => principal.serviceAccount!),
          ),
        ]
      : []),
  ]
  const replaced = new Set(added.map(({ key }) => key.toLowerCase()))
  const kept = statement.conditions.filter(({ key }) => !replaced.has(key.toLowerCase()))
  return { ...statement, conditions: [...kept, ...added] }
}

/** The pinned statement, with what the old one asks for beside subject and audience. */
function withRestrictions(
  statement: Statement,
  trust: Role['webIdentity'][number],
  pin: Record<string, unknown>,
): Record<string, unknown> {
  const replaced = new Set(
    [...trust.subjects, ...trust.audiences].map(({ key }) => key.toLowerCase()),
  )
  const kept = statement.conditions.filter(({ key }) => !replaced.has(key.toLowerCase()))
  const old = (statementJson({ ...statement, conditions: kept })['Condition'] ?? {}) as Record<
    string,
    object
  >
  const { StringEquals: pinned } = pin['Condition'] as { StringEquals: object }
  return { ...pin, Condition: { ...old, StringEquals: { ...old['StringEquals'], ...pinned } } }
}

/** Statements that came out the same are one. */
function merged(statements: readonly Record<string, unknown>[]): Record<string, unknown>[] {
  return [...new Map(statements.map((one) => [JSON.stringify(one), one])).values()]
}

/** Values that today's trust names and the new one does not. */
function droppedFrom(
  policy: TrustPolicy,
  next: ReturnType<typeof parseTrustPolicy> | null,
): string[] {
  const named = (of: TrustPolicy): string[] =>
    of.statements
      .filter(({ effect }) => effect === 'Allow')
      .flatMap(({ principals, conditions }) => [
        ...principals.entries.map(({ value }) => value),
        ...conditions.filter(({ key }) => /:sub$/i.test(key)).flatMap(({ values }) => values),
      ])
  const left = new Set(next?.kind === 'policy' ? named(next) : [])
  return [...new Set(named(policy))].filter((value) => !left.has(value)).sort()
}
