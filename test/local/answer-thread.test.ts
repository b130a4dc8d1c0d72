import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Question } from '../../lib/api/answering.ts'
import { createApp } from '../../lib/api/app.ts'
import { localAuth } from '../../lib/api/auth/local.ts'
import { AnswerThread } from '../../lib/local/answer-thread.ts'
import { listen } from '../../lib/local/http.ts'
import { openSqliteStore } from '../../lib/local/sqlite-store.ts'
import { ingest, rollUpDirty } from '../../lib/pipeline.ts'
import type { EdgeSum } from '../../lib/ports.ts'
import { factsOfParcel, plainly } from '../properties/deliver.ts'
import { temporaryFolder } from '../properties/places.ts'
import { bigWorld } from '../properties/world.ts'

const TOKEN = 'a-token-of-more-than-thirty-two-characters'
const WORLD = bigWorld(400)
const FILES = plainly(WORLD, 20).map((parcel) => factsOfParcel(WORLD, parcel))
const WIDE = [
  'overview',
  'graph',
  'timeline',
  'principals',
  'roles',
  'coverage',
  'edges',
  'attempts',
  'edges?format=csv',
  'search?q=app',
]

const EVER = { from: 0, to: 1e10 }
const QUESTION: Question = {
  query: {},
  params: {},
  asked: { limit: 100 },
  format: 'json',
  caller: { name: 'test', role: 'viewer', mode: 'local' },
  now: 0,
}

/** A store with some of the files, and an app over it that leaves what is about everything to a thread, if it is to. */
async function served({ withThread, path }: { withThread: boolean; path: string }) {
  const store = openSqliteStore(path)
  const died: Error[] = []
  const thread = withThread
    ? new AnswerThread({ path, config: null, died: (error) => died.push(error) })
    : null
  const server = await listen('127.0.0.1', 0, (port) => {
    const app = createApp({
      store,
      version: () => store.version(),
      ...(thread === null ? {} : { elsewhere: (path, question) => thread.ask(path, question) }),
      config: null,
      auth: [localAuth({ token: TOKEN, port, user: 'test' })],
      assets: new Map(),
      now: () => performance.timeOrigin + performance.now(),
      requestId: () => 'request',
      log: () => undefined,
    })
    return (request, env) => app.fetch(request, env as object)
  })
  const close = async (): Promise<void> => {
    await server.close()
    await thread?.close()
    store.close()
  }
  let isOpen = true
  onTestFinished(async () => {
    if (isOpen) await close()
  })
  return {
    store,
    thread,
    died,
    close: async () => {
      isOpen = false
      await close()
    },
    ask: (question: string, init: RequestInit = {}) =>
      fetch(`http://127.0.0.1:${server.port}/api/v1/${question}`, {
        ...init,
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      }),
  }
}

const pathOfStore = (): string => join(temporaryFolder(), 'store.db')

async function fill(path: string, files = FILES): Promise<void> {
  const store = openSqliteStore(path)
  for (const file of files) await ingest(store, [file])
  await rollUpDirty(store)
  store.close()
}

