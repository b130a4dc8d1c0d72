import type { Config } from '../config.ts'
import type { Asked } from '../graph/answer.ts'
import type { Firsts } from '../graph/newness.ts'
import { ndjsonOf } from '../text/json.ts'
import type { Caller } from './auth/caller.ts'
import { File } from './file.ts'
import { Lasting } from './lasting.ts'
import { filePayload, type Payload, payloadOf } from './payload.ts'
import { Reading } from './reading.ts'
import type { ApiStore, Asking, Route, Table } from './route.ts'

export type Format = 'json' | 'csv' | 'ndjson'

/** All that makes an answer, checked, and nothing that could not go to another thread. */
export interface Question {
  readonly query: Readonly<Record<string, unknown>>
  readonly params: Readonly<Record<string, string>>
  readonly asked: Asked
  readonly format: Format
  readonly caller: Caller
  /** Seconds since 1970. */
  readonly now: number
}

export interface AnsweringOptions {
  readonly store: ApiStore
  /** Changes with everything that is stored. Left out: what answers have in common is read for each. */
  readonly version?: () => Promise<string>
  readonly config: Config | null
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Makes answers, and remembers what they have in common for as long as nothing is stored. */
export class Answering {
  readonly #options: AnsweringOptions
  readonly #store: ApiStore
  readonly #firsts: Lasting<Firsts>
  #reading: { version: string; reading: Reading } | null = null

  constructor(options: AnsweringOptions) {
    const { store, now } = options
    this.#options = options
    this.#store = store
    this.#firsts = new Lasting(now)
  }

  /** Reads what most answers about everything need, before anybody asks. */
  async prepare(): Promise<void> {
    await this.#readingOf(await this.version()).firsts()
  }

  /** Of the store, as it is now; null where it cannot tell. */
  async version(): Promise<string | null> {
    return (await this.#options.version?.()) ?? null
  }

  /** `version`: that of now. */
  async answer(
    route: Route,
    question: Question,
    version: string | null,
    more: Pick<Asking<never, unknown>, 'body' | 'ifMatch'> = { body: undefined, ifMatch: null },
  ): Promise<Payload> {
    const { query, params, asked, format, caller, now } = question
    const reading = this.#readingOf(version)
    const asking: Asking<Record<string, unknown>, unknown> = {
      store: this.#store,
      config: this.#options.config,
      known: await reading.known(),
      reading,
      caller,
      asked,
      query,
      params,
      now,
      ...more,
    }
    return payloadIn(format, await route.handle(asking as Asking<never, never>), route)
  }

  #readingOf(version: string | null): Reading {
    if (version !== null && this.#reading?.version === version) return this.#reading.reading
    const reading = new Reading(this.#store, this.#options.config, (read) =>
      version === null ? read() : this.#firsts.get(version, read),
    )
    if (version !== null) this.#reading = { version, reading }
    return reading
  }
}

function payloadIn(format: Format, answer: object, route: Route): Payload {
  if (answer instanceof File) return filePayload(answer.type, answer.name, answer.bytes)
  if (format === 'json') return payloadOf('application/json', JSON.stringify(answer))
  const { csv, lines } = (route.table as (answer: object) => Table)(answer)
  return format === 'csv'
    ? payloadOf('text/csv; charset=utf-8', csv(), 'podtrail.csv')
    : payloadOf('application/x-ndjson', ndjsonOf(lines), 'podtrail.ndjson')
}
