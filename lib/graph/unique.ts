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
  const best = new Map<string, Copy>()
  deltas.forEach((delta, index) => {
    const callerOfEvent = new Map<number, number>()
    for (let i = 0; i < delta.callEvent.length; i++)
      callerOfEvent.set(
        delta.callEvent[i]!,
        delta.groups[delta.callGroup[i]! * GROUP_COLUMNS + GROUP.caller]!,
      )
    for (let i = 0; i < delta.shared.length; i += 3) {
      const event = delta.shared[i]!
      const caller = callerOfEvent.get(event)
      if (dropped[index]![event] === 1 || caller === undefined) continue
      const detail = identityAt(delta, caller).type === 'AWSAccount' ? 0 : 1
      const copy = { delta: index, event, detail, id: delta.events[2 * event]! }
      const key = `${delta.shared[i + 1]}/${delta.shared[i + 2]}`
      const other = best.get(key)
      if (other === undefined) best.set(key, copy)
      else if (copy.detail > other.detail || (copy.detail === other.detail && copy.id < other.id)) {
        dropped[other.delta]![other.event] = 1
        best.set(key, copy)
      } else dropped[index]![event] = 1
    }
  })
}
