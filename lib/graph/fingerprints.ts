/** A set of 64-bit fingerprints, each as two 32-bit halves. Holds millions in a few bytes each. */
export class FingerprintSet {
  #slots: Uint32Array
  #used = 0
  #hasZero = false

  constructor(expected = 64) {
    this.#slots = new Uint32Array(2 * capacityFor(expected))
  }

  get size(): number {
    return this.#used + (this.#hasZero ? 1 : 0)
  }

  /** Adds a fingerprint; true if it was not there. */
  add(a: number, b: number): boolean {
    // An empty slot is (0, 0), so that one fingerprint is kept apart.
    if (a === 0 && b === 0) {
      const isNew = !this.#hasZero
      this.#hasZero = true
      return isNew
    }
    const slots = this.#slots
    const mask = slots.length / 2 - 1
    let at = (a ^ b) & mask
    for (;;) {
      const x = slots[2 * at]!
      const y = slots[2 * at + 1]!
      if (x === a && y === b) return false
      if (x === 0 && y === 0) break
      at = (at + 1) & mask
    }
    slots[2 * at] = a
    slots[2 * at + 1] = b
    this.#used++
    if (4 * this.#used > slots.length) this.#grow()
    return true
  }

  has(a: number, b: number): boolean {
    if (a === 0 && b === 0) return this.#hasZero
    const slots = this.#slots
    const mask = slots.length / 2 - 1
    for (let at = (a ^ b) & mask; ; at = (at + 1) & mask) {
      const x = slots[2 * at]!
      const y = slots[2 * at + 1]!
      if (x === a && y === b) return true
      if (x === 0 && y === 0) return false
    }
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Uint32Array(2 * old.length)
    const mask = this.#slots.length / 2 - 1
    for (let i = 0; i < old.length; i += 2) {
      const a = old[i]!
      const b = old[i + 1]!
      if (a === 0 && b === 0) continue
      let at = (a ^ b) & mask
      while (this.#slots[2 * at] !== 0 || this.#slots[2 * at + 1] !== 0) at = (at + 1) & mask
      this.#slots[2 * at] = a
      this.#slots[2 * at + 1] = b
    }
  }
}

function capacityFor(expected: number): number {
  let capacity = 64
  while (capacity < 2 * expected) capacity *= 2
  return capacity
}
