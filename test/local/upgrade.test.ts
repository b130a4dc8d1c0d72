import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { SCHEMA_VERSION } from '../../lib/local/schema.ts'
import { openSqliteStore } from '../../lib/local/sqlite-store.ts'
import { rollUpDirty } from '../../lib/pipeline.ts'
import { deliver, factsOfParcel, plainly } from '../properties/deliver.ts'
import { SAMPLE } from '../properties/world.ts'

/** Tables that came with version 3. */
const NEW = ['signal', 'finding', 'approved_edge', 'suppression', 'outbox', 'allowance', 'sign_off']

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
