import type { Config } from '../config.ts'
import type { Decided } from '../drift/answer-drift.ts'
import type { Baselines, Findings, Window } from '../ports.ts'
import { contentOfDrift } from './content.ts'
import { standingFor } from './reconcile.ts'
import { seen } from './step.ts'

const AT_ONCE = 100

/** What a run would come to that found these now, with all that people decided; nothing is recorded. `now`: seconds. */
export function driftDecisions(
  store: Findings & Baselines,
  suppressions: Config['suppressions'],
  now: number,
): Decided {
  return async (items, snapshotAt) => {
    const window: Window = { from: 0, to: now }
    const scope = { rules: [], window, snapshotAt, notLooked: [], isComplete: false }
    const run = { scope, ...(suppressions === undefined ? {} : { suppressions }) }
    const standing = await standingFor(store, run, now)
    const decided = new Map<string, ReturnType<typeof seen>['status']>()
    for (let at = 0; at < items.length; at += AT_ONCE) {
      const some = items.slice(at, at + AT_ONCE)
      const known = new Map(
        (await store.findings(some.map(({ id }) => id))).map((finding) => [finding.id, finding]),
      )
      for (const item of some)
        decided.set(
          item.id,
          seen(known.get(item.id) ?? null, contentOfDrift(item), standing).status,
        )
    }
    return decided
  }
}
