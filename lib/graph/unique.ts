import type { Delta } from '../model.ts'
import { GROUP, GROUP_COLUMNS, identityAt } from '../record/columns.ts'
import { FingerprintSet } from './fingerprints.ts'

/**
 * Which events of the deltas of one partition to leave out, as a flag for each event of each delta: those that another delta
 * has too, and of the two copies of a cross-account call the one that says less. Undefined where nothing needs leaving out.
 */
export function survivingEvents(deltas: readonly Delta[]): Uint8Array[] | undefined {
  const copies = deltas.some((delta) => delta.shared.length > 0)
  if (deltas.length < 2 && !copies) return undefined
  const dropped = deltas.map((delta) => new Uint8Array(delta.events.length / 2))
  const seen = new FingerprintSet(deltas.reduce((sum, delta) => sum + delta.events.length / 2, 0))
  deltas.forEach(({ events }, index) => {
    for (let event = 0; 2 * event < events.length; event++)
      if (!seen.add(events[2 * event]!, events[2 * event + 1]!)) dropped[index]![event] = 1
  })
  if (copies) dropLesserCopies(deltas, dropped)
  return dropped
}

interface Copy {
  readonly delta: number
  readonly event: number
  readonly detail: number
  readonly id: number
}

function dropLesserCopies(deltas: readonly Delta[], dropped: Uint8Array[]): void {
  const repeated = repeatedShared(deltas)
  if (repeated.size === 0) return
  const best = new Map<string, Copy>()
  deltas.forEach((delta, index) => {
    const copies: { event: number; print: string }[] = []
    for (let i = 0; i < delta.shared.length; i += 3) {
      const [event, a, b] = delta.shared.subarray(i, i + 3) as unknown as [number, number, number]
      if (dropped[index]![event] === 0 && repeated.has(a, b))
        copies.push({ event, print: `${a}/${b}` })
    }
    if (copies.length === 0) return
    const callerOfEvent = new Map<number, number>()
    for (let i = 0; i < delta.callEvent.length; i++)
      callerOfEvent.set(
        delta.callEvent[i]!,
        delta.groups[delta.callGroup[i]! * GROUP_COLUMNS + GROUP.caller]!,
      )
    for (const { event, print } of copies) {
      const caller = callerOfEvent.get(event)
      if (caller === undefined) continue
      const detail = identityAt(delta, caller).type === 'AWSAccount' ? 0 : 1
      const copy = { delta: index, event, detail, id: delta.events[2 * event]! }
      const other = best.get(print)
      if (other === undefined) best.set(print, copy)
      else if (copy.detail > other.detail || (copy.detail === other.detail && copy.id < other.id)) {
        dropped[other.delta]![other.event] = 1
        best.set(print, copy)
      } else dropped[index]![event] = 1
    }
  })
}

/** Fingerprints of shared ids that occur more than once: mostly none do. */
function repeatedShared(deltas: readonly Delta[]): FingerprintSet {
  const once = new FingerprintSet(deltas.reduce((sum, { shared }) => sum + shared.length / 3, 0))
  const repeated = new FingerprintSet()
  for (const { shared } of deltas)
    for (let i = 0; i < shared.length; i += 3)
      if (!once.add(shared[i + 1]!, shared[i + 2]!)) repeated.add(shared[i + 1]!, shared[i + 2]!)
  return repeated
}
