import { createHash } from 'node:crypto'
import type { Config } from '../../lib/config.ts'
import { type Company, type CompanyOptions, company, fileBytes } from '../../lib/demo/company.ts'
import { type Known, knownFrom } from '../../lib/graph/answer.ts'
import { openSqliteStore } from '../../lib/local/sqlite-store.ts'
import { ingest, rollUpDirty } from '../../lib/pipeline.ts'
import type { FindingStore, Snapshots, Store } from '../../lib/ports.ts'
import { FileReader } from '../../lib/record/read-file.ts'
import { parseLogKey } from '../../lib/source/log-key.ts'
import { openLog } from '../../lib/source/open-log.ts'

/** A made-up company with its logs in a store, and what answers should say of it. */
export interface Acme {
  readonly company: Company
  readonly store: Store
  readonly known: Known
}

/** `order`: how the log files arrive, and whether roll-ups happen in between. */
export async function acme(
  options: CompanyOptions,
  order: (files: Company['files']) => readonly Company['files'][number][] = (files) => files,
  rollUpEvery = Number.POSITIVE_INFINITY,
): Promise<Acme> {
  const made = company(options)
  const store = openSqliteStore(':memory:')
  const reader = new FileReader()
  let count = 0
  for (const file of order(made.files.filter(({ skip }) => skip === undefined))) {
    const stored = fileBytes(file)
    const log = openLog(file.path, stored)
    if (log.kind === 'refused') throw new Error(`${file.path}: ${log.reason}`)
    const id = createHash('sha256').update(stored).digest('hex')
    const { deliveredAt } = parseLogKey(file.path)
    await ingest(store, [reader.read(log.bytes, { id, source: file.path, deliveredAt })])
    count++
    if (count % rollUpEvery === 0) await rollUpDirty(store)
  }
  await rollUpDirty(store)
  return { company: made, store, known: knownFrom(configOf(made)) }
}

/** A store with these records, as one log file. */
export async function storeOf(
  records: readonly unknown[],
): Promise<Store & Snapshots & FindingStore> {
  const store = openSqliteStore(':memory:')
  const text = Buffer.from(JSON.stringify({ Records: records }))
  const facts = new FileReader().read(text, { id: 'f', source: 'f.json', deliveredAt: null })
  if (facts.quarantined.length > 0) throw new Error(JSON.stringify(facts.quarantined))
  await ingest(store, [facts])
  await rollUpDirty(store)
  return store
}

export function configOf({ accounts, clusters, network }: Company): Config {
  return {
    accounts: accounts.filter(({ logged }) => logged).map(({ id }) => id),
    clusters: clusters.map(({ name, issuer, arn }) => ({
      name,
      issuer,
      ...(arn === '' ? {} : { arn }),
    })),
    network,
  }
}

type True = Company['truth']['assumptions'][number]['principal']

/** A principal of the truth in the words of answers: its kind and id. */
export function inWords({ kind, id, clusterName, namespace, serviceAccount }: True): string {
  return kind === 'workload' && clusterName !== undefined
    ? `workload ${clusterName}/${namespace}/${serviceAccount}`
    : `${kind} ${id}`
}

/** What the delivered records can show of a chain: all of it, or as much as is left. */
export function shownOf<Chain extends { principal: True; via: string[] }>(
  told: Chain & { seen?: { principal: True; via: string[] }; namedByNextHop?: true },
): { principal: True; via: string[] } {
  return told.namedByNextHop === true ? told : (told.seen ?? told)
}

/** Adds up lines. */
export function tally(
  lines: Iterable<readonly [line: string, count: number]>,
): Map<string, number> {
  const sums = new Map<string, number>()
  for (const [line, count] of lines) sums.set(line, (sums.get(line) ?? 0) + count)
  return new Map([...sums].sort(([a], [b]) => (a < b ? -1 : 1)))
}

export const seconds = (time: string): number => Date.parse(time) / 1000
