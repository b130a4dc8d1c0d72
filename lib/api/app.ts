import { type Context, Hono } from 'hono'
import { type Asked, WrongCursor } from '../graph/answer.ts'
import { AnswerCache } from './answer-cache.ts'
import { Answering, type AnsweringOptions, type Format, type Question } from './answering.ts'
import { type Assets, assetAt, isPage } from './assets.ts'
import { type Authenticator, type Caller, ROLES, suffices } from './auth/caller.ts'
import { readBody } from './body.ts'
import { SECURITY_HEADERS } from './headers.ts'
import { type Payload, payloadOf, type Receiver, send } from './payload.ts'
import { Problem, type ProblemCode, problemBody } from './problem.ts'
import { readQuery, windowOf } from './query.ts'
import type { Route } from './route.ts'
import { ROUTES } from './routes.ts'

/** Where `version` is left out, answers are not kept either. */
export interface AppOptions extends AnsweringOptions {
  /** Answers what is about everything, of the route with that path, in place of this thread. Rejects with a `Problem` for a reason. */
  readonly elsewhere?: (path: string, question: Question) => Promise<Payload>
  /** Tried one after the other. */
  readonly auth: readonly Authenticator[]
  readonly assets: Assets
  readonly requestId: () => string
  readonly log: (line: LogLine) => void
}

/** What happened to a request. Neither tokens nor anything that was asked for. */
export interface LogLine {
  readonly level: 'info' | 'warn' | 'error'
  readonly requestId: string
  readonly method: string
  /** The path as declared, not as it came. */
  readonly route: string
  readonly status: number
  readonly milliseconds: number
  readonly caller: string | null
  readonly role: string | null
  readonly code: ProblemCode | null
  /** Of a failure: where it happened. */
  readonly error?: string
}

type Env = { Variables: { requestId: string; caller: Caller; route: string; code: ProblemCode } }

const API = '/api/v1'
const URL_MAX = 8192
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** The whole web side of podtrail. Throws where nobody could be told from anybody else. */
export function createApp(options: AppOptions): Hono<Env> {
  const { auth, assets, now, requestId, log } = options
  if (auth.length === 0)
    throw new Error('the API has no way to authenticate anybody: configure auth')
  const app = new Hono<Env>()
  const answers = new Answers(options)

  app.use('*', async (c, next) => {
    const started = now()
    c.set('requestId', requestId())
    c.set('route', '-')
    await next()
    const { status } = c.res
    const caller = c.get('caller') as Caller | undefined
    log({
      level: status === 500 ? 'error' : status === 401 || status === 403 ? 'warn' : 'info',
      requestId: c.get('requestId'),
      method: METHODS.has(c.req.method) ? c.req.method : '-',
      route: c.get('route'),
      status,
      milliseconds: Math.round((now() - started) * 10) / 10,
      caller: caller?.name ?? null,
      role: caller?.role ?? null,
      code: c.get('code') ?? null,
      ...(c.error === undefined || c.error instanceof Problem || c.error instanceof WrongCursor
        ? {}
        : { error: c.error.stack ?? c.error.message }),
    })
  })
  app.onError((error, c) => {
    const problem = asProblem(error)
    c.set('code', problem.code)
    return problemResponse(problem, c.get('requestId'))
  })
  app.notFound(() => {
    throw new Problem('not-found')
  })
  app.use('*', async (c, next) => {
    for (const { refuse } of auth) {
      const code = refuse?.(c.req.raw) ?? null
      if (code !== null) throw new Problem(code)
    }
    if (c.req.url.length > URL_MAX) throw new Problem('uri-too-long')
    await next()
  })

  app.get('/healthz', (c) => {
    c.set('route', '/healthz')
    return send(receiver(c), payloadOf('application/json', '{"status":"ok"}'))
  })
  app.get('/api/docs', async (c) => {
    c.set('route', '/api/docs')
    const { docsPage } = await import('./docs-page.ts')
    return send(receiver(c), payloadOf('text/html; charset=utf-8', docsPage()), 200, 'no-cache')
  })
  app.get('/api/docs.css', async (c) => {
    c.set('route', '/api/docs.css')
    const { DOCS_STYLE } = await import('./docs-page.ts')
    return send(receiver(c), payloadOf('text/css; charset=utf-8', DOCS_STYLE), 200, 'no-cache')
  })

  app.use('/api/*', async (c, next) => {
    for (const way of auth) {
      const caller = await way.authenticate(c.req.raw, c.env)
      if (caller === null) continue
      c.set('caller', caller)
      return next()
    }
    throw new Problem('not-authenticated')
  })
  for (const route of ROUTES) {
    if (!ROLES.includes(route.least)) throw new Error(`${route.path}: no role may use it`)
    app.on(route.method, API + route.path.replaceAll(/\{(\w+)\}/g, ':$1'), (c) => {
      c.set('route', API + route.path)
      return answers.give(route, receiver(c), c.req.param(), c.get('caller'))
    })
  }
  for (const [path, same] of Map.groupBy(ROUTES, ({ path }) => path))
    app.all(API + path.replaceAll(/\{(\w+)\}/g, ':$1'), (c) => {
      c.set('route', API + path)
      const methods = same.map(({ method }) => (method === 'GET' ? 'GET, HEAD' : method))
      throw new Problem('method-not-allowed', {}, { Allow: methods.join(', ') })
    })

  app.get('*', (c) => {
    if (c.req.path.startsWith('/api/')) throw new Problem('not-found')
    const asset = assetAt(assets, c.req.path)
    if (asset !== null) {
      c.set('route', 'asset')
      return send(receiver(c), asset.file, 200, asset.keep)
    }
    if (isPage(c.req.path))
      return send(receiver(c), payloadOf('text/plain; charset=utf-8', NOT_BUILT), 503)
    throw new Problem('not-found')
  })
  return app
}

