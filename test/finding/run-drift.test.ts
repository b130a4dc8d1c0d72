import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseConfig } from '../../lib/config.ts'
import { answerDrift, type DriftList } from '../../lib/drift/answer-drift.ts'
import type { DeclaredAccount, Snapshot } from '../../lib/drift/snapshot.ts'
import { decide } from '../../lib/finding/decide.ts'
import { driftDecisions } from '../../lib/finding/drift-decisions.ts'
import type { Finding } from '../../lib/finding/finding.ts'
import { runDrift } from '../../lib/finding/run-drift.ts'
import { knownFrom } from '../../lib/graph/answer.ts'
import { readSaved } from '../../lib/local/snapshot-files.ts'
import type { SnapshotReader } from '../../lib/ports.ts'
import { companyWithDefects, NOW, saveState } from '../drift/company-with-defects.ts'
import { storeOf } from '../graph/acme.ts'

const company = companyWithDefects()
const config = parseConfig(company.settings, 'podtrail.yaml')
const HOUR = 3_600
let folder: string
let store: Awaited<ReturnType<typeof storeOf>>
let declared: Snapshot

/** Reads what a test says is there. */
const reader = (different: (snapshot: Snapshot) => Snapshot = (same) => same): SnapshotReader => ({
  read: async (at) => different({ ...declared, at }),
})

const inEachAccount =
  (different: (account: DeclaredAccount) => DeclaredAccount) =>
  (snapshot: Snapshot): Snapshot => ({
    ...snapshot,
    accounts: snapshot.accounts.map(different),
  })

const withoutRole = (name: string) =>
  inEachAccount((account) => ({
    ...account,
    roles: {
      ...account.roles,
      items: account.roles.items.filter(({ arn }) => !arn.endsWith(`/${name}`)),
    },
  }))

const DENIED = inEachAccount((account) => ({
  ...account,
  roles: { items: [], missing: 'access denied' },
}))

async function found(): Promise<Finding[]> {
  return store.findingsAfter('', 1_000)
}

const lines = (findings: readonly Finding[]): string[] =>
  findings.map(({ rule, subject }) => `${rule} ${subject}`).sort()

async function shown(now: number): Promise<DriftList> {
  const known = knownFrom(config, await store.clusterNames())
  const decided = driftDecisions(store, config.suppressions, now)
  return (await answerDrift(store, { limit: 0, checks: [] }, known, config, decided)) as DriftList
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'podtrail-run-'))
  saveState(join(folder, 'before'), companyWithDefects({ before: true }))
  saveState(join(folder, 'now'), company)
  declared = (await readSaved(join(folder, 'now'), null, NOW)).snapshot
  store = await storeOf(company.records)
  const before = (await readSaved(join(folder, 'before'), null, NOW - 30 * 86_400)).snapshot
  await store.approveSnapshot(await store.putSnapshot(before), NOW - 30 * 86_400)
})

afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('a run of the drift checks', () => {
  it('records what deviates, and the second time nothing new', async () => {
    const first = await runDrift(store, reader(), config, NOW)
    expect(lines(await found())).toEqual(company.expected)
    expect(first.findings.found).toBe(company.expected.length)
    expect(first.findings.told).toBe(company.expected.length)
    expect(first.notLooked).toEqual([])
    const second = await runDrift(store, reader(), config, NOW + HOUR)
    expect(lines(await found())).toEqual(company.expected)
    expect(second.findings).toMatchObject({ found: 0, told: 0, reopened: 0, resolved: 0 })
  })

  it('resolves what is gone, and opens it again when it is back', async () => {
    await runDrift(store, reader(), config, NOW)
    const { findings } = await runDrift(store, reader(withoutRole('vendor')), config, NOW + HOUR)
    expect(findings).toMatchObject({ resolved: 1, found: 0 })
    const over = (await found()).filter(({ status }) => status === 'resolved')
    expect(lines(over)).toEqual(['external-account arn:aws:iam::111122223333:role/vendor'])
    const again = await runDrift(store, reader(), config, NOW + 2 * HOUR)
    expect(again.findings).toMatchObject({ reopened: 1, found: 0 })
  })

  it('ends nothing where it could not look, and makes nothing up', async () => {
    await runDrift(store, reader(), config, NOW)
    const blind = await runDrift(store, reader(DENIED), config, NOW + HOUR)
    expect(blind.findings).toMatchObject({ found: 0, resolved: 0, reopened: 0 })
    expect(blind.notLooked.some(({ reason }) => reason === 'access denied')).toBe(true)
    expect(lines((await found()).filter(({ status }) => status === 'open'))).toEqual(
      company.expected,
    )
  })

  it('does not take a cluster that could not be listed for one that is gone', async () => {
    const unlisted = [{ account: '111122223333', region: null, reason: 'access denied' }]
    await runDrift(store, reader(), config, NOW)
    const hidden = (snapshot: Snapshot): Snapshot => ({ ...snapshot, clusters: [], unlisted })
    const { findings, notLooked } = await runDrift(store, reader(hidden), config, NOW + HOUR)
    expect(findings).toMatchObject({ found: 0, resolved: 0 })
    expect(notLooked.map(({ subject }) => subject)).toContain('cluster any of account 111122223333')
  })
})

describe('what people decided', () => {
  it('is shown by drift, and counts there, until what it was about changes', async () => {
    await runDrift(store, reader(), config, NOW)
    const vendor = (await found()).find(({ rule }) => rule === 'external-account')!
    const decision = { action: 'approve', by: 'ana', reason: 'our auditor, contract 12' } as const
    await decide(store, vendor.id, decision, vendor.version, NOW + 60)
    const after = await shown(NOW + 120)
    expect(after.items.at(-1)).toMatchObject({ id: vendor.id, status: 'approved' })
    expect(after.items.filter(({ status }) => status !== 'open')).toHaveLength(1)
    expect(after.total).toMatchObject({
      items: company.expected.length,
      open: company.expected.length - 1,
    })
    await runDrift(store, reader(), config, NOW + HOUR)
    expect((await shown(NOW + HOUR)).items.at(-1)).toMatchObject({ status: 'approved' })
    const wider = inEachAccount((account) => ({
      ...account,
      roles: {
        ...account.roles,
        items: account.roles.items.map((role) =>
          role.arn.endsWith('/vendor')
            ? {
                ...role,
                trust: {
                  Statement: {
                    Effect: 'Allow',
                    Principal: { AWS: ['999900001111', '888800001111'] },
                    Action: 'sts:AssumeRole',
                  },
                },
              }
            : role,
        ),
      },
    }))
    await runDrift(store, reader(wider), config, NOW + 2 * HOUR)
    const changed = (await shown(NOW + 2 * HOUR)).items.find(({ id }) => id === vendor.id)
    expect(changed).toMatchObject({ status: 'open' })
  })

  it('leaves the worst to what is open', async () => {
    await runDrift(store, reader(), config, NOW)
    for (const { id, version, severity } of await found())
      if (severity === 'critical')
        await decide(
          store,
          id,
          { action: 'suppress', by: 'ana', reason: 'looked at in January', expires: NOW + HOUR },
          version,
          NOW,
        )
    expect((await shown(NOW + 60)).total.worst).toBe('high')
    expect((await shown(NOW + HOUR + 60)).total.worst).toBe('critical')
  })
})
