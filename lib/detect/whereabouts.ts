import { isAddressChange, isEndpointChange, isPortable } from './actions.ts'
import { grouped } from './group.ts'
import type { ClusterMemory, Memory, Subject } from './memory.ts'
import { networkKey, networkKind, type OurNetworks } from './network.ts'
import { FRESH, type Hour, isByService, type Use } from './use.ts'
import { counted, forDays, listed } from './words.ts'

const DAY = 86_400

/** A network that a cluster was never seen in. `likely`: it may well be the cluster that moved, and not a thief. */
export interface Strange {
  readonly network: string
  readonly likely: boolean
  /** What is normal, in words. */
  readonly why: string
}

/** Calls of one subject from one network where it should not be, by time. */
export interface Strangers {
  readonly who: Subject
  /** Of the network, see `networkKey`. */
  readonly name: string
  readonly uses: readonly Use[]
  readonly strange: Strange
}

/** A fifth of a cluster's active workloads in a new network are a move and no theft: at least 3, and 5 are always enough. */
const MOVED_SHARE = 0.2
const MOVED_MIN = 3
const MOVED_ENOUGH = 5
const ALONE_AMONG = 20

/**
 * Where a cluster's workloads come from, in one hour and the next. A new address of a NAT gateway, a new zone or new nodes show in
 * many workloads, and in the nodes themselves; a stolen token shows in one. So a new network is judged by who else is in it.
 */
export class Whereabouts {
  readonly #memory: Memory
  readonly #ours: OurNetworks
  readonly #hours: readonly Hour[]
  #clusters: Map<ClusterMemory, Here> | null = null
  /** Networks of nodes, and changes of addresses and endpoints, by account. */
  readonly #nodes = new Map<string, Set<Subject>>()
  readonly #nodeNetworks = new Map<string, Set<string>>()
  readonly #changes = new Map<string, { address: number; endpoint: number }>()
  /** Nodes and workloads of whichever cluster, by network. */
  readonly #whoIsIn = new Map<string, Set<Subject>>()
  readonly #at: number
  readonly #judged = new Map<string, Strange | null>()

  constructor(memory: Memory, ours: OurNetworks, hour: Hour, next: Hour | null) {
    this.#memory = memory
    this.#ours = ours
    this.#hours = next === null ? [hour] : [hour, next]
    this.#at = hour.hour * 3600
  }

