import { parseArn, roleName } from '../identity/arn.ts'
import type { Clusters } from '../identity/clusters.ts'
import { issuerOf } from '../identity/workload.ts'
import type { Principal } from '../model.ts'
import {
  isAddressChange,
  isAssociationChange,
  isEndpointChange,
  isOnlyNodeWork,
  isPortable,
  isTrustChange,
} from './actions.ts'
import type { Approved } from './detector.ts'
import { networkKey, networkKind } from './network.ts'
import { Profile } from './profile.ts'
import { remembered } from './remembered.ts'
import { Seen, type Span } from './seen.ts'
import { FRESH, type Hour, isByService, isStart, type Use } from './use.ts'

const DAY = 86_400
/** What is known for so many days is grown: until then what it does, or who has it, is not compared with before. */
const GROWN_DAYS = 3
/** How long a change explains what follows. */
const CHANGE_LASTS = DAY

export const isGrown = ({ first }: { readonly first: number }, at: number): boolean =>
  at - first >= GROWN_DAYS * DAY

/** Principals who are people. */
export const isHuman = ({ kind }: Principal): boolean =>
  kind === 'iam-user' || kind === 'saml' || kind === 'identity-center' || kind === 'root'

/** What is known of a principal. */
export class Subject {
  readonly key: string
  readonly principal: Principal
  readonly cluster: ClusterMemory | null
  first = Infinity
  last = -Infinity
  /** Days with anything. */
  days = 0
  /** Longest time between two days with anything, in seconds. */
  gap = 0
  /** Deepest chain. */
  depth = 0
  /** Days with a change of a trust: who has many is an automation that does that for a living. */
  trustDays = 0
  #trustDay = -1
  /** Ways to roles, each with how often it is taken. */
  readonly edges = new Seen(2048)
  readonly roles = new Seen(512)
  readonly accounts = new Seen(128)
  readonly actions = new Seen(1024)
  readonly refusals = new Seen(512)
  readonly clients = new Seen(32)
  readonly issueClients = new Seen(32)
  /** Roles that it asked for and was refused. */
  readonly triedRoles = new Seen(512)
  /** Of a node, where it calls from. */
  readonly networks = new Seen(32)
  /** Programs in which requests that it had signed were sent from where its cluster never was. */
  readonly handedOn = new Seen(32)
  readonly secrets = new Seen(512)
  /** Hours with anything. */
  hours = 0

  constructor(key: string, principal: Principal, cluster: ClusterMemory | null) {
    this.key = key
    this.principal = principal
    this.cluster = cluster
  }

  see(first: number, last: number): void {
    if (first < this.first) this.first = first
    // By whole hours, so that the order within an hour does not matter.
    const hour = Math.floor(first / 3600)
    const before = Math.floor(this.last / 3600)
    if (hour > before) this.hours++
    if (Math.floor(hour / 24) > Math.floor(before / 24)) {
      this.days++
      if (this.last > 0) this.gap = Math.max(this.gap, (hour - before) * 3600)
    }
    if (last > this.last) this.last = last
  }

