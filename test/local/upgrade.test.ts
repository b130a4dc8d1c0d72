import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { bytesOf, type DeltaRow, decodeDelta } from '../../lib/local/delta-codec.ts'
import { SCHEMA_VERSION } from '../../lib/local/schema.ts'
import { openSqliteStore } from '../../lib/local/sqlite-store.ts'
import { rollUpDirty } from '../../lib/pipeline.ts'
import { packed } from '../../lib/record/packed-strings.ts'
import { deliver, factsOfParcel, plainly } from '../properties/deliver.ts'
import { SAMPLE } from '../properties/world.ts'

/** Tables that came with version 3. */
const NEW = ['signal', 'finding', 'approved_edge', 'suppression', 'outbox', 'allowance', 'sign_off']

/** As they were kept up to version 3: of a delta each column by itself, of a sighting's place delta and position. */
function unpack(db: DatabaseSync): void {
  db.exec(`CREATE TABLE before (
    id INTEGER PRIMARY KEY, partition INTEGER NOT NULL, file TEXT NOT NULL, events BLOB NOT NULL,
    strings BLOB NOT NULL, string_ends BLOB NOT NULL, callers BLOB NOT NULL, sightings BLOB NOT NULL,
    groups BLOB NOT NULL, call_group BLOB NOT NULL, call_event BLOB NOT NULL, call_second BLOB NOT NULL,
    shared BLOB NOT NULL, attempts TEXT NOT NULL) STRICT`)
  const insert = db.prepare(`INSERT INTO before VALUES (${Array(14).fill('?').join(', ')})`)
  for (const row of db.prepare('SELECT * FROM delta').all()) {
    const delta = decodeDelta(row as unknown as DeltaRow, { account: '', hour: 0 })
    const { bytes, ends } = packed(delta.strings)
    insert.run(
      Number(row['id']),
      Number(row['partition']),
      String(row['file']),
      row['events'] as Uint8Array,
      bytes,
      bytesOf(ends),
      bytesOf(delta.callers),
      bytesOf(delta.sightings),
      bytesOf(delta.groups),
      bytesOf(delta.callGroup),
      bytesOf(delta.callEvent),
      bytesOf(delta.callSecond),
      bytesOf(delta.shared),
      JSON.stringify(delta.attempts),
    )
  }
  db.exec(`DROP TABLE delta; ALTER TABLE before RENAME TO delta;
    CREATE INDEX delta_partition ON delta (partition, file);
    CREATE TABLE apart (hash INTEGER NOT NULL, delta INTEGER NOT NULL, position INTEGER NOT NULL,
      PRIMARY KEY (hash, delta, position)) STRICT, WITHOUT ROWID;
    INSERT INTO apart SELECT hash, place / 33554432, place % 33554432 FROM sighting;
    DROP TABLE sighting; ALTER TABLE apart RENAME TO sighting;`)
}

it('a store of version 2 is made one of the next, and gets its signals from the facts it has', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'podtrail-upgrade-'))
  const path = join(folder, 'store.db')
  const signals = async (): Promise<unknown[]> => {
    const store = openSqliteStore(path)
    await rollUpDirty(store)
    const found: unknown[] = []
    for await (const part of store.signals({ from: 0, to: Number.MAX_SAFE_INTEGER }))
      found.push(part)
    store.close()
    return found
  }
  try {
    const store = openSqliteStore(path)
    await deliver(
      store,
      plainly(SAMPLE).map((parcel) => factsOfParcel(SAMPLE, parcel)),
    )
    store.close()
    const before = await signals()
    expect(before.length).toBeGreaterThan(0)
    const db = new DatabaseSync(path)
    unpack(db)
    db.exec(`${NEW.map((table) => `DROP TABLE ${table};`).join('')} PRAGMA user_version = 2`)
    db.close()
    expect(await signals()).toEqual(before)
    const upgraded = new DatabaseSync(path)
    expect(upgraded.prepare('PRAGMA user_version').get()).toEqual({ user_version: SCHEMA_VERSION })
    upgraded.close()
  } finally {
    rmSync(folder, { recursive: true })
  }
})
