import { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Store } from '../../lib/ports.ts'

/** A worker died here. Nothing in lib/ may make anything of it but let it through. */
export class Crash extends Error {}

export type When = 'before' | 'after'

/** The store of a worker that dies around its `at`-th call, counted from 1. `calls` counts. */
export function dyingStore(store: Store, at: number, when: When): { store: Store; calls: number } {
  const counted = {
    calls: 0,
    store: intercept(store, async (call) => {
      counted.calls++
      if (counted.calls === at && when === 'before') throw new Crash()
      const result = await call()
      if (counted.calls === at && when === 'after') throw new Crash()
      return result
    }),
  }
  return counted
}

/** A store whose calls go through `around`. */
export function intercept(
  store: Store,
  around: (call: () => Promise<unknown>, name: keyof Store) => Promise<unknown>,
): Store {
  return new Proxy(store, {
    get(target, name: keyof Store) {
      const method = target[name] as (...given: unknown[]) => Promise<unknown>
      if (name === 'close') return method.bind(target)
      return (...given: unknown[]) => around(() => method.apply(target, given), name)
    },
  })
}

/** `error`: the statement fails and the process lives on. `death`: no statement of the connection works from then on. */
export type SqlFault = 'error' | 'death'

/** Runs `body` while SQLite fails around its `at`-th statement; returns how many there were. */
export async function withSqlFault(
  at: number,
  when: When,
  fault: SqlFault,
  body: () => Promise<void>,
): Promise<number> {
  let statements = 0
  const dead = () =>
    fault === 'death' && (statements > at || (statements === at && when === 'after'))
  const around = (original: (...given: never[]) => unknown) =>
    function (this: unknown, ...given: never[]): unknown {
      if (dead()) throw new Crash()
      statements++
      if (statements === at && when === 'before') {
        if (fault === 'death') statements++
        throw new Crash()
      }
      const result = original.apply(this, given)
      if (statements === at && when === 'after') throw new Crash()
      return result
    }
  const patched: [Record<string, (...given: never[]) => unknown>, string[]][] = [
    [DatabaseSync.prototype as never, ['exec']],
    [StatementSync.prototype as never, ['run', 'get', 'all', 'iterate']],
  ]
  const originals = patched.map(([prototype, names]) => names.map((name) => prototype[name]!))
  for (const [prototype, names] of patched)
    for (const name of names) prototype[name] = around(prototype[name]!)
  try {
    await body()
  } catch (error) {
    if (!(error instanceof Crash)) throw error
  } finally {
    patched.forEach(([prototype, names], index) => {
      names.forEach((name, position) => {
        prototype[name] = originals[index]![position]!
      })
    })
  }
  return statements
}