  changedTrust(at: number): void {
    const day = Math.floor(at / DAY)
    if (day === this.#trustDay) return
    this.#trustDay = day
    this.trustDays++
  }

  isGrown(at: number): boolean {
    return isGrown(this, at)
  }
}

export interface ClusterMemory extends Span {
  readonly name: string
  /**
   * First time one of its workloads was seen to take the role it starts with. Its chains into another account show in that account's
   * trail too, where nothing is seen of how the cluster lives: from those alone it is not known.
   */
  atHomeSince: number
  readonly networks: Seen
  /** Accounts of the roles that its workloads assume first: where it runs. */
  readonly accounts: Seen
  /** Accounts that its workloads have reached, on whatever way. */
  readonly reached: Seen
  readonly audiences: Seen
  readonly workloads: Set<string>
}

export interface RoleMemory extends Span {
  readonly account: string
  readonly users: Seen
  /** `kind` of principals that had it, at whatever hop. */
  readonly kinds: Seen
  readonly namespaces: Seen
  /** Repositories, or whatever stands before the first `:ref`, `:environment`, …, of CI subjects. */
  readonly repositories: Seen
  /** Of these the owners, and what a run was for: `ref`, `pull_request`, `environment`. */
  readonly owners: Seen
  readonly occasions: Seen
  /** The roles whose sessions assumed it. */
  readonly from: Seen
  /** By which ways people came to it: see `wayOfPeople`. */
  readonly peoplesWays: Seen
  /** Nodes of a cluster have it. */
  isNode: boolean
  readonly actions: Seen
  readonly clients: Seen
}

export interface AccountMemory extends Span {
  /** Where nodes of clusters come from. */
  readonly nodeNetworks: Seen
  /** When gateways or addresses, endpoints, and Pod Identity associations were changed last. */
  addressChange: number
  endpointChange: number
  associationChange: Change | null
}

export interface Change {
  readonly at: number
  readonly use: Use
}

/** What was normal before the hour that is looked at. Grows with the number of principals, roles and networks, never with calls. */
export class Memory {
  first = Infinity
  readonly learningDays: number
  readonly #clusterNames: Clusters
  readonly #subjects = new Map<string, Subject>()
  readonly #interned = new Map<string, Subject>()
  readonly clusters = new Map<string, ClusterMemory>()
  readonly roles = new Map<string, RoleMemory>()
  readonly accounts = new Map<string, AccountMemory>()
  /** Where people come from. */
  readonly humanNetworks = new Seen(65_536)
  readonly issuers = new Seen(4096)
  /** Of whichever cluster. */
  readonly namespaces = new Seen(8192)
  /** Last change of who may assume a role, by account and name: records of such changes leave the role's path out. */
  readonly trustChanges = new Map<string, Change>()
  /** Last identity provider that was created by somebody who does that for a living. */
  providerCreated = -Infinity
  readonly #taken = new Map<string, Seen>()
  readonly #approved = new Set<string>()

  constructor(learningDays: number, clusters: Clusters, baseline: readonly Approved[]) {
    this.learningDays = learningDays
    this.#clusterNames = clusters
    for (const { principal, via, role } of baseline)
      this.#approved.add([principal.kind, principal.id, edgeKey(role, via)].join('\n'))
  }

