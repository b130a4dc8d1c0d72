import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { LogToRead, ReadLog } from '../../lib/local/read-log.ts'
import { readLogs } from '../../lib/local/read-logs.ts'
import { temporaryFolder } from '../properties/places.ts'
import { plainFacts } from '../record/facts.ts'
import { call, webIdentity } from '../record/synthetic.ts'

/** Synthetic files of different sizes, one of them damaged. */
function logs(count: number): LogToRead[] {
  const folder = temporaryFolder()
  return Array.from({ length: count }, (_, file) => {
    const source = join(folder, `${file}.json.gz`)
    const records = Array.from({ length: 1 + ((file * 37) % 50) }, (_, index) =>
      (index % 3 === 0 ? webIdentity : call)({ eventID: `event ${file} ${index} é` }),
    )
    const bytes = gzipSync(JSON.stringify({ Records: records }))
    writeFileSync(source, file === 11 ? bytes.subarray(0, 20) : bytes)
    return { source, deliveredAt: null }
  })
}

async function read(all: readonly LogToRead[], threads: number): Promise<unknown[]> {
  const found: ReadLog[] = []
  async function* coming(): AsyncGenerator<LogToRead> {
    yield* all
  }
  for await (const log of readLogs(coming(), threads)) found.push(log)
  return found
    .map((log) => (log.kind === 'facts' ? { ...log.facts, ...plainFacts(log.facts) } : log))
    .map((log) => ({ ...log, deltas: null }))
}

describe('reading with several threads', () => {
  it.each([2, 3])('says the same as one thread, in the same order (%i)', async (threads) => {
    const all = logs(60)
    expect(await read(all, threads)).toEqual(await read(all, 1))
  })

  it('ends where there is nothing to read', async () => {
    expect(await read([], 2)).toEqual([])
  })

  it.each([1, 2])('hands out all files before one that cannot be had (%i)', async (threads) => {
    const all = logs(30)
    async function* coming(): AsyncGenerator<LogToRead> {
      yield* all
      throw new Error('no more')
    }
    const found: ReadLog[] = []
    const reading = async () => {
      for await (const log of readLogs(coming(), threads)) found.push(log)
    }
    await expect(reading()).rejects.toThrow('no more')
    expect(found).toHaveLength(all.length)
  })

  it('may be left before the end', async () => {
    async function* coming(): AsyncGenerator<LogToRead> {
      yield* logs(30)
    }
    for await (const log of readLogs(coming(), 2)) {
      expect(log.kind).toBe('facts')
      break
    }
  })
})
