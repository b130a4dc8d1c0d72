import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Operation, openApi, type Parameter } from '../../lib/api/openapi.ts'
import { type Asked, askAcme } from './ask.ts'
import { misfit } from './conformance.ts'
import { ROUTES, routeName } from './requests.ts'

/** Requests in all; `PODTRAIL_FUZZ=10000` for a long run. */
const REQUESTS = Number(process.env['PODTRAIL_FUZZ'] ?? 2000)

let acme: Asked
let ids: string[]
beforeAll(async () => {
  acme = await askAcme()
  const findings = await acme.store.findingsAfter('', 20)
  const snapshots = await acme.store.snapshots()
  ids = [...findings.map(({ id }) => id), ...snapshots.map(({ id }) => id)]
})
afterAll(() => acme.store.close())

type Schema = Readonly<Record<string, unknown>>

/** Strings that have broken something somewhere. */
const HOSTILE = [
  '',
  ' ',
  '\u0000',
  '\u202e',
  '\ufeff',
  '../../etc/passwd',
  "' OR 1=1 --",
  '"><script>alert(1)</script>',
  '=1+1',
  '{{7*7}}',
  '%',
  '%00',
  '*',
  '__proto__',
  'constructor',
  'arn:aws:iam::222233334444:role/ledger/ledger-writer',
  'arn:aws:iam:::::::',
  'arn:aws:s3:::acme-ledger/%2e%2e',
  'system:serviceaccount:sandbox:debug',
  'sandbox/debug',
  '//',
  '192.0.2.77',
  '::ffff:192.0.2.77',
  'vpce-0',
  'fnd_',
  'k:x',
  'n::',
  '9'.repeat(400),
  '(a+)+$'.repeat(40),
  'é'.repeat(2000),
  '2026-11-23T02:00:00Z',
  '9999-12-31T23:59:59Z',
  '1970-01-01T00:00:00Z',
  '24h',
  '99999w',
  '-1',
  '1e999',
  'true',
  '[]',
  '{}',
]

const hostile = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 60 }))

/** Values that fit a schema, mostly. */
function fitting(schema: Schema, depth = 0): fc.Arbitrary<unknown> {
  const { type, enum: values, anyOf, const: constant, properties, items, format } = schema
  if (constant !== undefined) return fc.constant(constant)
  if (Array.isArray(values)) return fc.constantFrom(...(values as unknown[]))
  if (Array.isArray(anyOf))
    return fc.oneof(...(anyOf as Schema[]).map((one) => fitting(one, depth)))
  if (Array.isArray(type))
    return fc.oneof(...type.map((one) => fitting({ ...schema, type: one }, depth)))
  if (type === 'null') return fc.constant(null)
  if (type === 'boolean') return fc.boolean()
  if (type === 'integer' || type === 'number')
    return fc.integer({
      min: Number(schema['minimum'] ?? 0),
      max: Math.min(Number(schema['maximum'] ?? 1e6), 1e6),
    })
  if (type === 'array')
    return fc.array(fitting((items ?? {}) as Schema, depth + 1), { maxLength: 4 })
  if (type === 'object' && properties !== undefined) {
    const required = (schema['required'] ?? []) as string[]
    return fc.record(
      Object.fromEntries(
        Object.entries(properties as Record<string, Schema>).map(([name, one]) => [
          name,
          fitting(one, depth + 1),
        ]),
      ),
      { requiredKeys: required },
    )
  }
  if (type === 'string' && format === 'date-time')
    return fc.constantFrom(
      '2026-11-22T06:00:00Z',
      '2026-11-23T02:00:00Z',
      '2026-11-23T03:00:00Z',
      '2027-01-01T00:00:00Z',
    )
  if (type === 'string' && typeof schema['pattern'] === 'string')
    return fc.constantFrom('24h', '7d', '90m', '222233334444', '"1"', '"2"')
  if (type === 'string')
    return fc.oneof(
      fc.constantFrom(
        'ledger-writer',
        'sandbox/debug',
        'pod-s3-access',
        'testing',
        'payments',
        'prod-eks',
        'acme-ledger',
        'role:arn:aws:iam::222233334444:role/ledger/ledger-writer',
      ),
      hostile,
    )
  return depth > 3 ? fc.constant(1) : fc.jsonValue({ maxDepth: 3 })
}

