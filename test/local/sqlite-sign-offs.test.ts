import { openSqliteStore } from '../../lib/local/sqlite-store.ts'
import { signOffsContract } from '../contracts/sign-offs.ts'

signOffsContract('SQLite', async () => {
  const signOffs = openSqliteStore(':memory:')
  return { signOffs, close: () => signOffs.close() }
})
