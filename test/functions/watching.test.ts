import { describe, expect, it } from 'vitest'
import { watching } from '../../lib/aws/watching.ts'
import type { FileFacts } from '../../lib/model.ts'
import type { Ledger } from '../../lib/ports.ts'
import { FileReader } from '../../lib/record/read-file.ts'
import { managementCall } from '../record/synthetic.ts'

const NOW = Date.now()

function fileWith(eventName: string, at = NOW): FileFacts {
  const eventTime = new Date(at).toISOString().replace(/\.\d+/, '')
  const record = managementCall('iam.amazonaws.com', eventName, { eventTime })
  const bytes = Buffer.from(JSON.stringify({ Records: [record] }))
  return new FileReader().read(bytes, { id: eventName, source: 'test', deliveredAt: null })
}

/** A ledger to which `accepted` records of each file are new. */
const ledger = (accepted: number): Ledger => ({
  commit: async (files) => files.map(() => ({ accepted, duplicate: 1 - accepted })),
  refuse: async () => {},
})

async function told(files: readonly FileFacts[], accepted = 1): Promise<number> {
  let count = 0
  const watched = watching(
    ledger(accepted),
    async () => {
      count++
    },
    () => {},
  )
  const committed = await watched.commit(files)
  expect(committed).toHaveLength(files.length)
  return count
}

describe('a ledger that is watched', () => {
  it('tells once of files that bring the news of a change', async () => {
    const files = [fileWith('GetRole'), fileWith('UpdateAssumeRolePolicy'), fileWith('CreateRole')]
    expect(await told(files)).toBe(1)
  })

  it('tells of nothing else: other calls, what was known, what is long past', async () => {
    expect(await told([fileWith('GetRole')])).toBe(0)
    expect(await told([fileWith('UpdateAssumeRolePolicy')], 0)).toBe(0)
    expect(await told([fileWith('UpdateAssumeRolePolicy', NOW - 2 * 86_400_000)])).toBe(0)
  })

  it('keeps what it is given, even if telling fails', async () => {
    const problems: unknown[] = []
    const watched = watching(
      ledger(1),
      () => Promise.reject(new Error('no queue')),
      (error) => problems.push(error),
    )
    expect(await watched.commit([fileWith('UpdateAssumeRolePolicy')])).toEqual([
      { accepted: 1, duplicate: 0 },
    ])
    expect(problems).toEqual([new Error('no queue')])
  })
})
