import type { Config } from '../config.ts'
import { type Answer, type Asked, frameOf, type Known } from '../graph/answer.ts'
import { nearest } from '../graph/nearest.ts'
import { timestamp } from '../graph/timestamp.ts'
import type { Principal } from '../model.ts'
import type { AttemptSum, EdgeSum } from '../ports.ts'
import { type NoSnapshot, readWorld } from './answer-drift.ts'
import { askerOf } from './asker.ts'
import { assumesAny, assumesNamed, grantsOf, isAdmin } from './policy.ts'
import {
  evaluateTrust,
  type TrustDecision,
  type TrustRequest,
  webIdentityRequest,
} from './trust-policy.ts'
import {
  callerRole,
  edgesOf,
  isWorkloadRole,
  listed,
  namedSubjects,
  roleWords,
  subjectOf,
} from './users.ts'
import type { Cluster, Declared, Role, World } from './world.ts'

/** One thing that has to be so. `yes`, `no`, or `unknown`: it could not be looked at, or depends on the call itself. */
export interface WhyStep {
  readonly step:
    | 'service-account'
    | 'annotation'
    | 'association'
    | 'pods'
    | 'role'
    | 'provider'
    | 'audience'
    | 'trust'
    | 'own-policy'
    | 'seen'
  readonly answer: 'yes' | 'no' | 'unknown'
  readonly text: string
  /** Clauses of the trust, statement by statement. */
  readonly clauses: readonly WhyClause[]
}

export interface WhyClause {
  readonly statement: number
  readonly sid: string | null
  readonly effect: 'Allow' | 'Deny'
  readonly what: 'principal' | 'action' | 'condition'
  readonly result: 'true' | 'false' | 'unknown'
  readonly text: string
}

export interface WhyItem {
  readonly cluster: string
  readonly namespace: string
  readonly serviceAccount: string
  readonly role: string
  readonly by: 'token' | 'pod-identity' | 'chain'
  readonly verdict: 'allowed' | 'refused' | 'undecidable'
  readonly steps: readonly WhyStep[]
}

export interface WhyList extends Answer<'WhyList', WhyItem> {
  readonly snapshot: { readonly id: string; readonly at: string }
}

export interface WhyAsked extends Asked {
  /** `namespace/serviceaccount`, or `cluster/namespace/serviceaccount`. */
  readonly workload: string
  readonly cluster?: string
  /** ARN or name. */
  readonly role: string
}

/** Nothing that is declared goes by that name. */
export interface NotDeclared {
  readonly kind: 'NotDeclared'
  readonly what: 'workload' | 'role'
  readonly text: string
  readonly suggestions: readonly string[]
}

/** Why a ServiceAccount gets a role, or does not: everything that has to be so, one by one. */
export async function answerWhy(
  store: Parameters<typeof readWorld>[0],
  asked: WhyAsked,
  known: Known,
  config: Config | null,
): Promise<WhyList | NoSnapshot | NotDeclared> {
  const frame = await frameOf(store, asked, known)
  const read = await readWorld(store, frame.window, config)
  if (read === null) return { kind: 'NoSnapshot' }
  const { world, snapshot } = read
  const { declared } = world
  const parts = asked.workload.split('/')
  const [namespace = '', serviceAccount = ''] = parts.slice(-2)
  const inCluster = asked.cluster ?? (parts.length > 2 ? parts.slice(0, -2).join('/') : undefined)
  const candidates = declared.clusters.filter(
    (cluster) =>
      inCluster === undefined ||
      [cluster.called, cluster.name, cluster.arn, cluster.issuer].includes(inCluster),
  )
  const having = candidates.filter(
    (cluster) =>
      cluster.serviceAccount(namespace, serviceAccount) !== undefined ||
      cluster.associationsOf(namespace, serviceAccount).length > 0 ||
      cluster.serviceAccounts.missing !== null,
  )
  // One that was never made may still be what a pod, or a trust, names.
  const clusters =
    having.length > 0
      ? having
      : candidates.filter((cluster) => isNamedIn(world, cluster, namespace, serviceAccount))
  if (clusters.length === 0) {
    const names = declared.clusters.flatMap(({ serviceAccounts }) =>
      serviceAccounts.items.map((one) => `${one.namespace}/${one.name}`),
    )
    const suggestions = nearest(asked.workload, names)
    return { kind: 'NotDeclared', what: 'workload', text: asked.workload, suggestions }
  }
  const roles = rolesNamed(declared, asked.role)
  if (roles.length === 0 && !asked.role.startsWith('arn:')) {
    const suggestions = nearest(
      asked.role,
      declared.roles.map(({ name }) => name),
    )
    return { kind: 'NotDeclared', what: 'role', text: asked.role, suggestions }
  }
  const arns = roles.length === 0 ? [asked.role] : roles
  const items = clusters.flatMap((cluster) =>
    arns.map((arn) => explain(world, cluster, namespace, serviceAccount, arn)),
  )
  return {
    apiVersion: 'podtrail/v1',
    kind: 'WhyList',
    window: frame.shown,
    coverage: frame.coverage,
    snapshot: { id: snapshot.id, at: timestamp(snapshot.at) },
    items,
    next: null,
  }
}

