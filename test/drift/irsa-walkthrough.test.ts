import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { answerDrift, type DriftList } from '../../lib/drift/answer-drift.ts'
import { answerWhy, type WhyList } from '../../lib/drift/answer-why.ts'
import { knownFrom } from '../../lib/graph/answer.ts'
import { readSaved } from '../../lib/local/snapshot-files.ts'
import { storeOf } from '../graph/acme.ts'
import { saveState } from './company-with-defects.ts'
import { filesOf, type Guide, guide, MISTAKES, NOW, recordsOf } from './guide.ts'

const root = mkdtempSync(join(tmpdir(), 'podtrail-guide-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const page = readFileSync(join(import.meta.dirname, '../../docs/irsa-walkthrough.md'), 'utf8')

async function walk(state: Guide) {
  const folder = mkdtempSync(join(root, 'state-'))
  saveState(folder, { files: filesOf(state) })
  const { snapshot, problems } = await readSaved(folder, null, NOW)
  expect(problems).toEqual([])
  const store = await storeOf(recordsOf(state))
  await store.putSnapshot(snapshot)
  const known = knownFrom(null, await store.clusterNames())
  const drift = (await answerDrift(store, { limit: 0, checks: [] }, known, null)) as DriftList
  const why = async (role: string) =>
    (
      (await answerWhy(
        store,
        { limit: 0, workload: 'testing/test-sa', role },
        known,
        null,
      )) as WhyList
    ).items[0]!
  return { drift, why, store }
}

describe('the path of the IRSA guide', () => {
  it('is healthy at its end: nothing deviates, everything was looked at, and both ways are open', async () => {
    const { drift, why } = await walk(guide())
    expect(drift.items).toEqual([])
    expect(drift.notLooked).toEqual([])
    expect(await why('pod-s3-access')).toMatchObject({ by: 'token', verdict: 'allowed' })
    expect(await why('reports-reader')).toMatchObject({ by: 'chain', verdict: 'allowed' })
  })

  it.each(MISTAKES.map((one) => [one.step, one.mistake, one] as const))(
    '%s: %s',
    async (_step, mistake, { make, finds, why: no }) => {
      const state = guide()
      make(state)
      const { drift, why } = await walk(state)
      expect([...new Set(drift.items.map(({ rule }) => rule))].sort()).toEqual(finds)
      if (no !== null) {
        const item = await why('arn:aws:iam::111122223333:role/pod-s3-access')
        expect(item.verdict).toBe('refused')
        expect(item.steps.find(({ answer }) => answer === 'no')?.step).toBe(no)
      }
      const rules = finds.map((rule) => `[\`${rule}\`](rules/drift/${rule}.md)`).join(', ')
      expect(page).toContain(`| ${mistake} | ${rules} |`)
    },
  )

  it('says in `why` that the target role refuses the second hop', async () => {
    const state = guide()
    state.targetPrincipal = 'arn:aws:iam::111122223333:role/someone-else'
    const { why } = await walk(state)
    const item = await why('reports-reader')
    expect(item.verdict).toBe('refused')
    expect(item.steps.filter(({ answer }) => answer === 'no').map(({ step }) => step)).toEqual([
      'trust',
    ])
  })
})