  /** The same subject for the same principal, under whichever of its cluster's names it was recorded. */
  subject(recorded: Principal): Subject {
    const recordedKey = `${recorded.kind}\n${recorded.id}`
    let subject = this.#interned.get(recordedKey)
    if (subject === undefined) {
      const principal = this.#clusterNames.named(recorded)
      const key = `${principal.kind}\n${principal.id}`
      subject = this.#subjects.get(key)
      if (subject === undefined) {
        subject = new Subject(key, principal, this.#clusterOf(principal))
        this.#subjects.set(key, subject)
      }
      this.#interned.set(recordedKey, subject)
    }
    return subject
  }

  subjects(): IterableIterator<Subject> {
    return this.#subjects.values()
  }

  isApproved({ principal }: Subject, role: string, via: readonly string[]): boolean {
    if (this.#approved.size === 0) return false
    return this.#approved.has([principal.kind, principal.id, edgeKey(role, via)].join('\n'))
  }

  /** Whether enough is known: of the installation, and of the subject's cluster. */
  isLearned({ cluster }: Subject, at: number): boolean {
    return this.isOld(this.first, at) && (cluster === null || this.isOld(cluster.atHomeSince, at))
  }

  /** Whether what is known since then is known long enough. */
  isOld(since: number | undefined, at: number): boolean {
    return since !== undefined && at - since >= this.learningDays * DAY
  }

  /** Marks what of an hour was never seen before it. Returns the calls that show something of the kind. */
  mark(hour: Hour): Use[] {
    for (const use of hour.issues) use.fresh = this.#freshness(use)
    for (const use of hour.tries) use.fresh = this.#freshness(use)
    const freshCalls: Use[] = []
    for (const use of hour.calls) {
      use.fresh = this.#freshness(use)
      if (use.fresh !== 0) freshCalls.push(use)
    }
    return freshCalls
  }

  #freshness(use: Use): number {
    const { who } = use
    let fresh = 0
    if (who.first === Infinity) fresh |= FRESH.subject
    if (use.kind === 'issue') {
      if (!this.isApproved(who, use.role, use.via)) {
        if (!who.edges.has(edgeKey(use.role, use.via))) fresh |= FRESH.edge
        if (!who.roles.has(use.role)) fresh |= FRESH.role
        if (!who.accounts.has(accountOf(use.role))) fresh |= FRESH.account
      }
      if (!who.issueClients.has(use.client)) fresh |= FRESH.client
    } else {
      if (use.outcome === 'did' && !who.actions.has(use.action)) fresh |= FRESH.action
      if (use.action === SECRET_READ && use.what !== '' && !who.secrets.has(use.what))
        fresh |= FRESH.secret
      if (use.outcome === 'refused' && !who.refusals.has(use.action)) fresh |= FRESH.refusal
      if (!isByService(use) && !who.clients.has(use.client)) fresh |= FRESH.client
    }
    if (who.cluster !== null && !isByService(use) && networkKind(use.network) !== 'silent')
      if (!who.cluster.networks.has(networkKey(use.network))) fresh |= FRESH.network
    return fresh
  }

  /** Takes in an hour. Networks for which `isStrange` are not taken in. */
  learn(hour: Hour, isStrange: (use: Use) => boolean): void {
    for (const uses of [hour.issues, hour.tries, hour.calls])
      for (const use of uses) if (!isPortable(use)) this.#learnNetwork(use, isStrange)
    for (const use of hour.calls) if (isPortable(use)) this.#learnHandedOn(use)
    for (const use of hour.issues) this.#learnIssue(use)
    for (const use of hour.tries) this.#learnCall(use)
    for (const use of hour.calls) this.#learnCall(use)
    for (const [key, { at }] of this.trustChanges)
      if (at < hour.hour * 3600 - CHANGE_LASTS) this.trustChanges.delete(key)
  }

  #learnIssue(use: Use): void {
    const { who, role, via, client, first, last, count } = use
    this.#see(use)
    const hour = Math.floor(first / 3600)
    const edge = who.edges.add(edgeKey(role, via), first, last)
    edge.profile ??= new Profile(hour)
    edge.profile.add(hour, count)
    const account = accountOf(role)
    who.roles.add(role, first, last)
    who.accounts.add(account, first, last)
    who.issueClients.add(client, first, last)
    who.depth = Math.max(who.depth, via.length + 1)
    const memory = this.role(role, first)
    memory.last = Math.max(memory.last, last)
    memory.users.add(who.key, first, last)
    memory.kinds.add(who.principal.kind, first, last)
    if (who.principal.namespace !== null)
      memory.namespaces.add(who.principal.namespace, first, last)
    if (who.principal.kind === 'web-identity') {
      const { repository, owner, occasion } = runOf(who.principal)
      memory.repositories.add(repository, first, last)
      memory.owners.add(owner, first, last)
      memory.occasions.add(occasion, first, last)
    }
    const from = via.at(-1)
    if (from !== undefined) memory.from.add(from, first, last)
    if (isHuman(who.principal)) memory.peoplesWays.add(wayOfPeople(use), first, last)
    if (from !== undefined && isHuman(who.principal) && memory.kinds.has('workload'))
      this.#tookAs(from).add(role, first, last)
    if (from !== undefined && who.principal.kind === 'node')
      this.role(from, first).actions.add(becomes(role), first, last)
    if (who.cluster !== null) {
      who.cluster.reached.add(account, first, last)
      this.namespaces.add(who.principal.namespace ?? '', first, last)
      if (isStart(use)) {
        who.cluster.atHomeSince = Math.min(who.cluster.atHomeSince, first)
        who.cluster.accounts.add(account, first, last)
        if (use.more !== '') who.cluster.audiences.add(use.more, first, last)
        if (use.action === 'sts:AssumeRoleWithWebIdentity')
          this.issuers.add(issuerOf(use.what), first, last)
      }
      who.cluster.workloads.add(who.key)
    }
  }

