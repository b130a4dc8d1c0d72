/*
 * What `detect` costs for each hour of an account that it goes through, as it goes through all of them each time: bytes that the table
 * holds of it, and processor time to unpack and look at it. `node detection/history.ts [--hours 6]`; the mix is that of dynamodb.ts.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { packedSignals, unpackedSignals } from '../../lib/aws/signals.ts'
import { ANOMALY_RULES } from '../../lib/coverage/rules.ts'
import { Engine } from '../../lib/detect/engine.ts'
import { clustersOf } from '../../lib/identity/clusters.ts'
import { findFiles } from '../../lib/local/files.ts'
import { openSqliteStore } from '../../lib/local/sqlite-store.ts'
import { ingest, rollUpDirty } from '../../lib/pipeline.ts'
import type { PartitionSignals } from '../../lib/ports.ts'
import { FileReader } from '../../lib/record/read-file.ts'
import { openLog } from '../../lib/source/open-log.ts'
import { generate } from '../generate.ts'
import { LOAD, STATED } from '../stated.ts'

const { values } = parseArgs({ options: { hours: { type: 'string', default: '6' } } })
const directory = mkdtempSync(join(tmpdir(), 'podtrail-history-'))
try {
  const slotSeconds = (86_400 * LOAD.accounts * LOAD.recordsPerFile) / LOAD.records
  const files = Math.round((Number(values.hours) * 3600) / slotSeconds)
  generate({
    directory,
    records: LOAD.recordsPerFile * files,
    seed: 1,
    stsShare: LOAD.assumptions / LOAD.records,
    start: '2026-05-04T00:00:00Z',
    recordsPerFile: LOAD.recordsPerFile,
    streams: 1,
    mix: STATED,
    slotSeconds,
  })
  const store = openSqliteStore(join(directory, 'podtrail.db'))
  const reader = new FileReader()
  for await (const found of findFiles([join(directory, 'AWSLogs')])) {
    if (found.kind !== 'file') continue
    const log = openLog(found.path, readFileSync(found.path))
    if (log.kind === 'refused') throw new Error(found.path)
    const { deliveredAt } = found.key
    await ingest(store, [
      reader.read(log.bytes, { id: found.path, source: found.path, deliveredAt }),
    ])
  }
  await rollUpDirty(store)
  const extent = (await store.extent())!
  const stored: { partition: PartitionSignals['partition']; bytes: Uint8Array; rows: number }[] = []
  for await (const { partition, signals } of store.signals(extent))
    stored.push({ partition, bytes: packedSignals(signals), rows: signals.count.length })
  const coverage = await store.coverage(extent)
  store.close()

  const started = process.cpuUsage()
  const engine = new Engine({
    window: extent,
    config: null,
    detectors: ANOMALY_RULES,
    baseline: [],
    clusters: clustersOf([]),
    extent,
  })
  for (const { partition, bytes } of stored)
    engine.take({ partition, signals: unpackedSignals(bytes) })
  engine.finish({ coverage, integrity: null, trails: null })
  const { user, system } = process.cpuUsage(started)
  const hours = Number(values.hours)
  const bytes = stored.reduce((sum, one) => sum + one.bytes.length, 0)
  const rows = stored.reduce((sum, one) => sum + one.rows, 0)
  console.log(
    `an hour of an account: ${Math.round(rows / hours)} rows, ${Math.round(bytes / hours / 1000)} KB, ${Math.round((user + system) / 1000 / hours)} ms of processor time`,
  )
  const daily = 24 * LOAD.accounts
  console.log(
    `a day of the budgets' company: ${((daily * bytes) / hours / 1e6).toFixed(0)} MB, ${((daily * (user + system)) / 1e6 / hours).toFixed(0)} s of processor time`,
  )
} finally {
  rmSync(directory, { recursive: true, force: true })
}
