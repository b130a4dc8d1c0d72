import { parseArn, roleName } from '../identity/arn.ts'
import type { Principal, Proof } from '../model.ts'
import type { Severity } from '../rule.ts'
import { stronger } from '../session/proof.ts'
import type { AttemptItem, EdgeItem } from './edges.ts'
import type { Mark, Marks } from './marks.ts'

export type NodeType =
  | 'cluster'
  | 'namespace'
  | 'workload'
  | 'principal'
  | 'role'
  | 'account'
  /** Stands for several that were folded. */
  | 'group'

export interface GraphNode {
  readonly id: string
  readonly type: NodeType
  readonly label: string
  /** Column from the left: cluster, namespace, principal, role at hop 1, at hop 2, …, account. */
  readonly rank: number
  readonly account: string | null
  readonly cluster: string | null
  readonly namespace: string | null
  /** Everything about it was never there before the window. */
  readonly isNew: boolean
  /** Of an account that is not in scope. */
  readonly isOutside: boolean
  readonly findings: number
  readonly worst: Severity | null
  /** How many nodes this one stands for beside itself. */
  readonly folded: number
  /** Assumptions that it had a part in. */
  readonly count: number
}

export interface GraphEdge {
  readonly from: string
  readonly to: string
  readonly did: number
  readonly refused: number
  /** Granted by what is declared, whether used or not. */
  readonly could: boolean
  /** The best there is; null where nothing was done. */
  readonly proof: Proof | null
  readonly isNew: boolean
  readonly firstSeen: string | null
  readonly lastSeen: string | null
}

export interface Picture {
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
}

/** A role that a workload is given, whether it was seen with it or not. */
export interface Grant {
  readonly principal: Principal
  readonly role: string
}

type Changing<Of> = { -readonly [Field in keyof Of]: Of[Field] }

export const clusterId = (cluster: string): string => `cluster:${cluster}`
export const namespaceId = (cluster: string, namespace: string): string =>
  `namespace:${cluster}/${namespace}`
export const principalId = ({ kind, id }: Pick<Principal, 'kind' | 'id'>): string =>
  kind === 'workload' ? `workload:${id}` : `principal:${kind}:${id}`
export const roleId = (role: string): string => `role:${role}`
export const accountId = (account: string): string => `account:${account}`

const RANK = { cluster: 0, namespace: 1, principal: 2 }

/** Rows as nodes in columns and lines between them, everything in it. */
export class PictureBuilder {
  readonly #nodes = new Map<string, Changing<GraphNode>>()
  readonly #edges = new Map<string, Changing<GraphEdge>>()
  readonly #marks: Marks
  readonly #accounts: readonly string[]

  /** `accounts`: those in scope. */
  constructor(marks: Marks, accounts: readonly string[]) {
    this.#marks = marks
    this.#accounts = accounts
  }

