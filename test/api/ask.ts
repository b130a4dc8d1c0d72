import type { LogLine } from '../../lib/api/app.ts'
import { createApp } from '../../lib/api/app.ts'
import type { Assets } from '../../lib/api/assets.ts'
import type { Authenticator, Role } from '../../lib/api/auth/caller.ts'
import { payloadOf } from '../../lib/api/payload.ts'
import type { Config } from '../../lib/config.ts'
import { company } from '../../lib/demo/company.ts'
import { clusterStatement, sample, staging, trustOf } from '../../lib/drift/sample.ts'
import { runDrift } from '../../lib/finding/run-drift.ts'
import type { openSqliteStore } from '../../lib/local/sqlite-store.ts'
import { acme, configOf } from '../graph/acme.ts'

const HOST = '127.0.0.1:8787'
/** Some time after all that is stored. */
export const NOW = Date.parse('2026-11-24T12:00:00Z')

/** Whoever names a role in the header `Authorization: Bearer <role>` has it. */
const byName: Authenticator = {
  async authenticate(request) {
    const role = /^Bearer (viewer|responder|reviewer|admin)$/.exec(
      request.headers.get('authorization') ?? '',
    )?.[1] as Role | undefined
    return role === undefined ? null : { name: `test-${role}`, role, mode: 'jwt' }
  },
}

export type Ask = (path: string, init?: RequestInit & { as?: Role | null }) => Promise<Response>

export type TestStore = ReturnType<typeof openSqliteStore>

export interface Asked {
  readonly ask: Ask
  readonly store: TestStore
  readonly config: Config
  readonly lines: LogLine[]
}

const ASSETS: Assets = new Map([
  ['/index.html', payloadOf('text/html; charset=utf-8', '<!doctype html><title>podtrail</title>')],
  ['/assets/index-0a1b2c3d.js', payloadOf('text/javascript; charset=utf-8', 'export {}')],
])

/** An app over the made-up company, with a made-up snapshot and what drift finds in it. */
export async function askAcme(workloads = 20): Promise<Asked> {
  const options = { seed: 1, days: 1, workloads }
  const store = (await acme(options)).store as TestStore
  const config = configOf(company(options))
  const trust = trustOf(clusterStatement({ StringEquals: { aud: 'sts.amazonaws.com' } }))
  const { snapshot } = sample({ trust, clusters: [staging()] })
  const at = NOW / 1000 - 3600
  await runDrift(store, { read: async () => ({ ...snapshot, at }) }, config, at)
  return askStore(store, config)
}

export function askStore(
  store: TestStore,
  config: Config,
  auth: readonly Authenticator[] = [byName],
): Asked {
  const lines: LogLine[] = []
  let id = 0
  const app = createApp({
    store,
    version: () => store.version(),
    config,
    auth,
    assets: ASSETS,
    now: () => NOW,
    requestId: () => `request-${++id}`,
    log: (line) => lines.push(line),
  })
  return {
    store,
    config,
    lines,
    ask: async (path, { as = 'viewer', ...init } = {}) => {
      const headers = new Headers(init.headers)
      if (as !== null && !headers.has('authorization')) headers.set('authorization', `Bearer ${as}`)
      if (!headers.has('host')) headers.set('host', HOST)
      return app.fetch(new Request(`http://${HOST}${path}`, { ...init, headers }))
    },
  }
}
