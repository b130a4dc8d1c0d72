import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { docsPage } from '../../lib/api/docs-page.ts'
import { openApi } from '../../lib/api/openapi.ts'
import { PROBLEMS } from '../../lib/api/problem.ts'
import { type Asked, askAcme } from './ask.ts'
import { misfit } from './conformance.ts'
import { ROUTES, requestFor, routeName } from './requests.ts'

describe('the OpenAPI document', () => {
  const document = openApi()
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )

  it('describes every route, and nothing else', () => {
    expect(operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`)).toEqual(
      ROUTES.map(routeName),
    )
  })

  it('gives each operation an id of its own, and declares what stands in its path', () => {
    const ids = operations.map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { path, operation } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const declared = operation.parameters.filter((one) => one.in === 'path')
      expect(declared.map(({ name }) => name)).toEqual(inPath)
      expect(declared.every(({ required }) => required)).toBe(true)
      const names = operation.parameters.map(({ name, in: where }) => `${where} ${name}`)
      expect(new Set(names).size).toBe(names.length)
    }
  })

  it('refers only to schemas that are there, and uses them all', () => {
    const text = JSON.stringify(document)
    const used = new Set(
      [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name),
    )
    expect([...used].sort()).toEqual(Object.keys(document.components.schemas).sort())
    expect(text).not.toContain('"$ref":"#/$defs')
    expect(text).not.toContain('"$id"')
  })

  it('says of every path how it is refused', () => {
    for (const { operation } of operations)
      for (const status of ['400', '401', '403', '405', '414', '500'])
        expect(Object.keys(operation.responses)).toContain(status)
  })

  it('is what the API hands out', async () => {
    const { ask, store } = await askAcme(1)
    expect(await (await ask('/api/v1/openapi.json')).json()).toEqual(
      JSON.parse(JSON.stringify(document)),
    )
    store.close()
  })
})

describe('the documentation page', () => {
  const page = docsPage()

  it('has every path and every problem, and each link leads somewhere', () => {
    for (const { path } of ROUTES) expect(page).toContain(`/api/v1${path.replaceAll('&', '&amp;')}`)
    for (const code of Object.keys(PROBLEMS)) expect(page).toContain(`id="${code}"`)
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!)
    expect(new Set(ids).size).toBe(ids.length)
    for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target)
  })

  it('runs nothing and loads nothing from elsewhere', () => {
    expect(page).not.toMatch(/<script|<style|\sstyle=|\son\w+=|javascript:/i)
    expect([...page.matchAll(/(?:src|href)="([^"#][^"]*)"/g)].map(([, url]) => url)).toEqual([
      '/api/docs.css',
    ])
  })
})

describe('every answer', () => {
  let acme: Asked
  beforeAll(async () => {
    acme = await askAcme()
  })
  afterAll(() => acme.store.close())

  for (const route of ROUTES)
    it(`${routeName(route)} is as it is described`, async () => {
      const finding = (await acme.store.findingsAfter('', 1))[0]!
      const snapshot = (await acme.store.snapshots())[0]!.id
      const { path, init } = requestFor(route, (of) =>
        of.startsWith('/findings') ? finding.id : snapshot,
      )
      const headers = {
        ...init.headers,
        ...('if-match' in init.headers! ? { 'if-match': `"${finding.version}"` } : {}),
      }
      const response = await acme.ask(path, { ...init, headers, as: 'admin' })
      expect(response.status).toBe(route.status)
      expect(await misfit(route, response)).toBeNull()
    })

  const MORE = [
    '/edges?role=ledger-writer&failed=true',
    '/edges?principal=sandbox/debug&activity=true',
    '/sessions?q=192.0.2.77',
    '/graph?fold=none',
    '/graph?fold=ns&direction=in&focus=account:222233334444',
    '/timeline?role=ledger-writer&since=48h',
    '/timeline?principal=sandbox/debug',
    '/overview?from=2026-11-23T02:00:00Z&to=2026-11-23T03:00:00Z',
    '/search?q=arn:aws:s3:::acme-ledger',
    '/search?q=222233334444',
    '/search?q=payments',
    '/drift?check=sub-missing',
  ]
  for (const path of MORE)
    it(`${path} is as it is described`, async () => {
      const route = ROUTES.find((one) => one.method === 'GET' && one.path === path.split('?')[0])!
      const response = await acme.ask(`/api/v1${path}`)
      expect([200, 404]).toContain(response.status)
      expect(await misfit(route, response)).toBeNull()
    })
})
