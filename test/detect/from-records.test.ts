import { describe, expect, it } from 'vitest'
import { ANOMALY_RULES } from '../../lib/coverage/rules.ts'
import { detect } from '../../lib/detect/run.ts'
import { openSqliteStore } from '../../lib/local/sqlite-store.ts'
import { deliver } from '../properties/deliver.ts'
import {
  CONFIG,
  detectedFindings,
  nothingNew,
  type OpenDetecting,
  plainFiles,
  STRANGER,
  WORLD,
} from '../properties/detection.ts'
import { itHolds } from '../properties/holds.ts'
import { asItIs, withStore } from '../properties/system.ts'

const open: OpenDetecting = async () => {
  const store = openSqliteStore(':memory:')
  return { store, close: () => store.close() }
}

describe('what is found in records', () => {
  it('tells the story of the theft, with the ids of its STS calls', async () => {
    const found = await withStore(asItIs, async (store) => {
      await deliver(store, plainFiles(), () => false)
      return detect(store, {
        window: { from: 0, to: Number.MAX_SAFE_INTEGER },
        config: CONFIG,
        detectors: ANOMALY_RULES,
      })
    })
    const rules = new Map(found.map((one) => [one.rule, one]))
    expect([...rules.keys()]).toEqual(
      expect.arrayContaining([
        'token-used-outside-cluster',
        'session-client-changed',
        'sensitive-first-use',
        'role-spraying',
        'new-chain',
        'new-account-reached',
        'audit-tampering',
      ]),
    )
    const token = rules.get('token-used-outside-cluster')!
    expect(token).toMatchObject({ severity: 'critical', networks: [STRANGER], count: 1 })
    const stolen = WORLD.findIndex((one) => one['sourceIPAddress'] === STRANGER)
    expect(token.evidence[0]).toMatchObject({ eventId: WORLD[stolen]!['eventID'] })
    const ofWorkload = found.filter(({ principal }) => principal?.kind === 'workload')
    expect(new Set(ofWorkload.map(({ story }) => story)).size).toBe(1)
    expect(rules.get('new-account-reached')!.severity).toBe('critical')
  })

  itHolds(
    'Findings',
    'identical for any order, duplication and batching of the same events',
    detectedFindings(open),
    8,
  )

  itHolds('Findings', 're-running raises nothing new', nothingNew(open), 8)
})
