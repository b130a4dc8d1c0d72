/*
 * A process of its own that delivers a world into a store: worker.ts STORE RECORDS RECORDS-A-FILE FIRST [asked]. Begins with file
 * number FIRST, goes round all of them, and says `file` after each and `done` at the end. If asked, it waits for a byte after each.
 */
import { readSync } from 'node:fs'
import { openSqliteStore } from '../../lib/local/sqlite-store.ts'
import { ingest, rollUpDirty } from '../../lib/pipeline.ts'
import { factsOfParcel, plainly } from './deliver.ts'
import { bigWorld } from './world.ts'

const [path, count, size, first, asked] = process.argv.slice(2)
const world = bigWorld(Number(count))
const parcels = plainly(world, Number(size))
const store = openSqliteStore(path!)
for (let i = 0; i < parcels.length; i++) {
  const parcel = parcels[(i + Number(first)) % parcels.length]!
  await ingest(store, [factsOfParcel(world, parcel)])
  if (i % 2 === 1) await rollUpDirty(store)
  process.stdout.write('file\n')
  if (asked === 'asked') readSync(0, Buffer.alloc(1))
}
await rollUpDirty(store)
store.close()
process.stdout.write('done\n')
