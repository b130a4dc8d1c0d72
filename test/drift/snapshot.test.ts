import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { NOTHING_OBSERVED } from '../../lib/drift/observed.ts'
import { readOutput } from '../../lib/drift/source/outputs.ts'
import { worldOf } from '../../lib/drift/world.ts'
import { readSaved } from '../../lib/local/snapshot-files.ts'
import { companyWithDefects } from './company-with-defects.ts'

const root = mkdtempSync(join(tmpdir(), 'podtrail-snapshot-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

function folderOf(files: Record<string, unknown>): string {
  const folder = mkdtempSync(join(root, 'state-'))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    const raw = typeof content === 'string' || content instanceof Uint8Array
    writeFileSync(join(folder, path), raw ? content : JSON.stringify(content))
  }
  return folder
}

const ISSUER = 'oidc.eks.us-west-2.amazonaws.com/id/ABC'
const cluster = (name: string, account = '111122223333') => ({
  cluster: {
    name,
    arn: `arn:aws:eks:us-west-2:${account}:cluster/${name}`,
    identity: { oidc: { issuer: `https://${ISSUER}` } },
  },
})
const pods = (...names: string[]) => ({
  kind: 'List',
  items: names.map((name) => ({ kind: 'Pod', metadata: { name, namespace: 'x' }, spec: {} })),
})
const role = (name: string, trust: unknown) => ({
  RoleName: name,
  Arn: `arn:aws:iam::111122223333:role/${name}`,
  RoleId: 'AROA1',
  AssumeRolePolicyDocument: trust,
  RoleLastUsed: {},
})
const details = (...roles: object[]) => ({ RoleDetailList: roles, Policies: [] })

describe('saved outputs', () => {
  it('are recognised whatever the files are called', async () => {
    const { files } = companyWithDefects()
    const renamed = Object.fromEntries(
      [...files].map(([path, content], index) => [join(dirname(path), `${index}.json`), content]),
    )
    // An empty list of kubectl does not say of what; only the name of its file does.
    delete renamed[Object.keys(renamed).find((path) => isEmptyList(renamed[path]))!]
    const { problems, snapshot } = await readSaved(folderOf(renamed), null, 1)
    expect(problems).toEqual([])
    expect(snapshot.accounts.map(({ account }) => account)).toEqual([
      '111122223333',
      '222233334444',
    ])
    const [prod] = snapshot.clusters
    expect(prod).toMatchObject({ name: 'prod-eks', undescribed: null })
    for (const part of ['serviceAccounts', 'pods', 'associations', 'fargateProfiles'] as const) {
      expect(prod![part].missing).toBeNull()
      expect(prod![part].items.length).toBeGreaterThan(0)
    }
  })

  it('of kubectl are of the cluster that their folder, or the command line, names', async () => {
    const folder = folderOf({ 'prod-eks/pods.json': pods('a'), 'other/pods.json': pods('b') })
    const byFolder = (await readSaved(folder, null, 1)).snapshot
    expect(byFolder.clusters.map(({ name }) => name)).toEqual(['other', 'prod-eks'])
    const said = (await readSaved(folder, 'prod-eks', 1)).snapshot
    expect(said.clusters.map(({ name }) => name)).toEqual(['prod-eks'])
    expect(said.clusters[0]!.pods.items.map(({ name }) => name)).toEqual(['a', 'b'])
  })

  it('tell clusters of one name apart by account and region', async () => {
    const inRegion = (region: string, account?: string) => {
      const { cluster: one } = cluster('prod', account)
      return { cluster: { ...one, arn: one.arn.replace('us-west-2', region) } }
    }
    const folder = folderOf({
      'a/cluster.json': inRegion('us-west-2'),
      'b/cluster.json': inRegion('eu-west-1'),
      'c/cluster.json': inRegion('eu-west-1', '222233334444'),
    })
    const { snapshot } = await readSaved(folder, null, 1)
    const world = worldOf({ snapshot, approved: null, observed: NOTHING_OBSERVED, config: null })
    expect(world.declared.clusters.map(({ called }) => called).sort()).toEqual([
      'prod@111122223333.eu-west-1',
      'prod@111122223333.us-west-2',
      'prod@222233334444',
    ])
  })

  it('of kubectl are of the cluster that is described beside them, if the folder is called otherwise', async () => {
    const folder = folderOf({ 'saved/pods.json': pods('a'), 'saved/cluster.json': cluster('prod') })
    const { snapshot } = await readSaved(folder, null, 1)
    expect(snapshot.clusters.map(({ name }) => name)).toEqual(['prod'])
  })

  it('of IAM that name no account take it from the folder, or from the list that has the issuer', async () => {
    const provider = { Url: ISSUER, ClientIDList: ['sts.amazonaws.com'] }
    const list = (account: string, ...issuers: string[]) => ({
      OpenIDConnectProviderList: issuers.map((one) => ({
        Arn: `arn:aws:iam::${account}:oidc-provider/${one}`,
      })),
    })
    const byFolder = await readSaved(folderOf({ '111122223333/p.json': provider }), null, 1)
    expect(byFolder.snapshot.accounts[0]).toMatchObject({
      account: '111122223333',
      providers: { items: [{ issuer: ISSUER, audiences: ['sts.amazonaws.com'] }] },
    })
    const byList = await readSaved(
      folderOf({
        'a.json': list('111122223333', ISSUER),
        'b.json': list('222233334444', 'other.example'),
        'p.json': provider,
      }),
      null,
      1,
    )
    expect(byList.problems).toEqual([])
    expect(byList.snapshot.accounts[0]!.providers.items[0]!.audiences).toEqual([
      'sts.amazonaws.com',
    ])
    const both = folderOf({
      'a.json': list('111122223333', ISSUER),
      'b.json': list('222233334444', ISSUER),
      'p.json': provider,
    })
    expect((await readSaved(both, null, 1)).problems).toMatchObject([
      { problem: expect.stringContaining('names no account') },
    ])
  })

  it('say for each part what is missing, and how to get it', async () => {
    const { snapshot } = await readSaved(
      folderOf({ 'c.json': cluster('prod'), 'd.json': details(role('r', {})) }),
      null,
      1,
    )
    expect(snapshot.accounts[0]!.providers.missing).toMatch(/list-open-id-connect-providers/)
    const [only] = snapshot.clusters
    expect(only!.undescribed).toBeNull()
    expect(only!.pods.missing).toMatch(/kubectl get pods -A -o json/)
    expect(only!.serviceAccounts.missing).toMatch(/kubectl get serviceaccounts -A -o json/)
    expect(only!.associations.missing).toMatch(/list-pod-identity-associations/)
    expect(only!.fargateProfiles.missing).toMatch(/list-fargate-profiles/)
  })

  it('that end in the middle are not taken for all', async () => {
    const cut = { ...details(role('r', {})), IsTruncated: true, Marker: 'x' }
    const more = { ...pods('a'), metadata: { continue: 'x' } }
    const { snapshot } = await readSaved(folderOf({ 'd.json': cut, 'c/pods.json': more }), null, 1)
    expect(snapshot.accounts[0]!.roles).toMatchObject({ missing: expect.stringMatching(/middle/) })
    expect(snapshot.accounts[0]!.roles.items).toHaveLength(1)
    expect(snapshot.clusters[0]!.pods.missing).toMatch(/middle/)
  })

  it('that are broken are named, and the rest is read', async () => {
    const folder = folderOf({
      'a/broken.json': '{"RoleDetailList": [',
      'a/empty.json': '',
      'a/list.json': '[]',
      'a/other.json': { Buckets: [] },
      'a/notes.txt': 'not looked at',
      'a/.hidden.json': '{',
      'prod/pods.json': pods('a'),
    })
    const { problems, snapshot } = await readSaved(folder, null, 1)
    const told = problems.map(({ source, problem }) => `${source.slice(folder.length)}: ${problem}`)
    expect(told.sort()).toEqual([
      expect.stringMatching(/^\/a\/broken\.json: it is not JSON: /),
      '/a/empty.json: it is empty: did the command fail?',
      '/a/list.json: it is not the output of one command',
      '/a/other.json: not the output of a known command (it is an object with Buckets)',
    ])
    expect(snapshot.clusters[0]!.pods.items).toHaveLength(1)
  })

  it('may follow one another in one file, and be UTF-16 as PowerShell writes it', async () => {
    const text = `${JSON.stringify(cluster('a'), null, 2)}\n${JSON.stringify(cluster('b'))}`
    const utf16 = Buffer.from(`\ufeff${JSON.stringify(cluster('c'))}`, 'utf16le')
    const { problems, snapshot } = await readSaved(
      folderOf({ 'two.json': text, 'three.json': utf16 }),
      null,
      1,
    )
    expect(problems).toEqual([])
    expect(snapshot.clusters.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  })

  it('have trust policies as objects, as text and URL-encoded', async () => {
    const trust = { Version: '2012-10-17', Statement: [] }
    const text = JSON.stringify(trust)
    const { snapshot } = await readSaved(
      folderOf({
        'd.json': details(
          role('a', trust),
          role('b', text),
          role('c', encodeURIComponent(text)),
          role('d', 'nonsense %'),
        ),
      }),
      null,
      1,
    )
    const trusts = snapshot.accounts[0]!.roles.items.map((one) => one.trust)
    expect(trusts).toEqual([trust, trust, trust, 'nonsense %'])
  })

  it('never make the reader throw, whatever they are', () => {
    const keys = fc.constantFrom(
      ...['RoleDetailList', 'OpenIDConnectProviderList', 'Url', 'ClientIDList', 'cluster'],
      ...['associations', 'association', 'fargateProfile', 'fargateProfileNames', 'nodegroup'],
      ...['kind', 'items', 'metadata', 'clusters', 'Arn', 'arn', 'AssumeRolePolicyDocument'],
    )
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<unknown>('List', 'PodList', 'Pod', 'arn:aws:iam::111122223333:role/x'),
        fc.jsonValue(),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(keys, tie('any'), { maxKeys: 5 }),
      ),
    })).any
    fc.assert(
      fc.property(value, (output) => {
        const place = { account: null, cluster: 'c', file: 'pods.json' }
        expect(['facts', 'problem']).toContain(readOutput(output, place).kind)
      }),
      { numRuns: 2000 },
    )
  })
})

function isEmptyList(content: unknown): boolean {
  const { kind, items } = content as { kind?: string; items?: unknown[] }
  return kind === 'List' && items?.length === 0
}
