import { generateKeyPairSync, sign } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../lib/api/app.ts'
import { ROLES, type Role, suffices } from '../../lib/api/auth/caller.ts'
import { iamAuth } from '../../lib/api/auth/iam.ts'
import { jwtAuth } from '../../lib/api/auth/jwt.ts'
import { openApi } from '../../lib/api/openapi.ts'
import { jwtVerifier } from '../../lib/aws/jwt.ts'
import { type Asked, askAcme, askStore, NOW } from './ask.ts'
import { ROUTES, requestFor, routeName } from './requests.ts'

/** What each role may; whatever stands here is meant, and whatever does not is forbidden. */
const MATRIX: Readonly<Record<string, Role>> = {
  'GET /me': 'viewer',
  'GET /overview': 'viewer',
  'GET /search': 'viewer',
  'GET /edges': 'viewer',
  'GET /attempts': 'viewer',
  'GET /principals': 'viewer',
  'GET /roles': 'viewer',
  'GET /roles/trust': 'viewer',
  'POST /roles/simulations': 'viewer',
  'GET /sessions': 'viewer',
  'GET /activity': 'viewer',
  'GET /graph': 'viewer',
  'GET /timeline': 'viewer',
  'GET /findings': 'viewer',
  'GET /findings/{id}': 'viewer',
  'GET /findings/{id}/decisions': 'viewer',
  'POST /findings/{id}/decisions': 'responder',
  'POST /findings/{id}/previews': 'viewer',
  'GET /baseline': 'viewer',
  'PUT /baseline': 'admin',
  'GET /baseline/diff': 'viewer',
  'GET /drift': 'viewer',
  'GET /snapshots': 'viewer',
  'POST /snapshots/{id}/approval': 'reviewer',
  'GET /why': 'viewer',
  'GET /policy': 'viewer',
  'GET /tighten': 'viewer',
  'GET /reports': 'viewer',
  'GET /reports/pack': 'viewer',
  'GET /reports/sign-offs': 'viewer',
  'POST /reports/sign-offs': 'reviewer',
  'GET /coverage': 'viewer',
  'GET /rules': 'viewer',
  'GET /openapi.json': 'viewer',
}

