import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { openSqliteStore } from '../../lib/local/sqlite-store.ts'
import { storeContract } from '../contracts/store.ts'

storeContract('SQLite', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'podtrail-')), 'store.db')
  let store = openSqliteStore(path)
  return {
    store,
    reopen: async () => {
      store.close()
      store = openSqliteStore(path)
      return store
    },
    destroy: async () => {
      store.close()
      await rm(dirname(path), { recursive: true })
    },
  }
})
