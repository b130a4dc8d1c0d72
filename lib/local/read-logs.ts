import { Worker } from 'node:worker_threads'
import { FileReader } from '../record/read-file.ts'
import { type PackedLog, unpackLog } from './packed-log.ts'
import { type LogToRead, type ReadLog, readLog } from './read-log.ts'

/** Files that a worker may be ahead of whoever takes them: it bounds what waits in memory. */
const AHEAD_MAX = 3

/**
 * Reads files one after another and hands them out in their order. With more than one thread, the others read while this one
 * stores: reading and storing cost about the same.
 */
export async function* readLogs(
  logs: AsyncIterable<LogToRead>,
  threads: number,
): AsyncGenerator<ReadLog> {
  if (threads < 2) {
    const reader = new FileReader()
    for await (const log of logs) yield readLog(reader, log)
    return
  }
  const workers = Array.from({ length: threads - 1 }, () => new ReadingThread())
  try {
    const waiting: Promise<ReadLog>[] = []
    let next = 0
    for await (const log of logs) {
      waiting.push(workers[next]!.read(log))
      next = (next + 1) % workers.length
      if (waiting.length >= AHEAD_MAX * workers.length) yield await waiting.shift()!
    }
    for (const log of waiting) yield await log
  } finally {
    await Promise.all(workers.map((worker) => worker.end()))
  }
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

  read(log: LogToRead): Promise<ReadLog> {
    const read = new Promise<ReadLog>((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
    })
    // Whoever waits for an earlier file must not find this one's failure unhandled.
    read.catch(() => undefined)
    this.#worker.postMessage(log)
    return read
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }
}
