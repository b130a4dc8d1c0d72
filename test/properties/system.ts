import { openSqliteStore } from '../../lib/local/sqlite-store.ts'
import type { Store } from '../../lib/ports.ts'

/** What the properties are about: the store, and whatever a broken variant puts around it. */
export type Wrap = (store: Store) => Store

export const asItIs: Wrap = (store) => store

/** Uses a store in memory, and closes it whatever happens. */
export async function withStore<T>(wrap: Wrap, use: (store: Store) => Promise<T>): Promise<T> {
  const store = openSqliteStore(':memory:')
  try {
    return await use(wrap(store))
  } finally {
    store.close()
  }
}