describe('what is about everything', () => {
  it('is answered by the thread as it is without one', async () => {
    const path = pathOfStore()
    await fill(path)
    const [here, there] = [
      await served({ withThread: false, path }),
      await served({ withThread: true, path }),
    ]
    for (const question of WIDE) {
      const [one, other] = [await here.ask(question), await there.ask(question)]
      expect(other.status, question).toBe(200)
      expect(await other.text(), question).toBe(await one.text())
      expect(other.headers.get('etag')).toBe(one.headers.get('etag'))
      expect(other.headers.get('content-type')).toBe(one.headers.get('content-type'))
    }
    for (const question of [
      'edges?cursor=x',
      'edges?namespace=nobody',
      'drift',
      'timeline?role=x',
    ]) {
      const [one, other] = [await here.ask(question), await there.ask(question)]
      expect(other.status, question).toBe(one.status)
      expect(await other.json(), question).toEqual(await one.json())
    }
  })

  it('is answered without an error while logs come in, and then as of the end', async () => {
    const path = pathOfStore()
    await fill(path, FILES.slice(0, 2))
    const { ask, store, died } = await served({ withThread: true, path })
    const writer = openSqliteStore(path)
    let isOver = false
    const statuses = new Map<number, number>()
    const readers = Array.from({ length: 20 }, async (_, reader) => {
      for (let n = reader; !isOver; n++) {
        const response = await ask(WIDE[n % WIDE.length]!)
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
        await response.arrayBuffer()
      }
    })
    for (const file of FILES) {
      await ingest(writer, [file])
      await rollUpDirty(writer)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    isOver = true
    await Promise.all(readers)
    writer.close()
    expect([...statuses.keys()]).toEqual([200])
    expect(died).toEqual([])
    const total = (await store.edges({}, EVER)).reduce((sum, { count }) => sum + count, 0)
    await expect
      .poll(async () => ((await (await ask('overview')).json()) as Overview).total.assumptions, {
        timeout: 10_000,
      })
      .toBe(total)
  })

  it('shows at once what somebody decided', async () => {
    const path = pathOfStore()
    await fill(path)
    const { ask, store } = await served({ withThread: true, path })
    type Diff = { readonly unapproved: readonly unknown[] }
    const before = (await (await ask('baseline/diff')).json()) as Diff
    const [{ principal, role, via }] = (await store.edges({}, EVER)) as [EdgeSum]
    const edge = {
      principal: { kind: principal.kind, id: principal.id },
      role,
      via,
      owner: 'platform',
      reason: 'made up for this test',
      approvedAt: '2026-01-01T00:00:00Z',
      expires: null,
    }
    const body = JSON.stringify({ apiVersion: 'podtrail/v1', kind: 'Baseline', edges: [edge] })
    expect((await ask('baseline', { method: 'PUT', body })).status).toBe(200)
    const after = (await (await ask('baseline/diff')).json()) as Diff
    expect(after.unapproved.length).toBe(before.unapproved.length - 1)
  })

  it('is refused for the moment when the thread dies, and answered when it runs again', async () => {
    const folder = join(temporaryFolder(), 'not-yet')
    const path = join(folder, 'store.db')
    const died: Error[] = []
    const thread = new AnswerThread({ path, config: null, died: (error) => died.push(error) })
    onTestFinished(() => thread.close())
    // Once while it dies, once while there is none.
    for (let n = 0; n < 2; n++)
      await expect(thread.ask('/overview', QUESTION)).rejects.toMatchObject({
        code: 'unavailable',
        headers: { 'Retry-After': '1' },
      })
    expect(died.map(({ message }) => message)).toEqual(['unable to open database file'])
    mkdirSync(folder)
    await fill(path)
    await expect
      .poll(
        () =>
          thread.ask('/overview', QUESTION).then(
            ({ type }) => type,
            () => null,
          ),
        { timeout: 10_000 },
      )
      .toBe('application/json')
  })

  it('is refused where too many wait already', async () => {
    const path = pathOfStore()
    await fill(path)
    const thread = new AnswerThread({ path, config: null, died: () => undefined })
    onTestFinished(() => thread.close())
    const asked = Array.from({ length: 120 }, () => thread.ask('/coverage', QUESTION))
    const outcomes = (await Promise.allSettled(asked)).map(({ status }) => status)
    expect(outcomes).toEqual([...Array(100).fill('fulfilled'), ...Array(20).fill('rejected')])
    expect((await thread.ask('/coverage', QUESTION)).type).toBe('application/json')
  })

  it('does not keep the server from stopping', async () => {
    const path = pathOfStore()
    await fill(path)
    const { close, thread } = await served({ withThread: true, path })
    const waiting = thread!.ask('/graph', QUESTION).then(
      ({ type }) => type,
      ({ code }) => String(code),
    )
    await close()
    expect(['application/json', 'unavailable']).toContain(await waiting)
    await expect(thread!.ask('/overview', QUESTION)).rejects.toMatchObject({ code: 'unavailable' })
  })
})

interface Overview {
  readonly total: { readonly assumptions: number }
}
