import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Summary } from './generate.ts'

/** One row of an answer; every tool's output is brought into this shape before it is compared. */
export type Edge = {
  cluster: string
  namespace: string
  serviceAccount: string
  role: string
  via: readonly string[]
  count: number
  first: string
  last: string
}

export const CLI = join(import.meta.dirname, '..', 'cli', 'main.js')

export function readTruth(directory: string): Summary {
  return JSON.parse(readFileSync(join(directory, 'truth.json'), 'utf8')) as Summary
}

export const directTruth = (truth: Summary): Edge[] =>
  truth.direct.map((edge) => ({ ...edge, via: [] }))

export const chainedTruth = (truth: Summary): Edge[] => truth.chained

/** Tab-separated rows `cluster namespace serviceAccount role count first last [via,via]`, as the peers print them. */
export function parseRows(text: string): Edge[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [cluster, namespace, serviceAccount, role, count, first, last, via] = line.split('\t')
      if (last === undefined) throw new Error(`a peer printed a row with too few columns: ${line}`)
      return {
        cluster: cluster!,
        namespace: namespace!,
        serviceAccount: serviceAccount!,
        role: role!,
        via: via === undefined || via === '' ? [] : via.split(','),
        count: Number(count),
        first: first!,
        last,
      }
    })
}

/** What podtrail says to the same question, asked through its CLI. */
export function podtrailAnswer(store: string, window: { from: string; to: string }): Edge[] {
  const text = execFileSync(
    process.execPath,
    [
      CLI,
      'graph',
      '--allow-partial',
      '-o',
      'ndjson',
      '--store',
      store,
      '--from',
      window.from,
      '--to',
      window.to,
    ],
    { encoding: 'utf8', maxBuffer: 1 << 30, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const edges: Edge[] = []
  for (const line of text.split('\n')) {
    if (line === '') continue
    const item = JSON.parse(line) as {
      outcome: 'did' | 'refused' | 'failed'
      principal: { kind: string; cluster: string; namespace: string; serviceAccount: string }
      role: string
      hop: number
      via: string[]
      count: number
      firstSeen: string
      lastSeen: string
    }
    if (item.outcome !== 'did' || item.principal.kind !== 'workload') continue
    if (item.via.length !== item.hop - 1) {
      throw new Error(`hop ${item.hop} with ${item.via.length} roles between: ${line}`)
    }
    edges.push({
      cluster: item.principal.cluster,
      namespace: item.principal.namespace,
      serviceAccount: item.principal.serviceAccount,
      role: item.role,
      via: item.via,
      count: item.count,
      first: toSecond(item.firstSeen),
      last: toSecond(item.lastSeen),
    })
  }
  return edges
}

/** Throws with examples unless both say the same, edge by edge with count, first and last. */
export function mustAgree(name: string, answer: readonly Edge[], truth: readonly Edge[]): void {
  const actual = index(name, answer)
  const expected = index('the truth', truth)
  const wrong: string[] = []
  for (const [key, value] of expected) {
    const found = actual.get(key)
    if (found !== value) wrong.push(`${key}: expected ${value}, got ${found ?? 'nothing'}`)
  }
  for (const [key, value] of actual) {
    if (!expected.has(key)) wrong.push(`${key}: got ${value}, which is not there`)
  }
  if (wrong.length > 0) {
    const examples = wrong.slice(0, 5).join('\n  ')
    throw new Error(`${name} disagrees on ${wrong.length} edges, such as\n  ${examples}`)
  }
}

function index(name: string, edges: readonly Edge[]): Map<string, string> {
  const rows = new Map<string, string>()
  for (const edge of edges) {
    const chain = [...edge.via, edge.role].join(' > ')
    const key = `${edge.cluster} ${edge.namespace}/${edge.serviceAccount} > ${chain}`
    if (rows.has(key)) throw new Error(`${name} lists an edge twice: ${key}`)
    rows.set(key, `${edge.count} ${edge.first} ${edge.last}`)
  }
  return rows
}

// `2026-05-04T22:50:00.000Z` and `2026-05-04T22:50:00Z` are the same second.
const toSecond = (time: string) => `${new Date(time).toISOString().slice(0, 19)}Z`