  #learnCall(use: Use): void {
    const { who, action, outcome, client, first, last, role } = use
    this.#see(use)
    if (outcome === 'did') who.actions.add(action, first, last)
    if (outcome === 'refused') who.refusals.add(action, first, last)
    if (!isByService(use)) who.clients.add(client, first, last)
    if (use.kind === 'try') {
      if (outcome === 'refused' && role !== '') who.triedRoles.add(role, first, last)
      return
    }
    const memory = role === '' ? null : this.role(role, first)
    if (memory !== null && outcome === 'did') memory.actions.add(action, first, last)
    if (action === SECRET_READ && use.what !== '') who.secrets.add(use.what, first, last)
    if (who.principal.kind === 'node' && memory !== null && use.via.length === 0) {
      memory.last = Math.max(memory.last, last)
      memory.kinds.add('node', first, last)
      memory.clients.add(client, first, last)
      if (isOnlyNodeWork(action)) memory.isNode = true
    }
    if (outcome === 'did') this.#learnChange(use)
  }

  #learnChange(use: Use): void {
    const { action, account, first, who } = use
    if (action === 'iam:CreateOpenIDConnectProvider' && (use.fresh & FRESH.action) === 0)
      this.providerCreated = Math.max(this.providerCreated, first)
    if (isTrustChange(action) && use.what !== '') {
      const key = trustKey(account, use.what)
      this.trustChanges.set(key, later(this.trustChanges.get(key) ?? null, use))
      who.changedTrust(first)
    } else if (isAddressChange(action)) {
      const memory = this.account(account, first)
      memory.addressChange = Math.max(memory.addressChange, first)
    } else if (isEndpointChange(action)) {
      const memory = this.account(account, first)
      memory.endpointChange = Math.max(memory.endpointChange, first)
    } else if (isAssociationChange(action)) {
      const memory = this.account(account, first)
      memory.associationChange = later(memory.associationChange, use)
      who.changedTrust(first)
    }
  }

  #see({ who, first, last, account: id }: Use): void {
    if (first < this.first) this.first = first
    who.see(first, last)
    const account = this.account(id, first)
    account.last = Math.max(account.last, last)
    if (who.cluster === null) return
    who.cluster.first = Math.min(who.cluster.first, first)
    who.cluster.last = Math.max(who.cluster.last, last)
  }

  /** Where clusters, their nodes and people are. */
  #learnNetwork(use: Use, isStrange: (use: Use) => boolean): void {
    const { who, first, last, network } = use
    if (isByService(use) || networkKind(network) === 'silent') return
    const name = networkKey(network)
    if (who.cluster !== null && !isStrange(use)) who.cluster.networks.add(name, first, last)
    if (who.principal.kind === 'node' && !isStrange(use)) {
      who.networks.add(name, first, last)
      if (this.roles.get(use.role)?.isNode === true)
        this.account(use.account, first).nodeNetworks.add(name, first, last)
    }
    // Users of IAM may be programs; those who sign in are people.
    const { kind } = who.principal
    if (isHuman(who.principal) && (kind !== 'iam-user' || use.client === 'console'))
      this.humanNetworks.add(name, first, last)
  }

  #learnHandedOn(use: Use): void {
    const { who, first, last, network, client } = use
    if (who.cluster === null || isByService(use) || networkKind(network) === 'silent') return
    if (!who.cluster.networks.has(networkKey(network))) who.handedOn.add(client, first, last)
  }

  /** How many roles of workloads people took with a role of theirs. */
  taken(roleOfPeople: string): number {
    return this.#taken.get(permissionSet(roleOfPeople))?.size ?? 0
  }

  #tookAs(roleOfPeople: string): Seen {
    const name = permissionSet(roleOfPeople)
    const known = this.#taken.get(name) ?? new Seen(128)
    this.#taken.set(name, known)
    return known
  }

  role(arn: string, at: number): RoleMemory {
    let role = this.roles.get(arn)
    if (role === undefined) {
      role = {
        first: at,
        last: at,
        account: accountOf(arn),
        users: new Seen(512),
        kinds: new Seen(16),
        namespaces: new Seen(128),
        repositories: new Seen(128),
        owners: new Seen(128),
        occasions: new Seen(16),
        from: new Seen(128),
        peoplesWays: new Seen(128),
        isNode: false,
        actions: new Seen(1024),
        clients: new Seen(32),
      }
      this.roles.set(arn, role)
    }
    return role
  }

  account(id: string, at: number): AccountMemory {
    let account = this.accounts.get(id)
    if (account === undefined) {
      account = {
        first: at,
        last: at,
        nodeNetworks: new Seen(8192),
        addressChange: -Infinity,
        endpointChange: -Infinity,
        associationChange: null,
      }
      this.accounts.set(id, account)
    }
    return account
  }

  #clusterOf(principal: Principal): ClusterMemory | null {
    if (principal.kind !== 'workload' || principal.cluster === null) return null
    const name = principal.cluster
    let cluster = this.clusters.get(name)
    if (cluster === undefined) {
      cluster = {
        name,
        first: Infinity,
        last: -Infinity,
        atHomeSince: Infinity,
        networks: new Seen(8192),
        accounts: new Seen(64),
        reached: new Seen(256),
        audiences: new Seen(32),
        workloads: new Set(),
      }
      this.clusters.set(name, cluster)
    }
    return cluster
  }
}

