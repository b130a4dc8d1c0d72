/**
 * Start reading here. One file goes through podtrail like this:
 *
 *   stored bytes → source/   inflated, bounded, one gzip member
 *                → record/   facts: what each record says, in our words, split by calling account and hour
 *                → commit    facts are kept; partitions that they touch become dirty
 *   dirty        → session/  each call and assumption is followed back to who started the chain
 *                → graph/    rows: edges, attempts, activity
 *                → answers   graph/questions
 *
 * Facts are set once and rows are a pure function of facts. So files may come late, twice, in any order and from several workers,
 * and a worker may die between any two calls here: whoever comes next repeats the call and arrives at the same rows.
 */
import { PartitionWork, type Rollup } from './graph/rollup.ts'
import type { FileFacts } from './model.ts'
import type { Committed, DirtyPartition, Ledger, Workbench } from './ports.ts'
import { Resolver } from './session/resolver.ts'

/** Rolled up together, so that sessions are looked up and rows written in batches: at most so many partitions, and events. */
const PARTITIONS_AT_ONCE = 64
const EVENTS_AT_ONCE = 25_000

/** Keeps what files say, and makes sure that each record is accounted for. */
export async function ingest(ledger: Ledger, files: readonly FileFacts[]): Promise<Committed[]> {
  const committed = await ledger.commit(files)
  files.forEach(({ source, records, outOfScope, quarantined }, index) => {
    const { accepted, duplicate } = committed[index]!
    const counted = accepted + duplicate + outOfScope + quarantined.length
    if (counted !== records)
      throw new Error(`${source}: ${records} records, but ${counted} accounted for`)
  })
  return committed
}

/** Rolls up dirty partitions until none is left, or `goesOn` says no; returns how many. */
export async function rollUpDirty(
  workbench: Workbench,
  goesOn: () => boolean = () => true,
): Promise<number> {
  let rolled = 0
  while (goesOn()) {
    const dirty = await workbench.dirty(PARTITIONS_AT_ONCE)
    if (dirty.length === 0) break
    rolled += await rollUpSome(workbench, dirty)
  }
  return rolled
}

interface Work {
  readonly partition: PartitionWork
  readonly version: number
  rollup: Rollup | null
}

/** Rolls up the first of the dirty partitions, as many as fit into one batch. */
async function rollUpSome(workbench: Workbench, dirty: readonly DirtyPartition[]): Promise<number> {
  const resolver = new Resolver()
  const work: Work[] = []
  let events = 0
  for (const { partition, version } of dirty) {
    const deltas = await workbench.deltas(partition)
    work.push({ partition: new PartitionWork(partition, deltas), version, rollup: null })
    events += deltas.reduce((sum, delta) => sum + delta.events.length / 2, 0)
    if (events > EVENTS_AT_ONCE) break
  }
  for (const { partition } of work) partition.teach(resolver)
  for (;;) {
    const open = work.filter((item) => item.rollup === null)
    const isResolved = open.map(({ partition }) => partition.resolve(resolver)).every(Boolean)
    if (isResolved) for (const item of open) item.rollup = item.partition.rows(resolver)
    if (resolver.missing.size === 0 && (await isSettled(workbench, resolver, work))) break
    await learnMissing(workbench, resolver)
  }
  const rollups = work.map(({ rollup, version }) => ({ rollup: rollup!, version }))
  return (await workbench.putRollups(rollups)).filter(Boolean).length
}

async function learnMissing(workbench: Workbench, resolver: Resolver): Promise<void> {
  const missing = [...resolver.missing]
  const found = await workbench.sightings(missing)
  for (const ref of missing) resolver.learn(ref, found.get(ref) ?? [])
}

/**
 * Late binding. First it is written down what each partition waits for, then it is looked once more whether that has come: a
 * sighting is either there by now, or its commit finds the note and makes the partition dirty again. Where something did come,
 * the rollups that waited for it are undone.
 */
async function isSettled(
  workbench: Workbench,
  resolver: Resolver,
  work: readonly Work[],
): Promise<boolean> {
  const waits = work.flatMap(({ rollup }) =>
    rollup === null || rollup.awaits.length === 0
      ? []
      : [{ partition: rollup.partition, refs: rollup.awaits }],
  )
  if (waits.length === 0) return true
  await workbench.awaitSightings(waits)
  const refs = [...new Set(waits.flatMap((wait) => wait.refs))]
  const found = await workbench.sightings(refs)
  const changed = new Set(refs.filter((ref) => resolver.differs(ref, found.get(ref) ?? [])))
  if (changed.size === 0) return true
  resolver.forgetOrigins()
  for (const ref of changed) resolver.learn(ref, found.get(ref) ?? [])
  for (const item of work)
    if (item.rollup?.awaits.some((ref) => changed.has(ref))) item.rollup = null
  return false
}