const ISSUER = 'https://issuer.example'
const AUDIENCE = 'podtrail-api'
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
const others = generateKeyPairSync('rsa', { modulusLength: 2048 })
const jwk = { ...keys.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' }

function token(claims: object, header: object = {}, key = keys.privateKey): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  const whole = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'u1',
    groups: ['all-admins'],
    iat: now,
    exp: now + 300,
    ...claims,
  }
  const text = `${part({ alg: 'RS256', typ: 'JWT', kid: 'k1', ...header })}.${part(whole)}`
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`
}

describe('who may do what', () => {
  let acme: Asked
  let ids: (path: string) => string
  beforeAll(async () => {
    acme = await askAcme()
    const finding = (await acme.store.findingsAfter('', 1))[0]!.id
    const snapshot = (await acme.store.snapshots())[0]!.id
    ids = (path) => (path.startsWith('/findings') ? finding : snapshot)
  })
  afterAll(() => acme.store.close())

  it('is written down for every route, in the code and in its description', () => {
    expect(Object.fromEntries(ROUTES.map((route) => [routeName(route), route.least]))).toEqual(
      MATRIX,
    )
    const described = Object.entries(openApi().paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [
        `${method.toUpperCase()} ${path}`,
        operation['x-role'],
      ]),
    )
    expect(Object.fromEntries(described)).toEqual(MATRIX)
  })

  for (const route of ROUTES)
    for (const role of ROLES)
      it(`${routeName(route)} as ${role}`, async () => {
        const { path, init } = requestFor(route, ids)
        const { status } = await acme.ask(path, { ...init, as: role })
        if (suffices(role, MATRIX[routeName(route)]!))
          expect([200, 201, 404, 409]).toContain(status)
        else expect(status).toBe(403)
      })

  it('approving a finding takes a reviewer', async () => {
    const route = ROUTES.find((one) => routeName(one) === 'POST /findings/{id}/decisions')!
    const { path, init } = requestFor(route, ids)
    const body = JSON.stringify({ action: 'approve', reason: 'this is as it should be' })
    expect((await acme.ask(path, { ...init, body, as: 'responder' })).status).toBe(403)
    expect((await acme.ask(path, { ...init, body, as: 'reviewer' })).status).not.toBe(403)
  })

  describe('without credentials that hold', () => {
    const wrong = {
      none: {},
      empty: { authorization: '' },
      garbage: { authorization: 'Bearer ????' },
      'another scheme': { authorization: 'Basic YWRtaW46YWRtaW4=' },
      'no token': { authorization: 'Bearer ' },
      expired: { authorization: `Bearer ${token({ exp: 1_700_000_000 })}` },
      'not valid yet': { authorization: `Bearer ${token({ nbf: 4_000_000_000 })}` },
      'without an end': { authorization: `Bearer ${token({ exp: undefined })}` },
      'of another audience': { authorization: `Bearer ${token({ aud: 'other' })}` },
      'of another issuer': { authorization: `Bearer ${token({ iss: 'https://evil.example' })}` },
      'of another key': { authorization: `Bearer ${token({}, {}, others.privateKey)}` },
      'of an unknown key': { authorization: `Bearer ${token({}, { kid: 'k2' })}` },
      'alg none': {
        authorization: `Bearer ${token({}, { alg: 'none' }).replace(/\.[^.]*$/, '.')}`,
      },
      'alg HS256': { authorization: `Bearer ${token({}, { alg: 'HS256' })}` },
      'without a role': { authorization: `Bearer ${token({ groups: ['somebody'] })}` },
      'with a header of the gateway': {
        'x-amzn-request-context': JSON.stringify({
          authorizer: { iam: { userArn: 'arn:aws:iam::111122223333:role/admins' } },
        }),
      },
    }
    let jwt: Asked
    beforeAll(() => {
      const verify = jwtVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks: { keys: [jwk] } })
      const roles = new Map<string, Role>([['all-admins', 'admin']])
      jwt = askStore(acme.store, acme.config, [
        jwtAuth({ verify, claim: 'groups', roles }),
        iamAuth(new Map([['arn:aws:iam::111122223333:role/admins', 'admin']])),
      ])
    })

    for (const [name, headers] of Object.entries(wrong))
      it(`${name}: every route says 401 and nothing else`, async () => {
        for (const route of ROUTES) {
          const { path, init } = requestFor(route, ids)
          const all = { ...init.headers, ...headers } as Record<string, string>
          const response = await jwt.ask(path, { ...init, headers: all, as: null })
          const found = {
            route: routeName(route),
            status: response.status,
            body: await response.json(),
          }
          expect(found).toMatchObject({ status: 401, body: { code: 'not-authenticated' } })
        }
      })

    it('a token that holds is let in', async () => {
      const response = await jwt.ask('/api/v1/me', {
        headers: { authorization: `Bearer ${token({ email: 'ana@example.com' })}` },
      })
      expect(await response.json()).toEqual({
        kind: 'Me',
        name: 'ana@example.com',
        role: 'admin',
        mode: 'jwt',
      })
    })
  })

  it('nothing that is not a route is told from a route', async () => {
    for (const path of [
      '/api/v1/nope',
      '/api/',
      '/api/v1',
      '/api/v2/me',
      '/api/v1/me/',
      '/api//v1/me',
    ])
      expect((await acme.ask(path, { as: null })).status, path).toBe(401)
    for (const path of ['//api/v1/me', '/API/v1/me', '/%61pi/v1/me', '/api/v1/%2e%2e/me']) {
      const response = await acme.ask(path, { as: null })
      expect([401, 404], path).toContain(response.status)
    }
  })

  it('the app does not start where nobody could be told from anybody else', () => {
    const { store, config } = acme
    const rest = {
      store,
      config,
      assets: new Map(),
      now: () => NOW,
      requestId: () => '',
      log: () => {},
    }
    expect(() => createApp({ ...rest, auth: [] })).toThrow('configure auth')
  })
})

describe('IAM callers', () => {
  const auth = iamAuth(
    new Map<string, Role>([
      ['arn:aws:iam::111122223333:role/team/podtrail-viewers', 'viewer'],
      ['arn:aws:iam::111122223333:user/ops/ana', 'reviewer'],
    ]),
  )
  const request = new Request('http://example.test/')
  const callerOf = (userArn: unknown) =>
    auth.authenticate(request, { requestContext: { authorizer: { iam: { userArn } } } })

  it('are known by their role, whatever the session is called', async () => {
    for (const session of ['x', 'admin', 'arn:aws:iam'])
      expect(
        await callerOf(`arn:aws:sts::111122223333:assumed-role/podtrail-viewers/${session}`),
      ).toMatchObject({ role: 'viewer', mode: 'iam' })
    expect(await callerOf('arn:aws:iam::111122223333:user/ops/ana')).toMatchObject({
      role: 'reviewer',
    })
  })

  it('are nobody else', async () => {
    for (const arn of [
      'arn:aws:sts::999999999999:assumed-role/podtrail-viewers/x',
      'arn:aws-cn:sts::111122223333:assumed-role/podtrail-viewers/x',
      'arn:aws:sts::111122223333:assumed-role/other/podtrail-viewers',
      'arn:aws:iam::111122223333:user/podtrail-viewers',
      'arn:aws:sts::111122223333:federated-user/podtrail-viewers',
      'arn:aws:iam::111122223333:root',
      'arn:aws:iam::111122223333:role/',
      'podtrail-viewers',
      '',
      null,
      {},
      ['arn:aws:iam::111122223333:user/ops/ana'],
    ])
      expect(await callerOf(arn), JSON.stringify(arn)).toBeNull()
    for (const env of [undefined, null, 'x', {}, { requestContext: null }])
      expect(await auth.authenticate(request, env)).toBeNull()
  })
})
