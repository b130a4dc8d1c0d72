import { OUTCOMES } from '../graph/outcome.ts'
import { MARK, SIGNAL, SIGNAL_COLUMNS, SIGNAL_KINDS, type SignalTable } from '../graph/signals.ts'
import { CLIENTS, type Client } from '../identity/client.ts'
import type { Outcome, Partition, Principal } from '../model.ts'
import type { Subject } from './memory.ts'

/** Alike calls of one principal within one hour: a row of `SignalTable` in words. Times are event times in seconds. */
export interface Use {
  /** `issue`: an STS call that issued a session. `try`: one that did not. `call`: any other. */
  readonly kind: (typeof SIGNAL_KINDS)[number]
  readonly who: Subject
  readonly via: readonly string[]
  /** The role assumed or asked for; of a call, the role of its session. '' for none. */
  readonly role: string
  readonly action: string
  readonly outcome: Outcome
  readonly network: string
  readonly client: Client
  /** A sum of `MARK`s. */
  readonly marks: number
  /** Of a call that changes who may do what, the container of the resource; else the provider or service that vouched. */
  readonly what: string
  /** Audience of a web identity, or error code of a refused assumption. */
  readonly more: string
  /** Whose partition: of a call the caller's account, of an assumption the role's. */
  readonly account: string
  readonly count: number
  readonly first: number
  readonly last: number
  /** What of it was never seen before this hour: a sum of `FRESH`es. */
  fresh: number
}

export const FRESH = {
  /** This subject never did this action. */
  action: 1,
  /** This subject was never refused this action. */
  refusal: 2,
  /** This subject never used this kind of program. */
  client: 4,
  /** Nobody of this subject's cluster (or of these nodes) came from this network. */
  network: 8,
  /** This subject never took this way to this role. */
  edge: 16,
  /** This subject never had this role, on whatever way. */
  role: 32,
  /** This subject never had a role in this account. */
  account: 64,
  /** This subject is new itself. */
  subject: 128,
  /** This subject never read this secret. */
  secret: 256,
} as const

/** Everything of one hour, of all accounts. */
export interface Hour {
  /** Hours since 1970. */
  readonly hour: number
  readonly issues: readonly Use[]
  readonly tries: readonly Use[]
  readonly calls: readonly Use[]
}

export const isByService = ({ marks }: Use): boolean => (marks & MARK.byService) !== 0

/** A workload takes the role it starts with: a provider or EKS vouched for it. A chain whose start was not recorded has nobody who did. */
export const isStart = ({ kind, via, what }: Use): boolean =>
  kind === 'issue' && via.length === 0 && what !== ''

/** Adds the rows of one partition to those of its hour. `subjectOf` returns the same subject for the same principal. */
export function addUses(
  { account, hour }: Partition,
  table: SignalTable,
  subjectOf: (principal: Principal) => Subject,
  into: { readonly issues: Use[]; readonly tries: Use[]; readonly calls: Use[] },
): void {
  const { keys, strings, count, first, last } = table
  const subjects = table.principals.map(subjectOf)
  const vias = new Map<number, readonly string[]>()
  const start = hour * 3600
  for (let row = 0; row < count.length; row++) {
    const at = row * SIGNAL_COLUMNS
    const text = (column: number): string => strings[keys[at + column]!]!
    const kind = SIGNAL_KINDS[keys[at + SIGNAL.kind]!]!
    const use: Use = {
      kind,
      who: subjects[keys[at + SIGNAL.principal]!]!,
      via: rolesOf(keys[at + SIGNAL.via]!, strings, vias),
      role: text(SIGNAL.role),
      action: text(SIGNAL.action),
      outcome: OUTCOMES[keys[at + SIGNAL.outcome]!]!,
      network: text(SIGNAL.network),
      client: CLIENTS[keys[at + SIGNAL.client]!]!,
      marks: keys[at + SIGNAL.marks]!,
      what: text(SIGNAL.what),
      more: text(SIGNAL.more),
      account,
      count: count[row]!,
      first: start + first[row]!,
      last: start + last[row]!,
      fresh: 0,
    }
    if (kind === 'call') into.calls.push(use)
    else if (kind === 'issue') into.issues.push(use)
    else into.tries.push(use)
  }
}

function rolesOf(
  number: number,
  strings: readonly string[],
  known: Map<number, readonly string[]>,
): readonly string[] {
  let roles = known.get(number)
  if (roles === undefined) {
    const text = strings[number]!
    roles = text === '' ? [] : text.split('\n')
    known.set(number, roles)
  }
  return roles
}
