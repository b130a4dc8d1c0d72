import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../../lib/config.ts'
import { CHECKS } from '../../lib/drift/all.ts'
import { changed } from '../../lib/drift/fix.ts'
import { observe } from '../../lib/drift/observe.ts'
import type { Observed } from '../../lib/drift/observed.ts'
import { runChecks } from '../../lib/drift/run.ts'
import type { Snapshot } from '../../lib/drift/snapshot.ts'
import { changedTrusts, worldOf } from '../../lib/drift/world.ts'
import { readSaved } from '../../lib/local/snapshot-files.ts'
import { storeOf } from '../graph/acme.ts'
import { companyWithDefects, NOW, saveState } from './company-with-defects.ts'

const company = companyWithDefects()
const config = parseConfig(company.settings, 'podtrail.yaml')
let folder: string
let observed: Observed
let approved: Snapshot

async function read(without: readonly string[] = [], state = company, at = NOW): Promise<Snapshot> {
  const own = mkdtempSync(join(folder, 'state-'))
  saveState(own, state, without)
  const { snapshot, problems } = await readSaved(own, null, at)
  expect(problems).toEqual([])
  return snapshot
}

const answers = (snapshot: Snapshot, seen = observed) =>
  runChecks(CHECKS, worldOf({ snapshot, approved, observed: seen, config }))

const findingsOf = (all: ReturnType<typeof answers>) =>
  all
    .flatMap(({ check, findings }) => findings.map(({ subject }) => `${check.id} ${subject}`))
    .sort()

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'podtrail-company-'))
  approved = await read([], companyWithDefects({ before: true }), NOW - 30 * 86_400)
  const store = await storeOf(company.records)
  const extent = (await store.extent())!
  const roles = changedTrusts(await read(), approved)
  observed = await observe(store, extent, config.network, { roles, since: approved.at })
  store.close()
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a company with every defect', () => {
  it('yields exactly the expected findings, and nothing was left unlooked at', async () => {
    const all = answers(await read())
    expect(findingsOf(all)).toEqual(company.expected)
    expect(all.flatMap(({ unread }) => unread)).toEqual([])
  })

  it('has a finding of every check', () => {
    const rules = new Set(company.expected.map((line) => line.split(' ')[0]))
    expect(CHECKS.filter(({ id }) => !rules.has(id)).map(({ id }) => id)).toEqual([])
  })

  it('says who changed a trust, and when it was used first after that', async () => {
    const all = answers(await read())
    const [finding] = all.find(({ check }) => check.id === 'trust-changed')!.findings
    expect(finding!.observed).toMatch(
      /^changed 2026-11-17T06:00:00Z by ana.*first used 2026-11-18T06:\d\d:\d\dZ by apps\/intruder$/,
    )
  })

  it.each([...company.files.keys()])(
    'without %s: no finding is made up, and whatever is lost could not be looked at',
    async (path) => {
      const all = answers(await read([path]))
      const found = findingsOf(all)
      expect(found.filter((line) => !company.expected.includes(line))).toEqual([])
      const lost = company.expected.filter((line) => !found.includes(line))
      for (const rule of new Set(lost.map((line) => line.split(' ')[0]))) {
        const { unread } = all.find(({ check }) => check.id === rule)!
        expect(unread, rule).not.toEqual([])
      }
      expect(all.flatMap(({ unread }) => unread)).not.toEqual([])
    },
  )

  it('without CloudTrail: the checks that need it say so', async () => {
    const blind: Observed = { ...observed, seen: new Map(), edges: [], staticKeys: [] }
    const all = answers(await read(), blind)
    const lost = company.expected.filter((line) => !findingsOf(all).includes(line))
    expect([...new Set(lost.map((line) => line.split(' ')[0]))].sort()).toEqual([
      'secret-in-image-risk',
      'trusted-subject-unused',
      'used-not-trusted',
    ])
    for (const line of lost) {
      const { answer } = all.find(({ check }) => check.id === line.split(' ')[0])!
      expect(answer).toBe('could-not-look')
    }
  })

  it('each fix silences its finding', async () => {
    const snapshot = await read()
    for (const { check, findings } of answers(snapshot))
      for (const { subject, fix } of findings) {
        const after = changed(snapshot, observed, fix)
        const world = worldOf({ ...after, approved, config })
        const left = runChecks([check], world)[0]!.findings.map((one) => one.subject)
        expect(left, `${check.id} ${subject}`).not.toContain(subject)
      }
  })
})