function isNamedIn(
  { declared }: World,
  cluster: Cluster,
  namespace: string,
  name: string,
): boolean {
  const subject = subjectOf(namespace, name)
  return (
    cluster.podsOf(namespace, name).length > 0 ||
    declared.roles.some(({ webIdentity }) =>
      webIdentity.some(
        (trust) =>
          trust.issuer === cluster.issuer &&
          namedSubjects(trust).some((one) => one.subject === subject),
      ),
    )
  )
}

/** ARNs of the roles of that name, or the one with that ARN. */
export function rolesNamed({ roles }: Declared, text: string): string[] {
  return roles
    .filter(({ arn, name, account }) => [arn, name, `${name}@${account}`].includes(text))
    .map(({ arn }) => arn)
}

function explain(
  world: World,
  cluster: Cluster,
  namespace: string,
  name: string,
  arn: string,
): WhyItem {
  const who = { cluster: cluster.called, namespace, serviceAccount: name, role: arn }
  const own = cluster.serviceAccount(namespace, name)
  const associations = cluster.associationsOf(namespace, name)
  const association = associations.find(({ detail }) => detail?.role === arn)
  const role = world.declared.role(arn)
  const seen = seenStep(world, cluster, namespace, name, arn)
  const given = own?.role ?? associations[0]?.detail?.role ?? null
  // A role that no workload gets directly, asked for by one that has another: the second hop.
  const first = given === null ? undefined : world.declared.role(given)
  if (
    association === undefined &&
    first !== undefined &&
    first.arn !== arn &&
    (role === undefined || !isWorkloadRole(world.declared, role))
  ) {
    const before = explain(world, cluster, namespace, name, first.arn)
    const steps = [
      ...before.steps.filter(({ step }) => step !== 'seen'),
      ...hopSteps(world, first, arn, role),
    ]
    return { ...who, by: 'chain', verdict: verdictOf(steps), steps: [...steps, seen] }
  }
  const steps: WhyStep[] = [accountStep(cluster, namespace, name)]
  if (association !== undefined || ((own?.role ?? null) === null && associations.length > 0)) {
    steps.push(...podIdentitySteps(world, cluster, namespace, name, arn, role))
    return { ...who, by: 'pod-identity', verdict: verdictOf(steps), steps: [...steps, seen] }
  }
  steps.push(
    annotationStep(cluster, namespace, name, arn),
    ...tokenSteps(world, cluster, namespace, name, arn, role),
  )
  return { ...who, by: 'token', verdict: verdictOf(steps), steps: [...steps, seen] }
}

function step(
  name: WhyStep['step'],
  answer: WhyStep['answer'],
  text: string,
  clauses: readonly WhyClause[] = [],
): WhyStep {
  return { step: name, answer, text, clauses }
}

/** What was seen does not decide what would happen now. */
function verdictOf(steps: readonly WhyStep[]): WhyItem['verdict'] {
  const answers = new Set(steps.map(({ answer }) => answer))
  return answers.has('no') ? 'refused' : answers.has('unknown') ? 'undecidable' : 'allowed'
}

function accountStep(cluster: Cluster, namespace: string, name: string): WhyStep {
  const { missing } = cluster.serviceAccounts
  if (cluster.serviceAccount(namespace, name) !== undefined)
    return step(
      'service-account',
      'yes',
      `ServiceAccount ${namespace}/${name} is in ${cluster.called}`,
    )
  return missing === null
    ? step('service-account', 'no', `${cluster.called} has no ServiceAccount ${namespace}/${name}`)
    : step('service-account', 'unknown', missing)
}

function annotationStep(cluster: Cluster, namespace: string, name: string, arn: string): WhyStep {
  const own = cluster.serviceAccount(namespace, name)
  if (own === undefined)
    return step('annotation', 'unknown', 'the annotation of the ServiceAccount is not known')
  if (own.role === arn) return step('annotation', 'yes', `it is annotated with ${arn}`)
  return own.role === null
    ? step('annotation', 'no', 'it has no annotation eks.amazonaws.com/role-arn')
    : step('annotation', 'no', `it is annotated with "${own.role}", not with ${arn}`)
}

