import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../../lib/config.ts'
import { CHECKS } from '../../lib/drift/all.ts'
import { readWorld } from '../../lib/drift/answer-drift.ts'
import { changed } from '../../lib/drift/fix.ts'
import { runChecks } from '../../lib/drift/run.ts'
import { type World, worldOf } from '../../lib/drift/world.ts'
import { knownFrom } from '../../lib/graph/answer.ts'
import { readSaved } from '../../lib/local/snapshot-files.ts'
import type { Snapshots, Store } from '../../lib/ports.ts'
import { answerReport, type ReviewPack } from '../../lib/review/answer-report.ts'
import { iamActions } from '../../lib/review/iam-actions.ts'
import {
  answerPolicy,
  type PolicyList,
  type PolicyStatement,
} from '../../lib/review/least-privilege.ts'
import { answerTighten, type TightenList, tighten } from '../../lib/review/tighten.ts'
import { acme, storeOf } from '../graph/acme.ts'
import { companyWithDefects, NOW, saveState } from './company-with-defects.ts'

const company = companyWithDefects()
const config = parseConfig(company.settings, 'podtrail.yaml')
const root = mkdtempSync(join(tmpdir(), 'podtrail-review-'))
let store: Store & Snapshots
let world: World

beforeAll(async () => {
  store = await storeOf(company.records)
  const state = join(root, 'state')
  saveState(state, company)
  await store.putSnapshot((await readSaved(state, null, NOW)).snapshot)
  world = (await readWorld(store, (await store.extent())!, config))!.world
})

afterAll(() => {
  store.close()
  rmSync(root, { recursive: true, force: true })
})

const WIDTH_CHECKS = [
  'sub-missing',
  'sub-wildcard',
  'aud-missing',
  'aud-unexpected',
  'trusted-subject-unused',
  'chain-target-open',
]

