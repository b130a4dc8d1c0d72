import type { Ref } from '../session/refs.ts'

const ROLE_BITS = 2 ** 20

/**
 * 52 bits of a ref, so that they fit a number; what is found by them is compared in full. Refs by role id and session name begin
 * with 32 bits of the name, so that sessions can also be found by name alone.
 */
export function hashOf(ref: Ref): number {
  if (!ref.startsWith('n:')) return hash32(ref, 0) * ROLE_BITS + (hash32(ref, 1) % ROLE_BITS)
  const name = ref.indexOf(':', 2)
  const prefix = hash32(ref.slice(name + 1), 2)
  return prefix * ROLE_BITS + (hash32(ref.slice(2, name), 3) % ROLE_BITS)
}

/** First hash, and the one after the last, of all sessions of one name. */
export function hashesOfSessionName(sessionName: string): [number, number] {
  const first = hash32(sessionName, 2) * ROLE_BITS
  return [first, first + ROLE_BITS]
}

function hash32(text: string, seed: number): number {
  let h = Math.imul(seed + 1, 0x9e3779b1) ^ text.length
  for (let i = 0; i < text.length; i++) {
    h = Math.imul(h ^ text.charCodeAt(i), 0x5bd1e995)
    h ^= h >>> 15
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  return (h ^ (h >>> 13)) >>> 0
}

/** Sightings that one delta can have, and with it the numbers that stand for a place in any delta. */
const POSITIONS = 2 ** 25

/** One number for a sighting: its delta's row, and its position there. */
export function placeOf(delta: number, position: number): number {
  return delta * POSITIONS + position
}

export function deltaOf(place: number): number {
  return Math.floor(place / POSITIONS)
}

export function positionOf(place: number): number {
  return place % POSITIONS
}