const receiver = (c: Context<Env>): Receiver => ({
  request: c.req.raw,
  requestId: c.get('requestId'),
})

const NOT_BUILT =
  'The dashboard is not built. In a checkout: npm run dashboard\nThe API is at /api/v1, its documentation at /api/docs.\n'

/** Questions of one app: what it knows, and what it has answered. */
class Answers {
  readonly #options: AppOptions
  readonly #answering: Answering
  readonly #cache: AnswerCache

  constructor(options: AppOptions) {
    this.#options = options
    this.#answering = new Answering(options)
    this.#cache = new AnswerCache(options.now)
  }

  async give(
    route: Route,
    receiver: Receiver,
    params: Record<string, string>,
    caller: Caller,
  ): Promise<Response> {
    if (!suffices(caller.role, route.least)) throw new Problem('not-allowed')
    const { request } = receiver
    const query = readQuery(route.query, new URL(request.url).searchParams)
    for (const [name, schema] of Object.entries(route.params))
      if (!schema.safeParse(params[name]).success) throw new Problem('not-found')
    const now = Math.floor(this.#options.now() / 1000)
    const format = route.table === null ? 'json' : formatOf(query, request)
    const asked: Asked = {
      ...windowOf(query, now),
      limit: format === 'json' ? ((query['limit'] as number | undefined) ?? 100) : 0,
      ...(query['cursor'] === undefined ? {} : { cursor: String(query['cursor']) }),
    }
    const question: Question = { query, params, asked, format, caller, now }
    if (route.method !== 'GET') {
      const body =
        route.body === null ? undefined : await readBody(request, route.body, route.bodyMax)
      const ifMatch = request.headers.get('if-match')?.replaceAll('"', '') ?? null
      // Whoever has changed something is shown that from then on.
      const made = this.#answering.answer(route, question, { body, ifMatch })
      return send(receiver, await made.finally(() => this.#cache.clear()), route.status)
    }
    const { elsewhere } = this.#options
    const make = (): Promise<Payload> =>
      elsewhere !== undefined && route.isWide(query)
        ? elsewhere(route.path, question)
        : this.#answering.answer(route, question)
    const version = await this.#options.version?.()
    if (version === undefined || route.isPersonal) return send(receiver, await make())
    const key = JSON.stringify([route.path, params, query, asked, format])
    const { payload, madeAt } = await this.#cache.get(version, key, make)
    const response = send(receiver, payload)
    if (madeAt !== null)
      response.headers.set('Age', String(Math.ceil((this.#options.now() - madeAt) / 1000)))
    return response
  }
}

function formatOf(query: Record<string, unknown>, request: Request): Format {
  if (query['format'] !== undefined) return query['format'] as Format
  const accept = request.headers.get('accept') ?? ''
  if (accept.startsWith('text/csv')) return 'csv'
  return accept.startsWith('application/x-ndjson') ? 'ndjson' : 'json'
}

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  return new Problem(error instanceof WrongCursor ? 'wrong-cursor' : 'failed')
}

function problemResponse({ code, more, headers }: Problem, requestId: string): Response {
  const body = problemBody(code, more)
  return new Response(JSON.stringify(body), {
    status: body.status,
    headers: {
      ...SECURITY_HEADERS,
      ...headers,
      'Cache-Control': 'no-store',
      'Content-Type': 'application/problem+json',
      'X-Request-Id': requestId,
      ...(body.status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}),
    },
  })
}
