import { openSqliteStore } from '../../lib/local/sqlite-store.ts'
import { findingsContract } from '../contracts/findings.ts'

findingsContract('SQLite', async () => {
  const store = openSqliteStore(':memory:')
  return { store, close: () => store.close() }
})
