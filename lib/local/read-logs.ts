import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { FileReader } from '../record/read-file.ts'
import { type PackedLog, unpackLog } from './packed-log.ts'
import { type LogToRead, type ReadLog, readLog } from './read-log.ts'

/** Files that are given to a thread before it has finished others, so that it need not wait while this one stores. */
const GIVEN_MAX = 4
/** Files that may be read before their turn: it bounds what waits in memory. */
const AHEAD_MAX = 8

/**
 * Reads files one after another and hands them out in their order. With more than one thread, the others read while this one stores,
 * and this one reads too when the file whose turn it is has not come yet.
 */
export async function* readLogs(
  logs: AsyncIterable<LogToRead>,
  threads: number,
): AsyncGenerator<ReadLog> {
  const reader = new FileReader()
  if (threads < 2) {
    for await (const log of logs) yield readLog(reader, log)
    return
  }
  const others = Array.from({ length: threads - 1 }, () => new ReadingThread())
  const coming = new Coming(logs)
  const waiting: Turn[] = []
  await coming.advance()
  try {
    while (coming.next !== null || waiting.length > 0) {
      const idle = others.find(({ given }) => given < GIVEN_MAX)
      const head = waiting[0]
      if (coming.next !== null && idle !== undefined && waiting.length < AHEAD_MAX * threads) {
        waiting.push(idle.read(coming.next))
        await coming.advance()
      } else if (
        head !== undefined &&
        (head.isOver || coming.next === null || waiting.length >= AHEAD_MAX * threads)
      ) {
        waiting.shift()
        yield await head.log
      } else if (coming.next !== null) {
        waiting.push({ log: Promise.resolve(readLog(reader, coming.next)), isOver: true })
        await coming.advance()
        // Lets in what the others have read meanwhile.
        await setImmediate()
      }
    }
    if (coming.failure !== null) throw coming.failure.error
  } finally {
    await Promise.all(others.map((thread) => thread.end()))
  }
}

/** Files to read; where no more can be had, those that came before are handed out first. */
class Coming {
  next: LogToRead | null = null
  failure: { readonly error: unknown } | null = null
  readonly #logs: AsyncIterator<LogToRead>

  constructor(logs: AsyncIterable<LogToRead>) {
    this.#logs = logs[Symbol.asyncIterator]()
  }

  async advance(): Promise<void> {
    try {
      const { done, value } = await this.#logs.next()
      this.next = done === true ? null : value
    } catch (error) {
      this.next = null
      this.failure = { error }
    }
  }
}

/** A file on its way. */
interface Turn {
  readonly log: Promise<ReadLog>
  isOver: boolean
}

class ReadingThread {
  readonly #worker = new Worker(new URL('./read-worker.ts', import.meta.url))
  readonly #waiting: { resolve: (log: ReadLog) => void; reject: (error: unknown) => void }[] = []

  constructor() {
    this.#worker.on('message', (packed: PackedLog) => {
      this.#waiting.shift()!.resolve(unpackLog(packed))
    })
    this.#worker.on('error', (error) => {
      for (const { reject } of this.#waiting.splice(0)) reject(error)
    })
  }

  /** How many files it has not read yet. */
  get given(): number {
    return this.#waiting.length
  }

  read(log: LogToRead): Turn {
    const read = new Promise<ReadLog>((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
    })
    const turn: Turn = { log: read, isOver: false }
    // Whoever waits for an earlier file must not find this one's failure unhandled.
    read
      .catch(() => undefined)
      .finally(() => {
        turn.isOver = true
      })
    this.#worker.postMessage(log)
    return turn
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }
}
