import { parentPort, workerData } from 'node:worker_threads'
import { Answering, type Question } from '../api/answering.ts'
import { Problem } from '../api/problem.ts'
import { ROUTES } from '../api/routes.ts'
import type { Config } from '../config.ts'
import { WrongCursor } from '../graph/answer.ts'
import type { ToAnswer, WhatCame } from './answer-thread.ts'
import { openSqliteStore } from './sqlite-store.ts'

/** Answers questions with a connection of its own, which only reads. */
const { path, config } = workerData as { path: string; config: Config | null }
const store = openSqliteStore(path, 'read')
const version = (): Promise<string> => store.version()
const now = (): number => performance.timeOrigin + performance.now()
const answering = new Answering({ store, version, config, now })

parentPort!.on('message', async ({ id, path, question }: ToAnswer) => {
  const came = await answered(path, question)
  parentPort!.postMessage({ id, ...came })
})
// What fails here fails again, and is told, when somebody asks.
answering.prepare().catch(() => undefined)

async function answered(path: string, question: Question): Promise<WhatCame> {
  try {
    const route = ROUTES.find((one) => one.method === 'GET' && one.path === path)!
    return { kind: 'payload', payload: await answering.answer(route, question) }
  } catch (error) {
    if (error instanceof WrongCursor) return { kind: 'problem', code: 'wrong-cursor', more: {} }
    if (error instanceof Problem) return { kind: 'problem', code: error.code, more: error.more }
    return { kind: 'failure', stack: (error as Error).stack ?? String(error) }
  }
}