/** The read of a secret, whose records name it. */
export const SECRET_READ = 'secretsmanager:GetSecretValue'

/** What stands among a node role's actions for a role that its sessions have assumed. */
export const becomes = (role: string): string => `becomes ${role}`

export function edgeKey(role: string, via: readonly string[]): string {
  return via.length === 0 ? role : `${role}\n${via.join('\n')}`
}

export const accountOf = remembered((roleArn) => parseArn(roleArn)?.account ?? '')

export function trustKey(account: string, roleArn: string): string {
  return `${accountOf(roleArn) || account}/${roleName(roleArn)}`
}

/** The later of two changes; ties fall by who made them, so that the order within an hour does not matter. */
function later(known: Change | null, use: Use): Change {
  const isLater =
    known === null ||
    use.first > known.at ||
    (use.first === known.at && use.who.key < known.use.who.key)
  return isLater ? { at: use.first, use } : known
}

/** How a person came to a role: by which other role, or how they signed in where they took it at once. */
export function wayOfPeople({ via, who }: Use): string {
  const from = via.at(-1)
  return from === undefined ? who.principal.kind : permissionSet(from)
}

/** Identity Center gives a permission set another role in each account, with an ending of its own: they are one. */
function permissionSet(roleArn: string): string {
  const name = roleName(roleArn)
  return name.startsWith('AWSReservedSSO_') ? name.replace(/_[0-9a-f]+$/, '') : roleArn
}

/** What a pipeline's subject says: `repo:acme/shop:ref:refs/heads/main`, or likewise of others, up to the second and third colon. */
export function runOf({ id, name }: Principal): {
  readonly repository: string
  readonly owner: string
  readonly occasion: string
} {
  const [kind = '', path = '', occasion = ''] = (name ?? id).split(':')
  const repository = `${kind}:${path}`
  const slash = path.indexOf('/')
  return { repository, owner: slash < 0 ? repository : path.slice(0, slash), occasion }
}
