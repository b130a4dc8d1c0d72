import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { assumption, Cli, log } from './cli.ts'

const MAIN = fileURLToPath(new URL('../../cli/main.js', import.meta.url))
const TOKEN = 'a-token-of-more-than-thirty-two-characters'

let cli: Cli
const running: ChildProcess[] = []
beforeEach(() => {
  cli = new Cli()
})
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  cli.remove()
})

interface Serving {
  readonly child: ChildProcess
  readonly url: string
  readonly token: string
  readonly stderr: () => string
  readonly ask: (path: string) => Promise<{ status: number; etag: string | null; body: unknown }>
}

/** Starts the server and waits for the line with its address. */
async function serve(
  env: Record<string, string> = {},
  args: readonly string[] = [],
): Promise<Serving> {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, [MAIN, 'serve', '--port', '0', ...args], {
    cwd: cli.folder,
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.push(child)
  let stderr = ''
  child.stderr.on('data', (data) => {
    stderr += data
  })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const [, url, token] = /^(http:\/\/127\.0\.0\.1:\d+)\/#token=(\S+)\n$/.exec(line.toString())!
  return {
    child,
    url: url!,
    token: token!,
    stderr: () => stderr,
    ask: async (path) => {
      const headers = { authorization: `Bearer ${token}` }
      const response = await fetch(`${url}${path}`, { headers })
      return {
        status: response.status,
        etag: response.headers.get('etag'),
        body: await response.json(),
      }
    },
  }
}

const minute = (n: number): string => `2026-11-23T02:${String(n).padStart(2, '0')}:00Z`
const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
const record = (n: number) =>
  assumption({ eventID: uuid(n), key: `ASIAEXAMPLEEXAMPLE${n}`, time: minute(n) })

/** Longer than any answer stands, in milliseconds. */
const STANDS = { timeout: 10_000, interval: 100 }

describe('podtrail serve', () => {
  it('prints its address with a token that lets in, new with each start', async () => {
    await cli.run(['ingest', cli.write('a.json', log(record(1)))])
    const first = await serve()
    expect(first.token).toMatch(/^[\w-]{43}$/)
    expect(await first.ask('/api/v1/me')).toMatchObject({ status: 200, body: { mode: 'local' } })
    expect((await fetch(`${first.url}/api/v1/me`)).status).toBe(401)
    const second = await serve()
    expect(second.token).not.toBe(first.token)
  })

  it('shows what another process ingests meanwhile', async () => {
    await cli.run(['ingest', cli.write('a.json', log(record(1)))])
    const { ask } = await serve({ PODTRAIL_TOKEN: TOKEN })
    const before = await ask('/api/v1/edges?role=app')
    expect(before.body).toMatchObject({ items: [{ count: 1 }] })
    expect((await ask('/api/v1/edges?role=app')).etag).toBe(before.etag)
    await cli.run(['ingest', cli.write('b.json', log(record(2), record(3)))])
    // An answer stands for a moment, the longer the longer it took to make.
    await vi.waitFor(async () => {
      const after = await ask('/api/v1/edges?role=app')
      expect(after.body).toMatchObject({ items: [{ count: 3, lastSeen: minute(3) }] })
      expect(after.etag).not.toBe(before.etag)
    }, STANDS)
    await vi.waitFor(async () => {
      expect((await ask('/api/v1/coverage')).body).toMatchObject({
        coverage: { lastEvent: minute(3) },
      })
    }, STANDS)
  })

  it('stops when it is told to', async () => {
    await cli.run(['ingest', cli.write('a.json', log(record(1)))])
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const { child, ask, stderr } = await serve()
      await ask('/api/v1/me')
      child.kill(signal)
      expect(await once(child, 'exit')).toEqual([0, null])
      expect(stderr()).toContain('stopping')
    }
  })

  it('logs requests when asked to, without token and questions', async () => {
    await cli.run(['ingest', cli.write('a.json', log(record(1)))])
    const { child, ask, stderr } = await serve({ PODTRAIL_TOKEN: TOKEN }, ['--log', '--quiet'])
    await ask('/api/v1/edges?role=some-secret-role')
    child.kill('SIGTERM')
    await once(child, 'exit')
    expect(JSON.parse(stderr())).toMatchObject({
      route: '/api/v1/edges',
      status: 404,
      level: 'info',
    })
    expect(stderr()).not.toMatch(/secret|a-token/)
  })

  it('says what is wrong before it starts', async () => {
    const missing = await cli.run(['serve', '--port', '0'])
    expect(missing).toMatchObject({ exit: 6, stdout: '' })
    await cli.run(['ingest', cli.write('a.json', log(record(1)))])
    const open = await cli.run(['serve', '--host', '0.0.0.0'])
    expect(open).toMatchObject({ exit: 2, stdout: '' })
    expect(open.stderr).toContain('no loopback address')
    const short = await cli.run(['serve'], { env: { PODTRAIL_TOKEN: 'secret' } })
    expect(short).toMatchObject({ exit: 2, stdout: '' })
    expect(short.stderr).not.toContain('secret')
    const port = await cli.run(['serve', '--port', '70000'])
    expect(port).toMatchObject({ exit: 2, stdout: '' })
    const { url } = await serve()
    const taken = await cli.run(['serve', '--port', new URL(url).port])
    expect(taken).toMatchObject({ exit: 7, stdout: '' })
    expect(taken.stderr).toContain('is in use')
  })
})
