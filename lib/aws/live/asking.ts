import type { Fact } from '../../drift/snapshot.ts'
import type { KeptAnswers } from '../../ports.ts'
import { type Failure, failureOf, isGone } from './failure.ts'

/** One reading of the declared state: asks each thing once, keeps the answers, and notes what failed. */
export class Asking {
  readonly #kept: KeptAnswers
  readonly #tell: (what: string) => void
  #isUnfinished = false

  constructor(kept: KeptAnswers, tell: (what: string) => void) {
    this.#kept = kept
    this.#tell = tell
  }

  /** Whether reading again soon would get further. */
  get isUnfinished(): boolean {
    return this.#isUnfinished
  }

  /** The answer that was kept, or a new one: plain JSON, with times as text, as the AWS CLI prints it. */
  async ask(what: readonly string[], call: () => Promise<object>): Promise<Answer> {
    const key = JSON.stringify(what)
    const kept = await this.#kept.get(key)
    if (kept !== undefined) return kept as Answer
    this.#tell(what.slice(0, 3).join(' '))
    const { $metadata: _, ...output } = (await call()) as Answer
    const answer = JSON.parse(JSON.stringify(output)) as Answer
    await this.#kept.put(key, answer)
    return answer
  }

  /** The work's result, or what `instead` makes of the reason that it failed. */
  async orElse<Result>(
    work: () => Promise<Result>,
    instead: (reason: string) => Result,
    failed: (error: unknown) => Failure = failureOf,
  ): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      const { reason, passes } = failed(error)
      if (passes) this.#isUnfinished = true
      return instead(reason)
    }
  }

  /**
   * Describes one after the other what was listed. What was deleted since is left out: that is a fact, not a failure. After a
   * failure, the rest stays listed and not described.
   */
  async describeEach(
    listed: readonly string[],
    describe: (one: string) => Promise<readonly Fact[]>,
  ): Promise<{
    readonly there: ReadonlySet<string>
    readonly facts: readonly Fact[]
    readonly missing: string | null
  }> {
    const there = new Set(listed)
    const facts: Fact[] = []
    const missing = await this.orElse<string | null>(
      async () => {
        for (const one of listed)
          try {
            facts.push(...(await describe(one)))
          } catch (error) {
            if (!isGone(error)) throw error
            there.delete(one)
          }
        return null
      },
      (reason) => reason,
    )
    return { there, facts, missing }
  }
}

/** What a reader of saved output makes of an answer. Where it would refuse it, AWS has changed, or this reading is wrong. */
export function factsIn(reading: readonly Fact[] | string | null): readonly Fact[] {
  if (reading === null || typeof reading === 'string')
    throw new Error(`AWS answered something else: ${reading ?? 'unknown shape'}`)
  return reading
}

export type Answer = Record<string, unknown>
