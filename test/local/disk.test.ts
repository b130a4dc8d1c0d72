import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openSqliteStore, StoreUnusable } from '../../lib/local/sqlite-store.ts'
import { rollUpDirty } from '../../lib/pipeline.ts'
import type { Store } from '../../lib/ports.ts'
import { deliver, factsOfParcel, plainly } from '../properties/deliver.ts'
import { type State, stateOf } from '../properties/digest.ts'
import { temporaryFolder } from '../properties/places.ts'
import { refsIn } from '../properties/records.ts'
import { asItIs, withStore } from '../properties/system.ts'
import { bigWorld } from '../properties/world.ts'

const WORLD = bigWorld(300)
const FILES = plainly(WORLD, 20).map((parcel) => factsOfParcel(WORLD, parcel))
const REFS = refsIn(WORLD)

/** The connection of a store, to take from it what a disk would. */
function connectionOf(store: Store): DatabaseSync {
  return (store as unknown as { db: DatabaseSync }).db
}

function pragma(store: Store, text: string): number {
  return Number(Object.values(connectionOf(store).prepare(`PRAGMA ${text}`).get()!)[0])
}

function openTemporary(): Store {
  const store = openSqliteStore(join(temporaryFolder(), 'store.db'))
  onTestFinished(() => store.close())
  return store
}

async function whole(): Promise<State> {
  return withStore(asItIs, async (store) => {
    await deliver(store, FILES)
    return stateOf(store, REFS)
  })
}

/** Delivers all, and tells how many files were taken before that failed, and how. */
async function deliverUntilItFails(store: Store): Promise<{ taken: number; error: unknown }> {
  let taken = 0
  try {
    for (const file of FILES) {
      await store.commit([file])
      taken++
      await rollUpDirty(store)
    }
  } catch (error) {
    return { taken, error }
  }
  return { taken, error: null }
}

describe('a full disk', () => {
  it('is named in the error, keeps whole files only, and is no harm once there is space again', async () => {
    const expected = await whole()
    // At every size the store fails somewhere else: in a commit or in a roll-up, early or late in it.
    const failed = new Set<number>()
    for (let spare = 1; ; spare += 3) {
      const store = openTemporary()
      const pages = pragma(store, 'page_count') + spare
      expect(pragma(store, `max_page_count = ${pages}`)).toBe(pages)
      const { taken, error } = await deliverUntilItFails(store)
      if (error === null) break
      expect(String(error)).toBe('Error: database or disk is full')
      failed.add(taken)
      // No half facts: each file is there with all it says, or not at all.
      for (const [index, file] of FILES.entries()) {
        const known = await knownRecords(store, index)
        expect([0, file.records]).toContain(known)
        if (index < taken) expect(known).toBe(file.records)
      }
      pragma(store, 'max_page_count = 1000000')
      await deliver(store, FILES)
      expect(await stateOf(store, REFS)).toEqual(expected)
    }
    expect(failed.size).toBeGreaterThan(3)
  })

  it('that cannot even hold an empty store is named as well', () => {
    const path = join(temporaryFolder(), 'store.db')
    const script = `
      import { DatabaseSync } from 'node:sqlite'
      const exec = DatabaseSync.prototype.exec
      DatabaseSync.prototype.exec = function (sql) {
        if (sql.includes('journal_mode')) sql += '; PRAGMA max_page_count = 3'
        return exec.call(this, sql)
      }
      const { openSqliteStore } = await import(${JSON.stringify(join(import.meta.dirname, '../../lib/local/sqlite-store.ts'))})
      openSqliteStore(${JSON.stringify(path)})`
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    })
    expect(child.stderr).toContain('database or disk is full')
    expect(child.stderr).not.toContain('rollback')
    // What it left is nothing, and so a store can begin there.
    const store = openSqliteStore(path)
    onTestFinished(() => store.close())
    expect(connectionOf(store).prepare('SELECT count(*) AS n FROM file').get()).toEqual({ n: 0 })
  })

  it('that refuses writes in the middle of the log leaves whole files, and the next process completes them', async () => {
    const expected = await whole()
    const path = join(temporaryFolder(), 'store.db')
    const worker = join(import.meta.dirname, '../properties/worker.ts')
    // A process that may write files of 600 KB only (ulimit counts in KB), and is told so by the system in the middle of a write.
    const command = `ulimit -f 600; exec "$0" "$@"`
    const args = [worker, path, '300', '20', '0']
    const child = spawnSync('bash', ['-c', command, process.execPath, ...args], {
      encoding: 'utf8',
    })
    expect(child.status).not.toBe(0)
    expect(child.stderr).toMatch(/disk I\/O error|disk is full/)
    expect(child.stdout).toContain('file\n')
    const store = openSqliteStore(path)
    onTestFinished(() => store.close())
    await deliver(store, FILES)
    expect(await stateOf(store, REFS)).toEqual(expected)
  })

  async function knownRecords(store: Store, index: number): Promise<number> {
    // Asked of a copy of the connection's own, so that asking changes nothing.
    const db = connectionOf(store)
    const row = db.prepare('SELECT records FROM file WHERE id = ?').get(FILES[index]!.id)
    return row === undefined ? 0 : Number(row['records'])
  }
})

describe('a store that may only be read', () => {
  it('answers as before, and says so of every write, of which nothing is done', async () => {
    const store = openTemporary()
    await deliver(store, FILES.slice(0, 8))
    const before = await stateOf(store, REFS)
    pragmaExec(store, 'query_only = ON')
    const partition = { account: '111111111111', hour: 1 }
    const writes: (() => Promise<unknown>)[] = [
      () => store.commit([FILES[9]!]),
      () => store.refuse({ id: 'x', source: 'x', reason: 'empty', offset: 0 }),
      () => store.awaitSightings([{ partition, refs: ['k:x'] }]),
    ]
    for (const write of writes) await expect(write()).rejects.toThrow('readonly database')
    expect(await stateOf(store, REFS)).toEqual(before)
    expect(await store.dirty(10)).toEqual([])
    pragmaExec(store, 'query_only = OFF')
    await deliver(store, FILES)
    expect(await stateOf(store, REFS)).toEqual(await whole())
  })

  function pragmaExec(store: Store, text: string): void {
    connectionOf(store).exec(`PRAGMA ${text}`)
  }
})

describe('a path that holds no store', () => {
  it('is refused, and what is there stays as it is', () => {
    const folder = temporaryFolder()
    const other = join(folder, 'other.db')
    const db = new DatabaseSync(other)
    db.exec('CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)')
    db.close()
    expect(() => openSqliteStore(other)).toThrow(StoreUnusable)
    const again = new DatabaseSync(other)
    expect(again.prepare('SELECT x FROM theirs').all()).toEqual([{ x: 1 }])
    again.exec('PRAGMA user_version = 999')
    again.close()
    expect(() => openSqliteStore(other)).toThrow('it says 999')

    const text = join(folder, 'text.db')
    writeFileSync(
      text,
      'this is no database, and it is long enough to be looked at as one: '.repeat(20),
    )
    expect(() => openSqliteStore(text)).toThrow('file is not a database')
    mkdirSync(join(folder, 'folder.db'))
    expect(() => openSqliteStore(join(folder, 'folder.db'))).toThrow('unable to open database file')
  })

  it('is made where there is none, with the folders on the way', () => {
    const store = openSqliteStore(join(temporaryFolder(), 'a', 'b', 'store.db'))
    onTestFinished(() => store.close())
    expect(connectionOf(store).prepare('SELECT count(*) AS n FROM edge').get()).toEqual({ n: 0 })
  })
})