  add(edge: EdgeItem, isNew: boolean): void {
    const { principal, via, role, count } = edge
    const way = [
      ...this.#place(principal, isNew),
      ...via.map((one, i) => this.#role(one, i + 1, isNew)),
    ]
    const target = this.#role(role, edge.hop, isNew)
    way.push(target)
    for (let i = 1; i < way.length; i++) {
      const isLast = i === way.length - 1
      // Steps on the way are assumptions of their own, and counted there; containers hold what is in them.
      const did = isLast || way[i - 1]!.rank < RANK.principal ? count : 0
      const drawn = this.#edge(way[i - 1]!, way[i]!, isNew)
      drawn.did += did
      if (did > 0) widen(drawn, edge)
      if (isLast)
        drawn.proof = drawn.proof === null ? edge.proof : stronger(drawn.proof, edge.proof)
    }
    for (const node of way) node.count += count
    const account = this.#account(target, isNew)
    if (account === null) return
    account.count += count
    const into = this.#edge(target, account, isNew)
    into.did += count
    widen(into, edge)
  }

  addRefused(attempt: AttemptItem): void {
    const { principal, via, role, count } = attempt
    if (role === null) return
    const place = this.#place(principal, false)
    const way = [...place, ...via.map((one, i) => this.#role(one, i + 1, false))]
    way.push(this.#role(role, attempt.hop, false))
    for (let i = 1; i < way.length; i++) {
      const drawn = this.#edge(way[i - 1]!, way[i]!, false)
      if (i === way.length - 1 || way[i - 1]!.rank < RANK.principal) {
        drawn.refused += count
        widen(drawn, attempt)
      }
    }
  }

  addGrant({ principal, role }: Grant): void {
    const place = this.#place(principal, false)
    const given = this.#role(role, 1, false)
    for (let i = 1; i < place.length; i++) this.#edge(place[i - 1]!, place[i]!, false)
    this.#edge(place.at(-1)!, given, false).could = true
    const account = this.#account(given, false)
    if (account !== null) this.#edge(given, account, false)
  }

  picture(): Picture {
    const nodes = [...this.#nodes.values()]
    const last = nodes.reduce(
      (most, { type, rank }) => (type === 'account' ? most : Math.max(most, rank)),
      RANK.principal,
    )
    return {
      nodes: nodes.map((node) => (node.type === 'account' ? { ...node, rank: last + 1 } : node)),
      edges: [...this.#edges.values()],
    }
  }

  /** The principal, and before it what it is in. */
  #place(principal: Principal, isNew: boolean): Changing<GraphNode>[] {
    const { kind, cluster, namespace, serviceAccount, name, id, account } = principal
    if (kind !== 'workload' || cluster === null || namespace === null)
      return [
        this.#node(principalId(principal), 'principal', name ?? id, RANK.principal, isNew, {
          account,
          isOutside: this.#isOutside(account),
          ...this.#marks.of(principal),
        }),
      ]
    const within = { cluster, account }
    return [
      this.#node(clusterId(cluster), 'cluster', cluster, RANK.cluster, isNew, within),
      this.#node(namespaceId(cluster, namespace), 'namespace', namespace, RANK.namespace, isNew, {
        ...within,
        namespace,
      }),
      this.#node(principalId(principal), 'workload', serviceAccount ?? id, RANK.principal, isNew, {
        ...within,
        namespace,
        ...this.#marks.of(principal),
      }),
    ]
  }

  #role(arn: string, hop: number, isNew: boolean): Changing<GraphNode> {
    const id = roleId(arn)
    const rank = RANK.principal + hop
    const known = this.#known(id, rank, isNew)
    if (known !== null) return known
    const account = parseArn(arn)?.account ?? null
    const isOutside = this.#isOutside(account)
    const marks = this.#marks.ofRole(arn)
    return this.#node(id, 'role', roleName(arn), rank, isNew, { account, isOutside, ...marks })
  }

  /** The account of a role. */
  #account({ account }: GraphNode, isNew: boolean): Changing<GraphNode> | null {
    if (account === null || account === '') return null
    const isOutside = this.#isOutside(account)
    return this.#node(accountId(account), 'account', account, 0, isNew, { account, isOutside })
  }

  #isOutside(account: string | null): boolean {
    return account !== null && this.#accounts.length > 0 && !this.#accounts.includes(account)
  }

  #node(
    id: string,
    type: NodeType,
    label: string,
    rank: number,
    isNew: boolean,
    more: Partial<Pick<GraphNode, 'account' | 'cluster' | 'namespace' | 'isOutside'> & Mark>,
  ): Changing<GraphNode> {
    const known = this.#known(id, rank, isNew)
    if (known !== null) return known
    const nothing = { account: null, cluster: null, namespace: null, isOutside: false }
    const unmarked = { findings: 0, worst: null, folded: 0, count: 0 }
    const node = { id, type, label, rank, isNew, ...nothing, ...unmarked, ...more }
    this.#nodes.set(id, node)
    return node
  }

  #known(id: string, rank: number, isNew: boolean): Changing<GraphNode> | null {
    const known = this.#nodes.get(id)
    if (known === undefined) return null
    // A role may be reached in several ways: it stands where it is first needed.
    known.rank = Math.min(known.rank, rank)
    known.isNew &&= isNew
    return known
  }

  #edge({ id: from }: GraphNode, { id: to }: GraphNode, isNew: boolean): Changing<GraphEdge> {
    const key = `${from}\n${to}`
    const known = this.#edges.get(key)
    if (known !== undefined) {
      known.isNew &&= isNew
      return known
    }
    const seen = { firstSeen: null, lastSeen: null }
    const edge = { from, to, did: 0, refused: 0, could: false, proof: null, isNew, ...seen }
    this.#edges.set(key, edge)
    return edge
  }
}

function widen(
  edge: Changing<GraphEdge>,
  { firstSeen, lastSeen }: { readonly firstSeen: string; readonly lastSeen: string },
): void {
  if (edge.firstSeen === null || firstSeen < edge.firstSeen) edge.firstSeen = firstSeen
  if (edge.lastSeen === null || lastSeen > edge.lastSeen) edge.lastSeen = lastSeen
}
