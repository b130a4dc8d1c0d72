import { describe, expect, it } from 'vitest'
import { gapsIn as gapsOf, hasEventIn, isQuiet, type Slots, slotsOf } from '../../lib/graph/gaps.ts'

const DAY = 86_400
const SLOT = 300

/** Slots of `days` days in which `isFilled` says which of all slots have events. */
function days(count: number, isFilled: (slot: number) => boolean) {
  const facts = Array.from({ length: count }, (_, day) => {
    const slots = new Uint8Array(36)
    for (let slot = 0; slot < 288; slot++)
      if (isFilled(day * 288 + slot)) slots[slot >> 3]! |= 1 << (slot & 7)
    return { day, slots }
  })
  return slotsOf(facts)
}

const PAIRS = 10
const gapsIn = (slots: Slots, end: number) => gapsOf(slots, end, PAIRS)

const between = (from: number, to: number) => (slot: number) => slot >= from && slot < to

describe('gaps', () => {
  it('finds twenty minutes of silence where every slot is filled otherwise', () => {
    const hole = between(300, 304)
    const found = gapsIn(
      days(2, (slot) => !hole(slot)),
      2 * DAY,
    )
    expect(found).toEqual([{ from: 300 * SLOT, to: 304 * SLOT }])
  })

  it('takes ten minutes of silence for chance, even there', () => {
    const hole = between(300, 302)
    expect(
      gapsIn(
        days(2, (slot) => !hole(slot)),
        2 * DAY,
      ),
    ).toEqual([])
  })

  it('finds a hole that spans a whole day without any fact', () => {
    const facts = [0, 2].map((day) => ({ day, slots: new Uint8Array(36).fill(255) }))
    expect(gapsIn(slotsOf(facts), 3 * DAY)).toEqual([{ from: DAY, to: 2 * DAY }])
  })

  it('claims nothing for a region with an event every two hours', () => {
    const quiet = days(3, (slot) => slot % 24 === 0)
    expect(gapsIn(quiet, 3 * DAY)).toEqual([])
    expect(isQuiet(quiet)).toBe(true)
  })

  it('claims nothing for a region with a few events a day, now and then', () => {
    for (const first of [0, 7, 100, 200]) {
      const rare = days(5, (slot) => slot === first || slot % 311 === 5 || slot % 467 === 300)
      expect(gapsOf(rare, 5 * DAY, 1)).toEqual([])
      expect(isQuiet(rare)).toBe(true)
    }
  })

  it('claims nothing for an account that is awake for six hours and sleeps for six', () => {
    expect(
      gapsIn(
        days(4, (slot) => Math.floor(slot / 72) % 2 === 0),
        4 * DAY - 6 * 3600,
      ),
    ).toEqual([])
  })

  it('does not take the change from a busy day to a silent night for a gap', () => {
    const byDay = days(4, (slot) => slot % 288 < 200 || slot % 12 === 0)
    expect(gapsIn(byDay, 4 * DAY)).toEqual([])
  })

  it('finds silence at the end, once late files can no longer explain it', () => {
    const stopped = days(1, (slot) => slot < 200)
    expect(gapsIn(stopped, 205 * SLOT)).toEqual([])
    expect(gapsIn(stopped, 288 * SLOT)).toEqual([{ from: 200 * SLOT, to: 288 * SLOT }])
  })

  it('claims nothing before the first event, nor from a handful of events', () => {
    expect(gapsIn(days(1, between(250, 288)), DAY)).toEqual([])
    expect(gapsIn(days(1, between(100, 110)), DAY)).toEqual([])
  })

  it('asks for more silence the more accounts and regions there are to be silent by chance', () => {
    const hole = days(2, (slot) => !between(300, 304)(slot) && slot % 20 !== 7)
    expect(gapsOf(hole, 2 * DAY, 1)).toHaveLength(1)
    expect(gapsOf(hole, 2 * DAY, 1000)).toEqual([])
  })

  it('finds two gaps of one day', () => {
    const found = gapsIn(
      days(3, (slot) => !between(300, 310)(slot) && !between(400, 410)(slot)),
      3 * DAY,
    )
    expect(found).toHaveLength(2)
  })

  it('is not quiet where nearly every slot is filled', () => {
    expect(isQuiet(days(1, () => true))).toBe(false)
    expect(isQuiet(days(1, (slot) => slot % 3 !== 0))).toBe(false)
  })
})

describe('events in a window', () => {
  const slots = new Uint8Array(36)
  slots[0] = 0b1
  slots[35] = 0b1000_0000
  const fact = { day: 0, slots, first: 10, last: DAY - 10 }

  it('are told to the slot', () => {
    expect(hasEventIn(fact, { from: 0, to: 60 })).toBe(true)
    expect(hasEventIn(fact, { from: 3600, to: 7200 })).toBe(false)
    expect(hasEventIn(fact, { from: DAY - 300, to: DAY })).toBe(true)
    expect(hasEventIn(fact, { from: DAY, to: 2 * DAY })).toBe(false)
  })
})
