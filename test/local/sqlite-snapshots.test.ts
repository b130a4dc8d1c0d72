import { openSqliteStore } from '../../lib/local/sqlite-store.ts'
import { snapshotsContract } from '../contracts/snapshots.ts'

snapshotsContract('SQLite', async () => {
  const snapshots = openSqliteStore(':memory:')
  return { snapshots, close: () => snapshots.close() }
})
