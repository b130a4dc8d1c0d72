import { createHash } from 'node:crypto'
import type { Principal } from '../../lib/model.ts'
import type { Questions, Window, Workbench } from '../../lib/ports.ts'
import type { Ref } from '../../lib/session/refs.ts'
import type { Rows } from './model.ts'

/** Everything derived that a store can be asked for, in an order of its own and in words. */
export interface State extends Rows {
  readonly principals: readonly string[]
  readonly roles: readonly string[]
  readonly coverage: readonly string[]
  readonly quarantine: readonly string[]
  readonly sightings: readonly string[]
}

type Asked = Questions & Pick<Workbench, 'sightings'>

/** SHA-256 over the state. Sightings are those under the given refs. */
export async function stateDigest(store: Asked, refs: readonly Ref[] = []): Promise<string> {
  return createHash('sha256')
    .update(JSON.stringify(await stateOf(store, refs)))
    .digest('hex')
}

export async function stateOf(store: Asked, refs: readonly Ref[] = []): Promise<State> {
  const edges = new Map<string, number[]>()
  const attempts = new Map<string, number[]>()
  const activity = new Map<string, [number, number, number]>()
  const extent = await store.extent()
  for (const hour of hoursOf(extent)) {
    await readSeconds(
      (window) => store.edges({}, window),
      hour,
      edges,
      (edge) =>
        [who(edge.principal), edge.via.join(' > '), edge.hop, edge.role, edge.proof].join(' | '),
    )
    await readSeconds(
      (window) => store.attempts({}, window),
      hour,
      attempts,
      (attempt) => {
        const { principal, via, role, action, error } = attempt
        return [who(principal), via.join(' > '), role, action, error].join(' | ')
      },
    )
    for (const sum of await store.activity({}, hour)) {
      const { principal, role, action, resource, outcome, count, firstSeen, lastSeen } = sum
      const line = [who(principal), role, action, resource, outcome, hour.from / 3600].join(' | ')
      if (activity.has(line)) throw new Error(`two sums of one thing: ${line}`)
      activity.set(line, [count, firstSeen, lastSeen])
    }
  }
  const found = await store.sightings(refs)
  return {
    edges: sorted(edges),
    attempts: sorted(attempts),
    activity: sorted(activity),
    principals: (await store.principals({})).map((one) => JSON.stringify(one)).sort(),
    roles: await store.roles('*'),
    coverage: (extent === null ? [] : await store.coverage(extent))
      .map((fact) => JSON.stringify({ ...fact, slots: Buffer.from(fact.slots).toString('hex') }))
      .sort(),
    quarantine: (await store.quarantine(1_000_000)).map((entry) => JSON.stringify(entry)).sort(),
    sightings: [...found]
      .flatMap(([ref, sightings]) => sightings.map((one) => `${ref} ${JSON.stringify(one)}`))
      .sort(),
  }
}

function hoursOf(extent: Window | null): Window[] {
  if (extent === null) return []
  const hours: Window[] = []
  for (let hour = Math.floor(extent.from / 3600); hour * 3600 < extent.to; hour++)
    hours.push({ from: hour * 3600, to: hour * 3600 + 3600 })
  return hours
}

export function who({ kind, id }: Principal): string {
  return `${kind} ${id}`
}

/** Answers tell a sum and its two ends, so a window is halved until that says every second. */
async function readSeconds<Sum extends { count: number; firstSeen: number; lastSeen: number }>(
  ask: (window: Window) => Promise<readonly Sum[]>,
  window: Window,
  into: Map<string, number[]>,
  lineOf: (sum: Sum) => string,
): Promise<void> {
  const sums = await ask(window)
  if (sums.some(({ count, firstSeen, lastSeen }) => count > 2 && firstSeen !== lastSeen)) {
    const middle = Math.floor((window.from + window.to) / 2)
    await readSeconds(ask, { from: window.from, to: middle }, into, lineOf)
    await readSeconds(ask, { from: middle, to: window.to }, into, lineOf)
    return
  }
  for (const sum of sums) {
    const line = lineOf(sum)
    const seconds = into.get(line) ?? []
    into.set(line, seconds)
    for (let i = 0; i < sum.count; i++) seconds.push(i === 0 ? sum.firstSeen : sum.lastSeen)
  }
}

function sorted<Value>(rows: Map<string, Value>): Record<string, Value> {
  return Object.fromEntries([...rows].sort(([a], [b]) => (a < b ? -1 : 1)))
}