function roleStep({ declared }: World, arn: string, role: Role | undefined): WhyStep {
  if (role !== undefined) return step('role', 'yes', `${roleWords(arn)} exists`)
  const account = /:iam::(\d{12}):/.exec(arn)?.[1] ?? ''
  const part = declared.roleParts.find(({ subject }) => subject === `account ${account}`)
  if (part === undefined)
    return step(
      'role',
      'unknown',
      `account ${account} is not in scope, so ${arn} cannot be looked for`,
    )
  return part.missing === null
    ? step('role', 'no', `account ${account} has no role ${arn}`)
    : step('role', 'unknown', part.missing)
}

function tokenSteps(
  world: World,
  cluster: Cluster,
  namespace: string,
  name: string,
  arn: string,
  role: Role | undefined,
): WhyStep[] {
  const steps = [roleStep(world, arn, role)]
  if (cluster.issuer === null) {
    const why = cluster.undescribed ?? `cluster ${cluster.called} has no OIDC issuer`
    return [...steps, step('provider', cluster.undescribed === null ? 'no' : 'unknown', why)]
  }
  const audience = cluster.serviceAccount(namespace, name)?.audience ?? null
  const asker = askerOf({ arn }, cluster.issuer, namespace, name, audience)
  const provider = world.declared.provider(asker.provider)
  const account = /:iam::(\d{12}):/.exec(arn)?.[1] ?? ''
  const part = world.declared.providerParts.find(({ subject }) => subject === `account ${account}`)
  if (provider === undefined) {
    const isKnown = part !== undefined && part.missing === null
    steps.push(
      step(
        'provider',
        isKnown ? 'no' : 'unknown',
        isKnown
          ? `account ${account} has no OIDC provider for ${cluster.issuer}`
          : (part?.missing ?? `account ${account} is not in scope`),
      ),
    )
  } else {
    steps.push(
      step('provider', 'yes', `account ${account} has the OIDC provider of ${cluster.called}`),
    )
    const { audiences } = provider
    steps.push(
      audiences === null
        ? step(
            'audience',
            'unknown',
            `no output of "aws iam get-open-id-connect-provider" of ${provider.arn}`,
          )
        : audiences.includes(asker.audience)
          ? step('audience', 'yes', `the provider accepts the audience ${asker.audience}`)
          : step(
              'audience',
              'no',
              `the provider accepts ${audiences.length === 0 ? 'no audience' : listed(audiences)}, and the token has ${asker.audience}`,
            ),
    )
  }
  if (role !== undefined) steps.push(trustStep(role, webIdentityRequest(asker), asker.subject))
  return steps
}

function podIdentitySteps(
  world: World,
  cluster: Cluster,
  namespace: string,
  name: string,
  arn: string,
  role: Role | undefined,
): WhyStep[] {
  const associations = cluster.associationsOf(namespace, name)
  const association = associations.find(({ detail }) => detail?.role === arn)
  const isListedOnly = associations.some(({ detail }) => detail === null)
  const pods = cluster.podsOf(namespace, name)
  const onFargate = pods.filter((pod) => pod.onFargate)
  const steps = [
    association !== undefined
      ? step('association', 'yes', `association ${association.id} gives it ${arn}`)
      : isListedOnly
        ? step(
            'association',
            'unknown',
            'its association was only listed, so its role is not known',
          )
        : step(
            'association',
            'no',
            `it is associated with ${listed(associations.flatMap(({ detail }) => detail?.role ?? []))}, not with ${arn}`,
          ),
    ...(onFargate.length === 0
      ? []
      : [
          step(
            'pods',
            'no',
            `${onFargate.length} of its pods run on Fargate, where Pod Identity does not work`,
          ),
        ]),
    roleStep(world, arn, role),
  ]
  if (role === undefined) return steps
  const isTagged = association?.detail?.sessionTagsOff !== true
  const context = new Map<string, readonly string[] | 'absent' | 'unknown'>([
    ['aws:SourceArn', cluster.arn === null ? 'unknown' : [cluster.arn]],
    ['aws:SourceAccount', cluster.account === null ? 'unknown' : [cluster.account]],
    ['aws:RequestTag/kubernetes-namespace', isTagged ? [namespace] : 'absent'],
    ['aws:RequestTag/kubernetes-service-account', isTagged ? [name] : 'absent'],
    ['aws:RequestTag/eks-cluster-name', isTagged ? [cluster.name] : 'absent'],
    [
      'aws:RequestTag/eks-cluster-arn',
      !isTagged ? 'absent' : cluster.arn === null ? 'unknown' : [cluster.arn],
    ],
  ])
  const principal = { kind: 'service' as const, service: 'pods.eks.amazonaws.com' }
  steps.push(trustStep(role, { action: 'sts:AssumeRole', principal, context }, principal.service))
  if (isTagged)
    steps.push(
      trustStep(role, { action: 'sts:TagSession', principal, context }, 'tagging the session'),
    )
  return steps
}

