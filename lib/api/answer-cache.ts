import type { Payload } from './payload.ts'

/** Bytes of answers that are kept, both encodings counted. */
const BYTES_MAX = 32 * 1024 * 1024
/** An answer is good for so many times as long as it took, even though something was stored since. */
const REUSE = 20

interface Kept {
  readonly payload: Payload
  readonly version: string
  /** Milliseconds since 1970. */
  readonly until: number
}

/**
 * Answers by question, as long as nothing was stored since. While logs come in, that changes many times a second; so that the long
 * questions do not take all the time there is, their answers then stand a little longer: those of milliseconds hardly, one of half a
 * second for ten. Whoever asks what is being answered waits for that answer.
 */
export class AnswerCache {
  #bytes = 0
  readonly #kept = new Map<string, Kept>()
  readonly #underWay = new Map<string, Promise<Payload>>()
  /** How often it was emptied: what was under way then is not kept. */
  #cleared = 0
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /** `version` of the store as it is now. */
  async get(version: string, question: string, make: () => Promise<Payload>): Promise<Payload> {
    const kept = this.#kept.get(question)
    if (kept !== undefined && (kept.version === version || this.#now() < kept.until))
      return kept.payload
    const known = this.#underWay.get(question)
    if (known !== undefined) return known
    const made = this.#make(version, question, make)
    this.#underWay.set(question, made)
    try {
      return await made
    } finally {
      if (this.#underWay.get(question) === made) this.#underWay.delete(question)
    }
  }

  clear(): void {
    this.#kept.clear()
    this.#underWay.clear()
    this.#bytes = 0
    this.#cleared++
  }

  async #make(version: string, question: string, make: () => Promise<Payload>): Promise<Payload> {
    const started = this.#now()
    const cleared = this.#cleared
    const payload = await make()
    if (cleared !== this.#cleared) return payload
    const now = this.#now()
    this.#drop(question)
    const size = sizeOf(question, payload)
    if (this.#bytes + size > BYTES_MAX) {
      this.#kept.clear()
      this.#bytes = 0
    }
    if (size <= BYTES_MAX) {
      this.#kept.set(question, { payload, version, until: now + REUSE * (now - started) })
      this.#bytes += size
    }
    return payload
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
