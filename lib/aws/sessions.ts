import { parseArn } from '../identity/arn.ts'
import type { Sighting } from '../model.ts'
import type { Window } from '../ports.ts'
import { type Ref, refsOf } from '../session/refs.ts'
import { packed, packedSighting, unpacked, unpackedSighting } from './codec.ts'
import { bucketPk, groupPk, hash, part, roleOwnerKey, rolesPk, sessionPk, shardOf } from './keys.ts'
import { inParallel, pieces } from './parallel.ts'
import type { Item, Table } from './table.ts'

/** Longer than any question about keys reaches back: LookupEvents, the slowest way in, has 90 days. */
const KEPT_SECONDS = 100 * 86_400
/** Entries of one index item: each is an issued key and a few bytes more. */
const ENTRIES_MAX = 4_000
/** A commit with more entries than this spreads them, so that a question has to read only its own bucket. */
const ENTRIES_IN_ONE_BUCKET = 100
const BUCKETS = 64
/** Roles whose accounts this process has written down, or found written. */
const OWNERS_MAX = 100_000

type Entry = readonly [refHash: string, key: string]

/**
 * Sightings by what they are found by. Each stands once, under the key it issued: one write unit, since nothing else is asked for so
 * often. All other refs lead to the key, and one commit writes many of them in one item: by role id, some roles of an account
 * together; by calling session; and what is only asked for by people (event ids, bare session names) in buckets.
 */
export class Sessions {
  readonly #table: Table
  readonly #now: () => number
  readonly #owners = new Set<string>()

  constructor(table: Table, now: () => number) {
    this.#table = table
    this.#now = now
  }

  async keep(sightings: readonly Sighting[]): Promise<void> {
    if (sightings.length === 0) return
    const expires = this.#now() + KEPT_SECONDS
    await this.#keepOwners(sightings)
    await this.#table.put([
      ...sightings.map((sighting) => ({
        pk: sessionPk(sighting.key),
        sk: part(`${sighting.recipient}/${sighting.eventId}`),
        value: packedSighting(sighting),
        expires,
      })),
      ...indexItems(sightings).map((item) => ({ ...item, expires })),
    ])
  }

  /** All sightings under each ref, or those of a window; refs without any are left out. */
  async byRef(refs: readonly Ref[], window?: Window): Promise<Map<Ref, readonly Sighting[]>> {
    const unique = [...new Set(refs)]
    const keys = await this.#keysOf(unique)
    const sessions = await this.#byKey([...keys.values()].flat())
    const found = new Map<Ref, readonly Sighting[]>()
    for (const ref of unique) {
      const own = keys
        .get(ref)!
        .flatMap((key) => sessions.get(key) ?? [])
        .filter((sighting) => refsOf(sighting).includes(ref) && isWithin(sighting, window))
      if (own.length > 0) found.set(ref, own)
    }
    return found
  }

  async byName(sessionName: string): Promise<Sighting[]> {
    const ref = nameOnly(sessionName)
    const keys = (await this.#keysOf([ref])).get(ref)!
    const sessions = [...(await this.#byKey(keys)).values()].flat()
    return sessions.filter((sighting) => sighting.sessionName === sessionName)
  }

  async #keysOf(refs: readonly Ref[]): Promise<Map<Ref, string[]>> {
    const keys = new Map<Ref, Set<string>>(refs.map((ref) => [ref, new Set()]))
    const collections = new Map<string, Ref[]>()
    const owners = await this.#ownersOf(refs.filter(isOfRole).map(roleIdOf))
    for (const ref of refs) {
      if (ref.startsWith('k:')) keys.get(ref)!.add(ref.slice(2))
      else
        for (const pk of collectionsOf(ref, owners))
          collections.set(pk, [...(collections.get(pk) ?? []), ref])
    }
    await inParallel([...collections], async ([pk, meant]) => {
      const byHash = Map.groupBy(meant, entryHash)
      for (const item of await this.#query(pk))
        for (const [refHash, key] of unpacked<Entry[]>(item['value'] as Uint8Array))
          for (const ref of byHash.get(refHash) ?? []) keys.get(ref)!.add(key)
    })
    return new Map([...keys].map(([ref, found]) => [ref, [...found].sort()]))
  }

  /** Of which account a role is, so that its sessions can be asked for by its id alone. Written before they are. */
  async #keepOwners(sightings: readonly Sighting[]): Promise<void> {
    const roles = new Map(
      sightings.flatMap((sighting) =>
        refsOf(sighting)
          .filter(isOfRole)
          .map((ref) => {
            const [roleId, account] = [roleIdOf(ref), accountOf(sighting.role)]
            return [`${roleId}\n${account}`, { roleId, account }] as const
          }),
      ),
    )
    const unknown = [...roles].filter(([name]) => !this.#owners.has(name))
    const keys = unknown.map(([, { roleId }]) => roleOwnerKey(roleId))
    const known = ownersIn(await this.#table.get(keys))
    await inParallel(unknown, async ([name, { roleId, account }]) => {
      const key = roleOwnerKey(roleId)
      if (!known.get(key.pk)?.has(account))
        await this.#table.update(key, {
          text: 'ADD accounts :account',
          values: { ':account': new Set([account]) },
        })
      if (this.#owners.size >= OWNERS_MAX) this.#owners.clear()
      this.#owners.add(name)
    })
  }

  async #ownersOf(roleIds: readonly string[]): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    return ownersIn(await this.#table.get(roleIds.map(roleOwnerKey)))
  }

  async #byKey(keys: readonly string[]): Promise<Map<string, Sighting[]>> {
    const found = await inParallel([...new Set(keys)], async (key) => {
      const items = await this.#query(sessionPk(key))
      const sightings = items.map((item) => unpackedSighting(item['value'] as Uint8Array))
      return [key, sightings.filter((sighting) => sighting.key === key)] as const
    })
    return new Map(found)
  }

  /** DynamoDB removes what has expired within days, and until then still hands it out. */
  async #query(pk: string): Promise<Item[]> {
    const now = this.#now()
    return (await this.#table.query(pk)).filter(({ expires }) => Number(expires) > now)
  }
}

