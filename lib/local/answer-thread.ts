import { Worker } from 'node:worker_threads'
import type { Question } from '../api/answering.ts'
import type { Payload } from '../api/payload.ts'
import { Problem, type ProblemCode } from '../api/problem.ts'
import type { Config } from '../config.ts'

/** A question on its way to the thread: `path` is that of its route. */
export interface ToAnswer {
  readonly id: number
  readonly path: string
  readonly question: Question
}

/** What the thread says to it. */
export type WhatCame =
  | { readonly kind: 'payload'; readonly payload: Payload }
  | { readonly kind: 'problem'; readonly code: ProblemCode; readonly more: Problem['more'] }
  | { readonly kind: 'failure'; readonly stack: string }

/** Questions that wait; whoever asks another is told to come again. */
const WAITING_MAX = 100
/** Milliseconds until a thread that died is started again. */
const RESTART = 1000

interface Waiting {
  readonly resolve: (payload: Payload) => void
  readonly reject: (error: unknown) => void
}

export interface ThreadOptions {
  /** Of the store. */
  readonly path: string
  readonly config: Config | null
  /** The thread died; it is started again. */
  readonly died: (error: Error) => void
}

/**
 * Answers what is about everything in a thread of its own, one question after another, so that nobody else waits for it. SQLite in WAL
 * mode lets it read while others write.
 */
export class AnswerThread {
  readonly #options: ThreadOptions
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | null = null
  #restart: NodeJS.Timeout | null = null
  #last = 0

  constructor(options: ThreadOptions) {
    this.#options = options
    this.#start()
  }

  async ask(path: string, question: Question): Promise<Payload> {
    const worker = this.#worker
    if (worker === null || this.#waiting.size >= WAITING_MAX) throw unavailable()
    const id = ++this.#last
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      worker.postMessage({ id, path, question } satisfies ToAnswer)
    })
  }

  async close(): Promise<void> {
    if (this.#restart !== null) clearTimeout(this.#restart)
    const worker = this.#worker
    this.#worker = null
    await worker?.terminate()
    this.#giveUp()
  }

  #start(): void {
    const { path, config } = this.#options
    const worker = new Worker(new URL('./answer-worker.ts', import.meta.url), {
      workerData: { path, config },
    })
    this.#worker = worker
    let reason = new Error('the thread that answers has ended')
    worker.on('message', (came: WhatCame & { id: number }) => this.#take(came))
    worker.on('error', (error: Error) => {
      reason = error
    })
    worker.on('exit', () => {
      if (this.#worker !== worker) return
      this.#worker = null
      this.#giveUp()
      this.#options.died(reason)
      this.#restart = setTimeout(() => this.#start(), RESTART)
    })
  }

  #take(came: WhatCame & { id: number }): void {
    const waiting = this.#waiting.get(came.id)
    this.#waiting.delete(came.id)
    if (came.kind === 'payload') waiting?.resolve(came.payload)
    else if (came.kind === 'problem') waiting?.reject(new Problem(came.code, came.more))
    else waiting?.reject(Object.assign(new Error('an answer failed'), { stack: came.stack }))
  }

  #giveUp(): void {
    const all = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { reject } of all) reject(unavailable())
  }
}

const unavailable = (): Problem => new Problem('unavailable', {}, { 'Retry-After': '1' })
