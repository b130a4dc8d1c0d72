import type { Payload } from './payload.ts'

/** Bytes of answers that are kept, both encodings counted. */
const BYTES_MAX = 32 * 1024 * 1024
/** An answer is good for so many times as long as it took, even though something was stored since; but not longer than this (ms). */
const REUSE = 40
const STANDS_MAX = 5000

interface Kept {
  readonly payload: Payload
  readonly version: string
  /** What was stored until then is in it; milliseconds since 1970. */
  readonly madeAt: number
  readonly until: number
}

export interface Answered {
  readonly payload: Payload
  /** Milliseconds since 1970; null: it is as of now. */
  readonly madeAt: number | null
}

/**
 * Answers by question, as long as nothing was stored since. While logs come in, that changes many times a second; so that the long
 * questions do not take all the time there is, their answers then stand a little longer: those of milliseconds hardly, none for more
 * than five seconds. In the second half of that time an answer is made anew while it is still given out, so that nobody waits for what
 * many ask. Whoever asks what is being answered for the first time waits for that answer.
 */
export class AnswerCache {
  #bytes = 0
  readonly #kept = new Map<string, Kept>()
  readonly #underWay = new Map<string, Promise<Kept>>()
  /** How often it was emptied: what was under way then is not kept. */
  #cleared = 0
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /** `version` of the store as it is now. */
  async get(version: string, question: string, make: () => Promise<Payload>): Promise<Answered> {
    const kept = this.#kept.get(question)
    if (kept?.version === version) return { payload: kept.payload, madeAt: null }
    const now = this.#now()
    if (kept !== undefined && now < kept.until) {
      // Whoever asks next is told if it fails.
      if (now >= (kept.madeAt + kept.until) / 2)
        this.#make(version, question, make).catch(() => undefined)
      return { payload: kept.payload, madeAt: kept.madeAt }
    }
    const { payload, madeAt } = await this.#make(version, question, make)
    return { payload, madeAt: madeAt < now ? madeAt : null }
  }

  clear(): void {
    this.#kept.clear()
    this.#underWay.clear()
    this.#bytes = 0
    this.#cleared++
  }

  /** Once for all who want it at the same time. */
  async #make(version: string, question: string, make: () => Promise<Payload>): Promise<Kept> {
    const known = this.#underWay.get(question)
    if (known !== undefined) return known
    const made = this.#makeAndKeep(version, question, make)
    this.#underWay.set(question, made)
    try {
      return await made
    } finally {
      if (this.#underWay.get(question) === made) this.#underWay.delete(question)
    }
  }

  async #makeAndKeep(
    version: string,
    question: string,
    make: () => Promise<Payload>,
  ): Promise<Kept> {
    const madeAt = this.#now()
    const cleared = this.#cleared
    const payload = await make()
    const stands = Math.min(REUSE * (this.#now() - madeAt), STANDS_MAX)
    const kept = { payload, version, madeAt, until: madeAt + stands }
    if (cleared !== this.#cleared) return kept
    this.#drop(question)
    const size = sizeOf(question, payload)
    if (this.#bytes + size > BYTES_MAX) {
      this.#kept.clear()
      this.#bytes = 0
    }
    if (size <= BYTES_MAX) {
      this.#kept.set(question, kept)
      this.#bytes += size
    }
    return kept
  }

  #drop(question: string): void {
    const kept = this.#kept.get(question)
    if (kept === undefined) return
    this.#kept.delete(question)
    this.#bytes -= sizeOf(question, kept.payload)
  }
}

function sizeOf(question: string, { bytes, gzip }: Payload): number {
  return 2 * question.length + bytes.length + (gzip?.length ?? 0)
}