const isWithin = ({ at }: Sighting, window: Window | undefined): boolean =>
  window === undefined || (at >= window.from && at < window.to)

/** `s:`, a session's name alone, is no ref of the pipeline; people ask for it. */
const nameOnly = (sessionName: string): string => `s:${sessionName}`

function indexItems(
  sightings: readonly Sighting[],
): { pk: string; sk: string; value: Uint8Array }[] {
  const collections = new Map<string, Entry[]>()
  const add = (pk: string, ref: string, key: string): void => {
    const entries = collections.get(pk) ?? []
    entries.push([entryHash(ref), key])
    collections.set(pk, entries)
  }
  const rare: { ref: string; key: string }[] = []
  for (const sighting of sightings) {
    const refs = [...refsOf(sighting)]
    if (sighting.sessionName !== '') refs.push(nameOnly(sighting.sessionName))
    for (const ref of refs) {
      if (ref.startsWith('k:')) continue
      if (isRare(ref)) rare.push({ ref, key: sighting.key })
      else if (isOfRole(ref))
        add(rolesPk(accountOf(sighting.role), roleIdOf(ref)), ref, sighting.key)
      else add(groupPk(ref), ref, sighting.key)
    }
  }
  const isSpread = rare.length > ENTRIES_IN_ONE_BUCKET
  for (const { ref, key } of rare)
    add(isSpread ? bucketPk(String(shardOf(ref, BUCKETS))) : bucketPk('few'), ref, key)
  return [...collections].flatMap(([pk, entries]) =>
    pieces(unique(entries), ENTRIES_MAX).map((some) => {
      const text = JSON.stringify(some)
      // Named by its content, so that a repeated commit writes what is there.
      return { pk, sk: hash(text), value: packed(some) }
    }),
  )
}

function unique(entries: readonly Entry[]): Entry[] {
  const byText = new Map(entries.map((entry) => [entry.join('\n'), entry]))
  return [...byText.keys()].sort().map((text) => byText.get(text)!)
}

const isRare = (ref: string): boolean => ref.startsWith('e:') || ref.startsWith('s:')

const isOfRole = (ref: string): boolean => ref.startsWith('n:')
const roleIdOf = (ref: Ref): string => ref.slice(2, ref.indexOf(':', 2))
/** '-' where the record does not say: a set holds no empty text. */
const accountOf = (role: string): string => parseArn(role)?.account || '-'

function ownersIn(items: readonly Item[]): Map<string, ReadonlySet<string>> {
  return new Map(items.map(({ pk, accounts }) => [pk, accounts as ReadonlySet<string>]))
}

function collectionsOf(
  ref: Ref,
  owners: ReadonlyMap<string, ReadonlySet<string>>,
): readonly string[] {
  if (isRare(ref)) return [bucketPk(String(shardOf(ref, BUCKETS))), bucketPk('few')]
  if (!isOfRole(ref)) return [groupPk(ref)]
  const roleId = roleIdOf(ref)
  const accounts = owners.get(roleOwnerKey(roleId).pk) ?? new Set()
  return [...accounts].map((account) => rolesPk(account, roleId))
}

/** 30 bits tell the refs of one collection apart well enough; what it finds is compared in full. */
function entryHash(ref: Ref): string {
  return isOfRole(ref) || isRare(ref) ? hash(ref).slice(0, 5) : ''
}
