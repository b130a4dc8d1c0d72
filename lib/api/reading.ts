import type { Config } from '../config.ts'
import { marksOf } from '../finding/marks.ts'
import { type Known, knownFrom } from '../graph/answer.ts'
import type { Marks } from '../graph/marks.ts'
import { type Firsts, firstsOf } from '../graph/newness.ts'
import type { Grant } from '../graph/picture.ts'
import type { StoredSnapshot } from '../ports.ts'
import { declaredRoles, grantsOf } from '../review/grants.ts'
import type { ApiStore } from './route.ts'

type ReadFirsts = (read: () => Promise<Firsts>) => Promise<Firsts>

/** What several questions need, read once for each version of the store. */
export class Reading {
  readonly #store: ApiStore
  readonly #config: Config | null
  readonly #readFirsts: ReadFirsts
  #firsts: Promise<Firsts> | null = null
  #known: Promise<Known> | null = null
  #marks: Promise<Marks> | null = null
  #newest: Promise<StoredSnapshot | null> | null = null

  /** `firsts` reads what is kept of them, or reads them anew. */
  constructor(store: ApiStore, config: Config | null, firsts: ReadFirsts) {
    this.#store = store
    this.#config = config
    this.#readFirsts = firsts
  }

  /** When each edge was first seen. While logs come in, it may be a little behind: an edge that is not there yet is new. */
  firsts(): Promise<Firsts> {
    this.#firsts ??= this.#readFirsts(async () =>
      firstsOf(this.#store, (await this.known()).clusters),
    )
    return this.#firsts
  }

  known(): Promise<Known> {
    this.#known ??= this.#store.clusterNames().then((names) => knownFrom(this.#config, names))
    return this.#known
  }

  marks(): Promise<Marks> {
    this.#marks ??= marksOf(this.#store)
    return this.#marks
  }

  async grants(): Promise<Grant[]> {
    const newest = await this.#newestSnapshot()
    return newest === null ? [] : grantsOf(newest.snapshot)
  }

  /** Null: there is no snapshot. */
  async declaredRoles(): Promise<Set<string> | null> {
    const newest = await this.#newestSnapshot()
    return newest === null ? null : declaredRoles(newest.snapshot)
  }

  #newestSnapshot(): Promise<StoredSnapshot | null> {
    this.#newest ??= this.#store.snapshotAt(Number.MAX_SAFE_INTEGER)
    return this.#newest
  }
}
