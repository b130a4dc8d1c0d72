import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
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
const { timeOrigin } = performance
const now = (): number => timeOrigin + performance.now()
const answering = new Answering({ store, version, config, now })

const waiting: ToAnswer[] = []
let isBusy = false
parentPort!.on('message', async (asked: ToAnswer) => {
  waiting.push(asked)
  if (isBusy) return
  isBusy = true
  while (waiting.length > 0) await answerAll(waiting.splice(0))
  isBusy = false
})

/** Of one moment, so that they can share what takes long to add up; it comes after all of them were asked. */
async function answerAll(some: ToAnswer[]): Promise<void> {
  for (let more = receiveMessageOnPort(parentPort!); more !== undefined; ) {
    some.push(more.message as ToAnswer)
    more = receiveMessageOnPort(parentPort!)
  }
  await store.atOneMoment(async () => {
    for (const { id, path, question } of some)
      parentPort!.postMessage({ id, ...(await answered(path, question)) })
  })
}
// What fails here fails again, and is told, when somebody asks.
answering.prepare().catch(() => undefined)

async function answered(path: string, question: Question): Promise<WhatCame> {
  try {
    const route = ROUTES.find((one) => one.method === 'GET' && one.path === path)!
    return {
      kind: 'payload',
      payload: await answering.answer(route, question, await store.version()),
    }
  } catch (error) {
    if (error instanceof WrongCursor) return { kind: 'problem', code: 'wrong-cursor', more: {} }
    if (error instanceof Problem) return { kind: 'problem', code: error.code, more: error.more }
    return { kind: 'failure', stack: (error as Error).stack ?? String(error) }
  }
}
