import type { Rollup } from '../../../lib/graph/rollup.ts'
import type { Sighting } from '../../../lib/model.ts'
import type { DirtyPartition, Store } from '../../../lib/ports.ts'
import type { Ref } from '../../../lib/session/refs.ts'

/*
 * Ways to ingest that are known to be wrong. They are kept so that the properties can be seen to fail for them.
 */

/** A pipeline that does not write down what it waits for. */
export function neverAwaits(store: Store): Store {
  return override(store, { awaitSightings: async () => {} })
}

/** A pipeline that does write it down, but does not look once more whether it has come in the meantime. */
export function neverLooksAgain(store: Store): Store {
  const known = new Map<Ref, readonly Sighting[]>()
  return override(store, {
    dirty: (limit) => {
      known.clear()
      return store.dirty(limit)
    },
    sightings: async (refs) => {
      const fresh = refs.filter((ref) => !known.has(ref))
      const found = await store.sightings(fresh)
      for (const ref of fresh) known.set(ref, found.get(ref) ?? [])
      return new Map(
        refs.map((ref) => [ref, known.get(ref)!] as const).filter(([, all]) => all.length > 0),
      )
    },
  })
}

/** A store that adds to the rows of a partition instead of replacing them. */
export function addsUp(store: Store): Store {
  const before = new Map<string, Rollup['edges']>()
  return override(store, {
    putRollups: (rollups) =>
      store.putRollups(
        rollups.map(({ rollup, version }) => {
          const key = `${rollup.partition.account}/${rollup.partition.hour}`
          const edges = merged([...(before.get(key) ?? []), ...rollup.edges])
          before.set(key, edges)
          return { rollup: { ...rollup, edges }, version }
        }),
      ),
  })
}

/** A store that takes the rows of a partition whatever has come in since they were made. */
export function takesStaleRows(store: Store): Store {
  return override(store, {
    putRollups: async (rollups) => {
      const now = new Map<string, DirtyPartition>()
      for (const one of await store.dirty(1000))
        now.set(`${one.partition.account}/${one.partition.hour}`, one)
      return store.putRollups(
        rollups.map(({ rollup, version }) => {
          const { account, hour } = rollup.partition
          return { rollup, version: now.get(`${account}/${hour}`)?.version ?? version }
        }),
      )
    },
  })
}

function merged(edges: Rollup['edges']): Rollup['edges'] {
  const byKey = new Map<string, Rollup['edges'][number]>()
  for (const edge of edges) {
    const { principal, via, hop, role, proof, seconds } = edge
    const key = JSON.stringify([principal.kind, principal.id, via, hop, role, proof])
    const known = byKey.get(key)?.seconds ?? []
    byKey.set(key, { ...edge, seconds: Uint16Array.from([...known, ...seconds]).sort() })
  }
  return [...byKey.values()]
}

function override(store: Store, methods: Partial<Store>): Store {
  return new Proxy(store, {
    get(target, name: keyof Store) {
      const method = (methods[name] ?? target[name]) as (...given: unknown[]) => unknown
      return method.bind(target)
    },
  })
}
