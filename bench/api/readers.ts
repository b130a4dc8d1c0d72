import { Agent, get } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { createRandom } from '../data/random.ts'

/** Readers, in a process of their own: each asks, waits for the answer, and asks the next. Prints what it measured as JSON. */
export interface Task {
  readonly url: string
  readonly token: string
  readonly readers: number
  readonly seconds: number
  readonly seed: number
  /** Milliseconds that a reader takes to read an answer, in the middle of what is drawn. */
  readonly pause: number
  /** Paths that are drawn from, by kind. */
  readonly kinds: readonly {
    readonly name: string
    readonly share: number
    readonly paths: readonly string[]
  }[]
}

export interface Result {
  readonly times: Readonly<Record<string, readonly number[]>>
  /** By status; -1: no answer came. That a key is not known (404), because its file comes later, is none. */
  readonly errors: Readonly<Record<string, number>>
}

if (import.meta.main) {
  let text = ''
  for await (const part of process.stdin) text += part
  process.stdout.write(JSON.stringify(await read(JSON.parse(text) as Task)))
}

async function read({ url, token, readers, seconds, seed, kinds, pause }: Task): Promise<Result> {
  const agent = new Agent({ keepAlive: true, maxSockets: readers })
  const headers = { authorization: `Bearer ${token}`, 'accept-encoding': 'gzip' }
  const random = createRandom(seed)
  const times: Record<string, number[]> = {}
  const errors: Record<string, number> = {}
  const until = performance.now() + seconds * 1000
  const pick = () => {
    let left = random.below(1000) / 1000
    for (const kind of kinds) {
      if (left < kind.share) return kind
      left -= kind.share
    }
    return kinds[0]!
  }
  const ask = (path: string) =>
    new Promise<number>((resolve) => {
      get(`${url}${path}`, { agent, headers }, (response) => {
        response.on('end', () => resolve(response.statusCode ?? -1))
        response.on('error', () => resolve(-1))
        response.resume()
      }).on('error', () => resolve(-1))
    })
  await Promise.all(
    Array.from({ length: readers }, async () => {
      while (performance.now() < until) {
        const { name, paths } = pick()
        const startedAt = performance.now()
        const status = await ask(random.pick(paths))
        times[name] ??= []
        times[name].push(performance.now() - startedAt)
        if (status !== 200 && status !== 404) errors[status] = (errors[status] ?? 0) + 1
        if (pause > 0) await setTimeout((pause * random.below(2001)) / 1000)
      }
    }),
  )
  agent.destroy()
  return { times, errors }
}
