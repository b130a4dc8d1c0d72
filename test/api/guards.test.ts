import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { localAuth } from '../../lib/api/auth/local.ts'
import { type Asked, askAcme, askStore } from './ask.ts'

const TOKEN = 'a-token-of-more-than-thirty-two-characters'
const PORT = 8787

let acme: Asked
beforeAll(async () => {
  acme = await askAcme(1)
})
afterAll(() => acme.store.close())

describe('a server of this machine', () => {
  const local = () =>
    askStore(acme.store, acme.config, [localAuth({ token: TOKEN, port: PORT, user: 'ana' })])
  const withToken = { authorization: `Bearer ${TOKEN}` }

  it('takes its token, whole, and no other', async () => {
    const { ask } = local()
    const me = await ask('/api/v1/me', { headers: withToken })
    expect(await me.json()).toEqual({ kind: 'Me', name: 'ana', role: 'admin', mode: 'local' })
    for (const authorization of [
      '',
      TOKEN,
      `Basic ${TOKEN}`,
      `Bearer ${TOKEN}x`,
      `Bearer ${TOKEN.slice(1)}`,
      `Bearer ${TOKEN.toUpperCase()}`,
      `Bearer ${TOKEN} x`,
      'Bearer undefined',
      'Bearer null',
    ])
      expect((await ask('/api/v1/me', { headers: { authorization }, as: null })).status).toBe(401)
    expect((await ask(`/api/v1/me?token=${TOKEN}`, { as: null })).status).toBe(401)
  })

  it('does not start with a token that can be guessed', () => {
    expect(() => localAuth({ token: 'secret', port: PORT, user: '' })).toThrow('characters')
  })

  it('answers under its own names only, pages and health too', async () => {
    const { ask } = local()
    for (const host of ['127.0.0.1:8787', 'localhost:8787', 'LOCALHOST:8787', '[::1]:8787'])
      for (const path of ['/api/v1/me', '/', '/healthz'])
        expect((await ask(path, { headers: { ...withToken, host } })).status, host).toBe(200)
    for (const host of [
      'evil.example',
      'evil.example:8787',
      '127.0.0.1',
      '127.0.0.1:80',
      '127.0.0.1:8787.evil.example',
      '127.0.0.1.evil.example:8787',
      'localhost.:8787',
      '[::1]',
      '[::ffff:127.0.0.1]:8787',
      '0.0.0.0:8787',
      '2130706433:8787',
      '10.0.0.5:8787',
      'localhost:8787, evil.example',
      '',
    ])
      for (const path of ['/api/v1/me', '/', '/healthz', '/api/docs']) {
        const response = await ask(path, { headers: { ...withToken, host } })
        expect({ host, status: response.status }).toEqual({ host, status: 403 })
        expect(await response.json()).toMatchObject({ code: 'wrong-host' })
      }
  })

  it('answers no other site', async () => {
    const { ask } = local()
    const refused = [
      { origin: 'https://evil.example' },
      { origin: 'http://127.0.0.1' },
      { origin: 'https://127.0.0.1:8787' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]
    for (const headers of refused) {
      const response = await ask('/api/v1/me', { headers: { ...withToken, ...headers } })
      expect({ headers, status: response.status }).toEqual({ headers, status: 403 })
      expect(response.headers.get('access-control-allow-origin')).toBeNull()
    }
    for (const headers of [
      { origin: 'http://127.0.0.1:8787', 'sec-fetch-site': 'same-origin' },
      { origin: 'http://[::1]:8787' },
      { 'sec-fetch-site': 'none' },
    ])
      expect((await ask('/api/v1/me', { headers: { ...withToken, ...headers } })).status).toBe(200)
    // Following a link to a page is not a request of that site's scripts, and a page shows nothing without the token.
    const linked = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
    expect((await ask('/graph', { headers: linked, as: null })).status).toBe(200)
  })
})

describe('whatever is asked', () => {
  const EVERYWHERE = [
    '/api/v1/me',
    '/api/v1/nope',
    '/api/v1/edges?x=1',
    '/',
    '/graph',
    '/nope',
    '/healthz',
    '/api/docs',
  ]

  it('carries the headers that keep browsers from harm', async () => {
    for (const path of EVERYWHERE)
      for (const as of ['viewer', null] as const) {
        const { headers } = await acme.ask(path, { as })
        const policy = headers.get('content-security-policy')!
        expect(policy).toBe(
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        )
        expect(headers.get('x-content-type-options')).toBe('nosniff')
        expect(headers.get('referrer-policy')).toBe('no-referrer')
        expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
        expect(headers.get('cache-control')).toMatch(
          path.startsWith('/api/v1') ? /^no-store$/ : /./,
        )
        expect(headers.get('x-request-id')).toMatch(/^request-\d+$/)
        expect(headers.get('access-control-allow-origin')).toBeNull()
        expect(headers.get('set-cookie')).toBeNull()
      }
  })

  it('is refused in constant words', async () => {
    const marker = '<img src=x onerror=alert(1)>arn:aws:iam::1'
    const encoded = encodeURIComponent(marker)
    for (const path of [
      `/api/v1/${encoded}`,
      `/api/v1/edges?role=${encoded}`,
      `/api/v1/edges?${encoded}=1`,
      `/api/v1/edges?limit=${encoded}`,
      `/api/v1/edges?cursor=${encoded}`,
      `/api/v1/edges?from=${encoded}`,
      `/api/v1/sessions?q=${encoded}`,
      `/api/v1/findings/${encoded}`,
      `/api/v1/why?principal=${encoded}&role=${encoded}`,
      `/${encoded}`,
    ]) {
      const response = await acme.ask(path)
      expect(response.status, path).toBeGreaterThanOrEqual(400)
      expect(response.headers.get('content-type')).toBe('application/problem+json')
      const text = await response.text()
      expect(text, path).not.toContain('onerror')
      expect(text).not.toMatch(/node_modules|\bat \/|\.ts:/)
    }
  })

  it('names a parameter that it does not know, if it is spelled like one', async () => {
    const wrong = await (await acme.ask('/api/v1/edges?rolle=x')).json()
    expect(wrong).toMatchObject({ code: 'unknown-parameter', errors: [{ parameter: 'rolle' }] })
    const odd = await (await acme.ask('/api/v1/edges?%3Cb%3E=x')).json()
    expect(odd).toMatchObject({ code: 'unknown-parameter', errors: [] })
    for (const name of ['__proto__', 'constructor', 'toString'])
      expect((await acme.ask(`/api/v1/edges?${name}=x`)).status).toBe(400)
    const twice = await (await acme.ask('/api/v1/edges?role=a&role=b')).json()
    expect(twice).toMatchObject({ code: 'repeated-parameter', errors: [{ parameter: 'role' }] })
  })

  it('is taken only with a window and a limit that make sense', async () => {
    for (const [query, code] of [
      ['limit=0', 'wrong-parameter'],
      ['limit=101', 'wrong-parameter'],
      ['limit=1e2', 'wrong-parameter'],
      ['limit=', 'wrong-parameter'],
      ['from=2026-11-23', 'wrong-parameter'],
      ['from=2026-02-30T00:00:00Z', 'wrong-parameter'],
      ['since=0h', 'wrong-parameter'],
      ['since=1h&from=2026-11-23T00:00:00Z', 'wrong-window'],
      ['from=2026-11-23T00:00:00Z&to=2026-11-23T00:00:00Z', 'wrong-window'],
      ['failed=yes', 'wrong-parameter'],
      ['format=xml', 'wrong-parameter'],
    ]) {
      const response = await acme.ask(`/api/v1/edges?${query}`)
      expect({
        query,
        status: response.status,
        ...((await response.json()) as object),
      }).toMatchObject({
        query,
        status: 400,
        code,
      })
    }
  })

  it('by another method is told which there are', async () => {
    for (const [path, method, allow] of [
      ['/edges', 'POST', 'GET, HEAD'],
      ['/edges', 'OPTIONS', 'GET, HEAD'],
      ['/edges', 'DELETE', 'GET, HEAD'],
      ['/baseline', 'PATCH', 'GET, HEAD, PUT'],
      ['/roles/simulations', 'GET', 'POST'],
      ['/findings/fnd_0123456789abcdef/decisions', 'PUT', 'GET, HEAD, POST'],
    ] as const) {
      const response = await acme.ask(`/api/v1${path}`, { method })
      expect({
        path,
        method,
        status: response.status,
        allow: response.headers.get('allow'),
      }).toEqual({
        path,
        method,
        status: 405,
        allow,
      })
    }
  })

  it('is cut off where it is too long', async () => {
    expect((await acme.ask(`/api/v1/edges?role=${'a'.repeat(9000)}`)).status).toBe(414)
    expect((await acme.ask(`/api/v1/edges?role=${'a'.repeat(3000)}`)).status).toBe(400)
  })

  it('is written to the log without what was asked for, or with what', async () => {
    acme.lines.length = 0
    await acme.ask('/api/v1/edges?role=secret-role-name')
    await acme.ask('/api/v1/findings/fnd_0123456789abcdef')
    await acme.ask('/secret-path', { as: null, headers: { authorization: 'Bearer secret-token' } })
    expect(
      acme.lines.map(({ route, status, caller, code }) => [route, status, caller, code]),
    ).toEqual([
      ['/api/v1/edges', 404, 'test-viewer', 'unknown-name'],
      ['/api/v1/findings/{id}', 404, 'test-viewer', 'unknown-finding'],
      ['-', 404, null, 'not-found'],
    ])
    expect(JSON.stringify(acme.lines)).not.toContain('secret')
  })
})

describe('what is read', () => {
  it('need not be sent again where it is the same', async () => {
    const first = await acme.ask('/api/v1/edges')
    const etag = first.headers.get('etag')!
    expect(etag).toMatch(/^"[\w-]{22}"$/)
    for (const header of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await acme.ask('/api/v1/edges', { headers: { 'if-none-match': header } })
      expect(again.status).toBe(304)
      expect(again.headers.get('etag')).toBe(etag)
      expect(await again.text()).toBe('')
    }
    const other = await acme.ask('/api/v1/edges', { headers: { 'if-none-match': '"other"' } })
    expect(other.status).toBe(200)
  })

  it('has another tag as soon as something else is stored', async () => {
    const { ask, store } = await askAcme(1)
    const before = await ask('/api/v1/snapshots')
    const { snapshot } = (await store.snapshotAt(Number.MAX_SAFE_INTEGER))!
    await store.putSnapshot({ ...snapshot, at: snapshot.at + 60 })
    const etag = before.headers.get('etag')!
    const after = await ask('/api/v1/snapshots', { headers: { 'if-none-match': etag } })
    expect(after.status).toBe(200)
    store.close()
  })

  it('is sent smaller to who can read that, under a tag of its own', async () => {
    const plain = await acme.ask('/api/v1/edges')
    const zipped = await acme.ask('/api/v1/edges', { headers: { 'accept-encoding': 'br, gzip' } })
    expect(zipped.headers.get('content-encoding')).toBe('gzip')
    expect(zipped.headers.get('etag')).not.toBe(plain.headers.get('etag'))
    const stream = zipped.body!.pipeThrough(new DecompressionStream('gzip'))
    expect(await new Response(stream).text()).toBe(await plain.text())
    const refused = await acme.ask('/api/v1/edges', { headers: { 'accept-encoding': 'gzip;q=0' } })
    expect(refused.headers.get('content-encoding')).toBeNull()
  })

  it('can be looked at by its headers alone', async () => {
    const get = await acme.ask('/api/v1/edges')
    const head = await acme.ask('/api/v1/edges', { method: 'HEAD' })
    expect(head.status).toBe(200)
    expect(head.headers.get('etag')).toBe(get.headers.get('etag'))
    expect(await head.text()).toBe('')
  })
})

describe('bodies', () => {
  const path = '/api/v1/roles/simulations'
  const post = (body: string | ReadableStream, headers: Record<string, string> = {}) =>
    acme.ask(path, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
      ...(typeof body === 'string' ? {} : { duplex: 'half' }),
    } as RequestInit)
  const good = JSON.stringify({ role: 'pod-s3-access', remove: 0 })

  it('are JSON that says so', async () => {
    expect((await post(good)).status).toBe(200)
    expect((await post(good, { 'content-type': 'application/json; charset=utf-8' })).status).toBe(
      200,
    )
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'application/jsonx',
      '',
    ])
      expect((await post(good, { 'content-type': type })).status, type).toBe(415)
  })

  it('fit their schema', async () => {
    for (const body of [
      '',
      '{',
      'null',
      '[]',
      '"x"',
      '{"role":1}',
      '{"role":"x"}',
      '{"role":"x","remove":0,"trust":{}}',
      '{"role":"x","remove":-1}',
      '{"role":"x","remove":0,"more":1}',
      '{"role":"x","remove":0,"__proto__":{}}',
      '\ufeff{}',
    ])
      expect((await post(body)).status, body).toBe(400)
    const named = await (await post('{"role":"x","remove":"0"}')).json()
    expect(named).toMatchObject({ code: 'wrong-body', errors: [{ pointer: '/remove' }] })
  })

  it('are of bounded size, whatever their length says', async () => {
    const large = JSON.stringify({ role: 'x'.repeat(70_000), remove: 0 })
    expect((await post(large)).status).toBe(413)
    expect((await post(large, { 'content-length': '10' })).status).toBe(413)
    let sent = 0
    const endless = new ReadableStream({
      pull(controller) {
        sent++
        controller.enqueue(new TextEncoder().encode(' '.repeat(4096)))
      },
    })
    expect((await post(endless)).status).toBe(413)
    expect(sent).toBeLessThan(40)
  })

  it('that nest very deep do no harm', async () => {
    const deep = `{"role":"pod-s3-access","trust":{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}}`
    expect((await post(deep)).status).toBe(400)
  })
})

describe('pages', () => {
  it('are one page under many paths, and files are kept for good', async () => {
    for (const path of [
      '/',
      '/graph',
      '/search?q=x',
      '/identities/prod/payments/checkout',
      '/findings/fnd_1',
      '/reviews',
    ]) {
      const response = await acme.ask(path, { as: null })
      expect(response.status, path).toBe(200)
      expect(response.headers.get('content-type')).toContain('text/html')
      expect(response.headers.get('cache-control')).toBe('no-cache')
    }
    const file = await acme.ask('/assets/index-0a1b2c3d.js', { as: null })
    expect(file.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    for (const path of [
      '/assets/../index.html',
      '/assets/%2e%2e/package.json',
      '/..%2fpackage.json',
      '/index.htm',
      '/assets/',
      '/%00',
      '/graph/x',
    ])
      expect([200, 404], path).toContain((await acme.ask(path, { as: null })).status)
    expect((await acme.ask('/assets/none.js', { as: null })).status).toBe(404)
    expect((await acme.ask('/', { as: null, method: 'POST' })).status).toBe(404)
  })
})