describe('tighten', () => {
  it('leaves every use allowed that today’s trust allows, and silences the checks of width', () => {
    let isAnyNarrower = false
    for (const role of world.declared.roles) {
      const edges = world.observed.edges.filter((edge) => edge.role === role.arn)
      const { trust, kept, wouldHaveRefused } = tighten(world, role, edges, edges)
      expect(wouldHaveRefused, role.arn).toEqual([])
      if (trust === null) {
        expect(kept, role.arn).toEqual([])
        continue
      }
      for (const use of kept) expect(use.tightened, `${role.arn} ${use.who}`).not.toBe('refused')
      const fix = [{ kind: 'set-trust' as const, role: role.arn, document: trust }]
      const after = worldOf({
        ...changed(world.declared.snapshot, world.observed, fix),
        approved: null,
        config,
      })
      const checks = CHECKS.filter(({ id }) => WIDTH_CHECKS.includes(id))
      const about = runChecks(checks, after).flatMap(({ findings }) =>
        findings.filter(({ subject }) => subject === role.arn),
      )
      expect(about, role.arn).toEqual([])
      isAnyNarrower ||= JSON.stringify(trust) !== JSON.stringify(role.trust)
    }
    expect(isAnyNarrower).toBe(true)
  })

  it('never lets in again whom today’s trust refuses', () => {
    const role = world.declared.roles.find(({ name }) => name === 'closed')!
    const edges = world.observed.edges.filter((edge) => edge.role === role.arn)
    const { trust, refusedToday } = tighten(world, role, edges, edges)
    expect(JSON.stringify(trust)).not.toContain('burst')
    expect(refusedToday).toMatchObject([{ who: expect.stringMatching(/apps\/burst$/) }])
  })

  it('says what lies outside the window and would have been refused', async () => {
    const asked = { limit: 0, role: 'shared', from: NOW - 10 * 86_400, to: NOW }
    const known = knownFrom(config, await store.clusterNames())
    const whole = (await answerTighten(store, asked, known, config)) as TightenList
    expect(whole.items[0]!.wouldHaveRefused).toEqual([])
    const changedAt = { ...asked, role: 'changed', from: NOW - 3 * 86_400 }
    const part = (await answerTighten(store, changedAt, known, config)) as TightenList
    const [item] = part.items
    expect(item!.wouldHaveRefused).toMatchObject([{ who: expect.stringMatching(/intruder$/) }])
    expect(item!.dropped).toEqual(['system:serviceaccount:apps:intruder'])
    expect(item!.as!.terraform).toMatch(/^resource "aws_iam_role" "changed" \{/)
    expect(item!.as!.cloudformation).toContain('AssumeRolePolicyDocument:')
    expect(item!.as!.awsCli).toMatch(/^aws iam update-assume-role-policy --role-name changed /)
    expect(JSON.parse(item!.as!.json)).toEqual(item!.trust)
  })

  it('has no trust to offer where nobody was seen', () => {
    const role = world.declared.roles.find(({ name }) => name === 'ghost')!
    expect(tighten(world, role, [], [])).toMatchObject({ trust: null, as: null })
  })
})

describe('policy', () => {
  it('covers every action that was observed, on the resource it was observed on', async () => {
    const { store: demo, known } = await acme({ seed: 3, days: 1 })
    const workloads = await demo.principals({ kind: 'workload' })
    let covered = 0
    for (const { namespace, serviceAccount, cluster } of workloads.slice(0, 60)) {
      if (cluster === null || namespace === '?') continue
      const asked = { limit: 0, workload: `${cluster}/${namespace}/${serviceAccount}` }
      const answer = (await answerPolicy(demo, asked, known)) as PolicyList
      for (const { policy, observed } of answer.items)
        for (const { action, resource } of observed)
          for (const allowed of iamActions(action)) {
            covered++
            const isCovered = (policy?.Statement ?? []).some((one) =>
              covers(one, allowed, resource),
            )
            expect(isCovered, `${allowed} on ${resource}`).toBe(true)
          }
    }
    expect(covered).toBeGreaterThan(50)
    demo.close()
  })

  it('names what CloudTrail cannot show', async () => {
    const asked = { limit: 0, workload: 'apps/bridge' }
    const answer = (await answerPolicy(store, asked, knownFrom(config))) as PolicyList
    expect(answer.cannotShow.join('\n')).toMatch(/iam:PassRole/)
    expect(answer.items.map(({ hop }) => hop)).toEqual([1, 2])
    expect(answer.items[0]!.policy!.Statement).toEqual([
      {
        Effect: 'Allow',
        Action: ['sts:AssumeRole'],
        Resource: ['arn:aws:iam::222233334444:role/ledger-writer'],
      },
    ])
    expect(answer.items[1]!.policy).toBeNull()
  })
})

function covers({ Action, Resource }: PolicyStatement, action: string, resource: string | null) {
  if (!Action.includes(action)) return false
  return Resource.some(
    (one) =>
      one === '*' ||
      one === resource ||
      (resource !== null && (one === `${resource}/*` || one === `${resource}-??????`)) ||
      action === 'sts:AssumeRole',
  )
}

describe('report', () => {
  it('has everybody of the namespace, with evidence and a suggestion', async () => {
    const known = knownFrom(config, await store.clusterNames())
    const pack = (await answerReport(
      store,
      { limit: 0, namespace: 'apps' },
      known,
      config,
    )) as ReviewPack
    const of = (name: string) => pack.items.find(({ serviceAccount }) => serviceAccount === name)!
    const { serviceAccounts } = world.declared.clusters[0]!
    const names = serviceAccounts.items.filter(({ namespace }) => namespace === 'apps')
    expect(pack.items.filter(({ cluster }) => cluster === 'prod-eks')).toHaveLength(names.length)
    expect(of('sleeper')).toMatchObject({ suggestion: 'revoke', lastSeen: null })
    expect(of('admin')).toMatchObject({ suggestion: 'reduce' })
    expect(of('bridge')).toMatchObject({ otherAccounts: ['222233334444'] })
    expect(of('wild').findings).toHaveLength(1)
  })

  it('does not know a namespace that is not declared', async () => {
    const known = knownFrom(config)
    expect(await answerReport(store, { limit: 0, namespace: 'app' }, known, config)).toMatchObject({
      kind: 'NoNamespace',
      suggestions: ['apps'],
    })
  })
})
