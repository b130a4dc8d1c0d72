/**
 * Where an account and region were silent longer than they are by nature.
 *
 * CloudTrail says nothing when it delivers nothing, so a gap can only be told from what is usual. A run of empty five-minute
 * slots is a gap when both hold:
 *   - by chance it would happen less than once in ten days, in all pairs of account and region together. With a share p of the
 *     slots nearby filled, runs of k empty slots begin 288·p·(1-p)^k times a day. p is the lower of the shares in the six hours
 *     before and after the run, so that the change from day to night is no gap;
 *   - it is more than three times as long as nine in ten of the other empty runs within a day around it; where there are less than
 *     three, they together are no longer than it: an account that sleeps twice a day has no gap each time.
 * Where less than one slot in six is filled, nothing is claimed: it cannot be told, and `isQuiet` says so.
 */

const SLOT_SECONDS = 300
const SLOTS_PER_DAY = 288
const NEARBY = 72
/** With less than this on one side the other side alone decides; with less on both, nothing does. */
const NEARBY_MIN = 24
const SHARE_MIN = 1 / 6
const SHARE_MAX = (NEARBY - 1) / NEARBY
const PER_DAY_MAX = 0.1
const TIMES_USUAL = 3
/** Log files come up to about 15 minutes late, so silence at the end counts from half an hour on. */
const TRAILING_MIN = 6

/** Seconds, `from` inclusive, `to` exclusive, on slot borders: the real gap is up to a slot longer on either side. */
export interface Gap {
  readonly from: number
  readonly to: number
}

/** The five-minute slots of one account and region, day after day without holes. */
export interface Slots {
  readonly firstDay: number
  readonly bits: Uint8Array
}

export function slotsOf(facts: readonly { day: number; slots: Uint8Array }[]): Slots {
  const days = facts.map(({ day }) => day)
  const firstDay = Math.min(...days)
  const bits = new Uint8Array((Math.max(...days) - firstDay + 1) * (SLOTS_PER_DAY / 8))
  for (const { day, slots } of facts) {
    const start = (day - firstDay) * (SLOTS_PER_DAY / 8)
    for (let i = 0; i < slots.length; i++) bits[start + i]! |= slots[i]!
  }
  return { firstDay, bits }
}

/** Whether a day had an event between two times, as exactly as slots tell. */
export function hasEventIn(
  fact: { day: number; slots: Uint8Array; first: number; last: number },
  { from, to }: Gap,
): boolean {
  if (fact.first >= to || fact.last < from) return false
  if ((fact.first >= from && fact.first < to) || (fact.last >= from && fact.last < to)) return true
  const origin = fact.day * SLOTS_PER_DAY
  const end = Math.min(SLOTS_PER_DAY, Math.ceil(to / SLOT_SECONDS) - origin)
  for (let slot = Math.max(0, Math.floor(from / SLOT_SECONDS) - origin); slot < end; slot++)
    if ((fact.slots[slot >> 3]! & (1 << (slot & 7))) !== 0) return true
  return false
}

/** All gaps between the first filled slot and `end` (seconds, the newest event of the whole store). `pairs`: how many are looked at. */
export function gapsIn(slots: Slots, end: number, pairs: number): Gap[] {
  const origin = slots.firstDay * SLOTS_PER_DAY
  const runs = emptyRuns(slots, Math.floor(end / SLOT_SECONDS) - origin)
  if (runs === null) return []
  const { first, last, empty } = runs
  let lengthMin = 1
  while (!isRare(SHARE_MAX, lengthMin, pairs)) lengthMin++
  let filledBefore: Uint32Array | null = null
  return empty
    .filter((run, index) => {
      const isTrailing = run.start > last
      if (run.length < lengthMin) return false
      if (isTrailing && run.length < TRAILING_MIN) return false
      filledBefore ??= filledBeforeEach(slots)
      const share = shareNearby(filledBefore, run, first, isTrailing ? null : last)
      return (
        share !== null &&
        share >= SHARE_MIN &&
        isRare(share, run.length, pairs) &&
        isUnusual(empty, index, isTrailing ? 1 : 0)
      )
    })
    .map(({ start, length }) => ({
      from: (origin + start) * SLOT_SECONDS,
      to: (origin + start + length) * SLOT_SECONDS,
    }))
}

/** Whether there are too few events here to tell a gap. */
export function isQuiet(slots: Slots): boolean {
  const runs = emptyRuns(slots, null)
  if (runs === null) return true
  const { first, last, empty } = runs
  const count = last - first + 1
  const filled = count - empty.reduce((sum, { length }) => sum + length, 0)
  return count < NEARBY_MIN || filled / count < SHARE_MIN
}

interface Run {
  readonly start: number
  readonly length: number
}

function emptyRuns(
  { bits }: Slots,
  end: number | null,
): { first: number; last: number; empty: Run[] } | null {
  let first = -1
  let last = -1
  const empty: Run[] = []
  for (let byte = 0; byte < bits.length; byte++) {
    const value = bits[byte]!
    if (value === 0) continue
    if (value === 255 && last === 8 * byte - 1 && first >= 0) {
      last += 8
      continue
    }
    for (let bit = 0; bit < 8; bit++) {
      if ((value & (1 << bit)) === 0) continue
      const slot = 8 * byte + bit
      if (first < 0) first = slot
      else if (slot > last + 1) empty.push({ start: last + 1, length: slot - last - 1 })
      last = slot
    }
  }
  if (first < 0) return null
  if (end !== null && end > last + 1) empty.push({ start: last + 1, length: end - last - 1 })
  return { first, last, empty }
}

/** How many slots are filled before each. */
function filledBeforeEach({ bits }: Slots): Uint32Array {
  const counts = new Uint32Array(8 * bits.length + 1)
  for (let slot = 0; slot < 8 * bits.length; slot++)
    counts[slot + 1] = counts[slot]! + ((bits[slot >> 3]! >> (slot & 7)) & 1)
  return counts
}

/** Share of filled slots around a run; null where too little is known. `last` null: nothing follows. */
function shareNearby(
  filledBefore: Uint32Array,
  { start, length }: Run,
  first: number,
  last: number | null,
): number | null {
  const share = (from: number, to: number): number | null =>
    to - from < NEARBY_MIN
      ? null
      : // The slot beside the run is filled or it would be part of it, so it tells nothing of how many are.
        (filledBefore[to]! - filledBefore[from]! - 1) / (to - from)
  const before = share(Math.max(first, start - NEARBY), start)
  const end = start + length
  const after = last === null ? null : share(end, Math.min(last + 1, end + NEARBY))
  if (before === null) return after
  return after === null ? before : Math.min(before, after)
}

function isRare(share: number, length: number, pairs: number): boolean {
  return pairs * SLOTS_PER_DAY * share * (1 - share) ** length < PER_DAY_MAX
}

function isUnusual(runs: readonly Run[], index: number, trailing: number): boolean {
  const { start, length } = runs[index]!
  const others: number[] = []
  for (let i = index - 1; i >= 0 && runs[i]!.start >= start - SLOTS_PER_DAY; i--)
    others.push(runs[i]!.length)
  const end = start + length + SLOTS_PER_DAY
  for (let i = index + 1; i < runs.length - trailing && runs[i]!.start <= end; i++)
    others.push(runs[i]!.length)
  if (others.length < 3) return others.reduce((sum, other) => sum + other, 0) <= length
  others.sort((a, b) => a - b)
  return length > TIMES_USUAL * others[Math.floor(0.9 * (others.length - 1))]!
}
