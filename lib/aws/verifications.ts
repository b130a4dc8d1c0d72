import type { ChainProblem } from '../detect/chain-problem.ts'
import type { TrailProblem } from '../detect/trail-problem.ts'
import { packed, unpacked } from './codec.ts'
import { part, VERIFIED } from './keys.ts'
import type { Table } from './table.ts'

/** What was verified of one account and region. Times in seconds. */
export interface VerifiedPlace {
  readonly account: string
  readonly region: string
  /** All that was delivered before is verified, or was given up on: what is wrong with it is in `settled`. */
  readonly until: number
  readonly triedAt: number
  /** Whether there ever was a log file or a digest: what is known of a place by other ways is none of the trail's. */
  readonly isTrails: boolean
  /** What the last try found after `until`: it is looked at again. */
  readonly open: readonly ChainProblem[]
  readonly settled: readonly ChainProblem[]
}

const TRAILS = '!trails'

/** How far the files of the trail are verified, and how the trail was last seen. One function writes it. */
export class Verifications {
  readonly #table: Table

  constructor(table: Table) {
    this.#table = table
  }

  async places(): Promise<VerifiedPlace[]> {
    const items = await this.#table.query(VERIFIED)
    return items
      .filter(({ sk }) => sk !== TRAILS)
      .map(({ value }) => unpacked<VerifiedPlace>(value as Uint8Array))
  }

  async putPlace(place: VerifiedPlace): Promise<void> {
    const sk = `${part(place.account)}#${part(place.region)}`
    await this.#table.put([{ pk: VERIFIED, sk, value: packed(place) }])
  }

  /** Null: their state was never read. */
  async trails(): Promise<TrailProblem[] | null> {
    const [item] = await this.#table.get([{ pk: VERIFIED, sk: TRAILS }])
    return item === undefined ? null : unpacked<TrailProblem[]>(item['value'] as Uint8Array)
  }

  async putTrails(problems: readonly TrailProblem[]): Promise<void> {
    await this.#table.put([{ pk: VERIFIED, sk: TRAILS, value: packed(problems) }])
  }
}

/** Everything that is wrong, as detection takes it; null: nothing was verified yet. */
export function problemsIn(places: readonly VerifiedPlace[]): ChainProblem[] | null {
  if (places.length === 0) return null
  return places.flatMap(({ open, settled }) => [...settled, ...open])
}