function hopSteps(world: World, from: Role, arn: string, role: Role | undefined): WhyStep[] {
  const { grants, unread } = grantsOf(from.policies)
  const isAllowed = grants.some(
    (grant) => assumesAny(grant) || isAdmin(grant) || assumesNamed(grant).includes(arn),
  )
  const steps = [
    roleStep(world, arn, role),
    isAllowed
      ? step('own-policy', 'yes', `${roleWords(from.arn)} may assume ${arn}`)
      : grants.some(mayMean) || unread.length > 0
        ? step(
            'own-policy',
            'unknown',
            `whether the policies of ${roleWords(from.arn)} allow sts:AssumeRole on it depends on a pattern or a text that was not read`,
          )
        : step(
            'own-policy',
            'no',
            `no policy of ${roleWords(from.arn)} allows sts:AssumeRole on ${arn}`,
          ),
  ]
  if (role === undefined) return steps
  const request: TrustRequest = {
    action: 'sts:AssumeRole',
    principal: {
      kind: 'aws',
      arn: from.arn,
      account: from.account,
      role: from.arn,
      uniqueId: from.id,
      ownPolicy: isAllowed ? 'allows' : 'unknown',
    },
    context: new Map(),
  }
  return [...steps, trustStep(role, request, from.arn)]
}

/** A pattern that may or may not mean the role. */
function mayMean({
  actions,
  resources,
}: {
  actions: readonly string[]
  resources: readonly string[]
}) {
  return (
    actions.some((action) => action.startsWith('sts:') || action === '*') &&
    resources.some((resource) => /[*?]/.test(resource))
  )
}

function trustStep(role: Role, request: TrustRequest, who: string): WhyStep {
  if (role.policy.kind !== 'policy')
    return step(
      'trust',
      'unknown',
      `the trust policy of ${role.name} cannot be read: ${role.policy.reason}`,
    )
  const decision = evaluateTrust(role.policy, request)
  const texts = {
    allowed: `the trust of ${role.name} admits ${who}`,
    refused: `the trust of ${role.name} refuses ${who}`,
    undecidable: `whether the trust of ${role.name} admits ${who} depends on what only the call itself has`,
  }
  const answers = { allowed: 'yes', refused: 'no', undecidable: 'unknown' } as const
  return step('trust', answers[decision.decision], texts[decision.decision], clausesOf(decision))
}

function clausesOf({ because }: TrustDecision): WhyClause[] {
  return because.flatMap(({ statement, sid, effect, clauses }) =>
    clauses.map(({ what, result, text }) => ({ statement, sid, effect, what, result, text })),
  )
}

function seenStep(
  { observed }: World,
  cluster: Cluster,
  namespace: string,
  name: string,
  arn: string,
): WhyStep {
  const isOne = ({ kind, cluster: alias, ...principal }: Principal): boolean =>
    kind === 'workload' &&
    principal.namespace === namespace &&
    principal.serviceAccount === name &&
    [cluster.issuer, cluster.arn, cluster.called].includes(alias)
  const did = edgesOf(observed, arn).filter(({ principal }) => isOne(principal))
  const refused = observed.attempts.filter(
    (attempt) => attempt.role === arn && isOne(attempt.principal),
  )
  if (observed.seen.size === 0) return step('seen', 'unknown', 'no CloudTrail events are stored')
  const parts = [words('assumed it', did), words('was refused', refused)].filter(
    (one) => one !== '',
  )
  if (parts.length === 0) return step('seen', 'unknown', 'it was not seen trying in this window')
  const via = did.flatMap((edge) => callerRole(edge) ?? [])
  const way = via.length === 0 ? '' : ` (through ${listed([...new Set(via)].map(roleWords))})`
  return step('seen', did.length > 0 ? 'yes' : 'no', `${parts.join('; ')}${way}`)
}

function words(what: string, sums: readonly (EdgeSum | AttemptSum)[]): string {
  if (sums.length === 0) return ''
  const count = sums.reduce((sum, one) => sum + one.count, 0)
  return `${what} ${count} times, last ${timestamp(Math.max(...sums.map(({ lastSeen }) => lastSeen)))}`
}