  /** Null where a call of a workload or a node comes from where its cluster is, or where the address says nothing. */
  strange(use: Use): Strange | null {
    const { who, client } = use
    if (isByService(use)) return null
    if (who.principal.kind === 'node') return this.#strangeNode(use)
    const { cluster } = who
    if (cluster === null || (use.fresh & FRESH.network) === 0) return null
    if (networkKind(use.network) === 'silent' || this.#ours.has(use.network)) return null
    if (isPortable(use) && who.handedOn.has(client)) return null
    const key = `${cluster.name}\n${networkKey(use.network)}`
    let judged = this.#judged.get(key)
    if (judged === undefined) {
      judged = this.#judge(cluster, use.network)
      this.#judged.set(key, judged)
    }
    return judged
  }

  /** Those that come from where they should not, each subject's from each network together. */
  strangers(uses: Iterable<Use>): Strangers[] {
    const strange: Use[] = []
    for (const use of uses) if (this.strange(use) !== null) strange.push(use)
    return grouped(strange, ({ who, network }) => `${who.key}\n${networkKey(network)}`).map(
      (group) => {
        const { who, network } = group[0]!
        const name = networkKey(network)
        return { who, name, uses: group, strange: this.strange(group[0]!)! }
      },
    )
  }

  /** An instance may have any address when it starts; one that changes alone, to where none of ours is, has lost its key. */
  #strangeNode({ kind, who, network, role, via, account }: Use): Strange | null {
    if (networkKind(network) === 'silent' || this.#ours.has(network)) return null
    const name = networkKey(network)
    if (who.networks.size === 0 || who.networks.has(name)) return null
    const known = this.#memory.roles.get(kind === 'issue' ? (via.at(-1) ?? '') : role)
    if (known?.isNode !== true || !this.#memory.isOld(known.first, this.#at)) return null
    if (this.#memory.accounts.get(account)?.nodeNetworks.has(name)) return null
    this.#clusters ??= this.#readHours()
    const others = this.#whoIsIn.get(name)
    if (others !== undefined && (others.size > 1 || !others.has(who))) return null
    if ([...this.#memory.clusters.values()].some(({ networks }) => networks.has(name))) return null
    return {
      network,
      likely: false,
      why: `This node called from ${listed(who.networks.names())}.`,
    }
  }

  #judge(cluster: ClusterMemory, network: string): Strange | null {
    const name = networkKey(network)
    const at = this.#at
    if (!this.#memory.isOld(cluster.atHomeSince, at)) return null
    this.#clusters ??= this.#readHours()
    const accounts = cluster.accounts.names()
    const isOfNodes = accounts.some(
      (account) =>
        this.#memory.accounts.get(account)?.nodeNetworks.has(name) ||
        this.#nodeNetworks.get(account)?.has(name),
    )
    if (isOfNodes) return null
    const same = [cluster, ...this.#aliasesOf(cluster, accounts)]
    if (same.some(({ networks }) => networks.has(name))) return null
    const here = same.flatMap((one) => this.#clusters!.get(one) ?? [])
    const inIt = new Set(here.flatMap(({ workloads }) => [...(workloads.get(name) ?? [])]))
    const active = here.reduce((sum, one) => sum + one.active.size, 0)
    const enough = Math.min(MOVED_ENOUGH, Math.max(MOVED_MIN, MOVED_SHARE * active))
    if (inIt.size >= enough) return null
    // All that are active are in it, and nobody is where the cluster was: too few to be sure, and more likely a move.
    const hasLeft = inIt.size === active && here.every((one) => one.known.size === 0)
    const isChanged = accounts.some((account) => {
      const memory = this.#memory.accounts.get(account)
      const isEndpoint = networkKind(network) === 'endpoint'
      const before = isEndpoint ? memory?.endpointChange : memory?.addressChange
      return Math.max(before ?? -Infinity, this.#changedNow(account, network)) > at - DAY
    })
    // Where many stayed and one alone is elsewhere, a change of addresses explains nothing.
    const isAlone = inIt.size <= 1 && active > ALONE_AMONG && here.some((one) => one.known.size > 0)
    const known = cluster.networks.size
    return {
      network,
      likely: hasLeft || (isChanged && !isAlone),
      why: `In the ${forDays(at - cluster.atHomeSince)} that cluster ${cluster.name} is known, its workloads came from ${counted(known, 'other network')}. ${inIt.size <= 1 ? 'None of its other workloads came' : `${counted(inIt.size - 1, 'other workload')} of it came`} from this one${isChanged ? '; addresses or endpoints of its account were changed within a day' : ''}.`,
    }
  }

  #changedNow(account: string, network: string): number {
    const change = this.#changes.get(account)
    if (change === undefined) return -Infinity
    return networkKind(network) === 'endpoint' ? change.endpoint : change.address
  }

  /**
   * As long as nobody has said that an issuer, an EKS ARN and the start of a name are one cluster, those of one account may be: they
   * are then taken for one place.
   */
  #aliasesOf(cluster: ClusterMemory, accounts: readonly string[]): ClusterMemory[] {
    const form = formOf(cluster.name)
    return [...this.#memory.clusters.values()].filter(
      (other) =>
        formOf(other.name) !== form && accounts.some((account) => other.accounts.has(account)),
    )
  }

  #readHours(): Map<ClusterMemory, Here> {
    const clusters = new Map<ClusterMemory, Here>()
    for (const { issues, calls } of this.#hours)
      for (const uses of [issues, calls])
        for (const use of uses) {
          const { who, network } = use
          this.#noteChange(use)
          if (isByService(use) || networkKind(network) === 'silent') continue
          if (who.cluster === null && who.principal.kind !== 'node') continue
          const name = networkKey(network)
          if (!isPortable(use))
            this.#whoIsIn.set(name, (this.#whoIsIn.get(name) ?? new Set()).add(who))
          if (who.principal.kind === 'node') this.#noteNode(use, name)
          else if (who.cluster !== null) {
            const here = clusters.get(who.cluster) ?? newHere()
            clusters.set(who.cluster, here)
            here.active.add(who)
            if (who.cluster.networks.has(name)) here.known.add(name)
            // Who uses a program never seen of this workload does not vouch for a network, nor a request that was handed on.
            if (isPortable(use)) continue
            const knows = use.kind === 'issue' ? who.issueClients : who.clients
            if (!knows.has(use.client) && who.first !== Infinity) continue
            here.workloads.set(name, (here.workloads.get(name) ?? new Set()).add(who))
          }
        }
    return clusters
  }

  /** A node that is new, or two of them, show that their network is new; one alone may have lost its key. */
  #noteNode(use: Use, name: string): void {
    const { who, role, account } = use
    if (this.#memory.roles.get(role)?.isNode !== true || isPortable(use)) return
    const key = `${account}\n${name}`
    const nodes = (this.#nodes.get(key) ?? new Set()).add(who)
    this.#nodes.set(key, nodes)
    if (who.networks.size > 0 && !who.networks.has(name) && nodes.size < 2) return
    this.#nodeNetworks.set(account, (this.#nodeNetworks.get(account) ?? new Set()).add(name))
  }

  #noteChange({ action, account, first, outcome }: Use): void {
    if (!action.startsWith('ec2:') || outcome !== 'did') return
    const change = this.#changes.get(account) ?? { address: -Infinity, endpoint: -Infinity }
    if (isAddressChange(action)) change.address = Math.max(change.address, first)
    else if (isEndpointChange(action)) change.endpoint = Math.max(change.endpoint, first)
    else return
    this.#changes.set(account, change)
  }
}

function formOf(name: string): 'arn' | 'issuer' | 'name' {
  if (name.startsWith('arn:')) return 'arn'
  return name.includes('.') ? 'issuer' : 'name'
}

interface Here {
  readonly active: Set<Subject>
  /** Networks of old that are still in use. */
  readonly known: Set<string>
  readonly workloads: Map<string, Set<Subject>>
}

function newHere(): Here {
  return { active: new Set(), known: new Set(), workloads: new Map() }
}