const parameter = ({ schema, required }: Parameter): fc.Arbitrary<unknown> => {
  const value = fc.oneof(
    { weight: 9, arbitrary: fitting(schema) },
    { weight: 1, arbitrary: hostile },
  )
  return required
    ? value
    : fc.oneof({ weight: 1, arbitrary: value }, { weight: 4, arbitrary: fc.constant(undefined) })
}

interface Made {
  readonly url: string
  readonly init: RequestInit
}

function requestOf(
  path: string,
  method: string,
  { parameters, requestBody }: Operation,
): fc.Arbitrary<Made> {
  const named = fc.tuple(...parameters.map(parameter))
  const schema = requestBody?.content['application/json']?.schema
  const body =
    schema === undefined
      ? fc.constant(undefined)
      : fc.oneof(
          { weight: 6, arbitrary: fitting(schema).map((value) => JSON.stringify(value)) },
          { weight: 1, arbitrary: fc.json() },
          { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
        )
  const extra = fc.oneof(
    { weight: 15, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.tuple(hostile, hostile) },
  )
  const id = fc.oneof(
    { weight: 4, arbitrary: fc.nat(40).map((n) => ids[n % ids.length]!) },
    { weight: 1, arbitrary: hostile },
  )
  return fc.tuple(named, body, extra, id).map(([values, text, more, one]) => {
    const search = new URLSearchParams()
    const headers: Record<string, string> = {}
    parameters.forEach(({ name, in: where }, index) => {
      const value = values[index]
      if (value === undefined || where === 'path') return
      if (where === 'header')
        headers[name] = /^[\x20-\x7e]*$/.test(String(value)) ? String(value) : '"1"'
      else
        for (const single of Array.isArray(value) ? value : [value])
          search.append(name, String(single))
    })
    if (more !== undefined) search.append(...more)
    const query = search.toString()
    return {
      url: `/api/v1${path.replace('{id}', encodeURIComponent(one.toWellFormed()))}${query === '' ? '' : `?${query}`}`,
      init: {
        method: method.toUpperCase(),
        headers: {
          ...headers,
          ...(text === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(text === undefined ? {} : { body: text.toWellFormed() }),
      },
    }
  })
}

const operations = Object.entries(openApi().paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
)

it(`answers ${REQUESTS} requests made of its description as it is described`, async () => {
  const each = Math.ceil(REQUESTS / operations.length)
  const seen = new Map<number, number>()
  for (const { path, method, operation } of operations) {
    const route = ROUTES.find((one) => routeName(one) === `${method.toUpperCase()} ${path}`)!
    await fc.assert(
      fc.asyncProperty(requestOf(path, method, operation), async ({ url, init }) => {
        const response = await acme.ask(url, { ...init, as: 'admin' })
        seen.set(response.status, (seen.get(response.status) ?? 0) + 1)
        // A part of the path that is empty or has a slash names another path.
        const isElsewhere = [404, 405].includes(response.status) && path.includes('{id}')
        if (!isElsewhere) expect(await misfit(route, response)).toBeNull()
        expect(response.status).toBeLessThan(500)
        const without = await acme.ask(url, { ...init, as: null })
        expect([401, 414]).toContain(without.status)
      }),
      { numRuns: each },
    )
  }
  // It is of no use if all is refused.
  expect(seen.get(200)! / [...seen.values()].reduce((sum, n) => sum + n, 0)).toBeGreaterThan(0.25)
}, 600_000)
