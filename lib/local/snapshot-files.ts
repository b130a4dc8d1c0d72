import { readdir } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { type Fact, type Snapshot, snapshotOf } from '../drift/snapshot.ts'
import { readCluster } from '../drift/source/cluster.ts'
import { isObject, type Place } from '../drift/source/json.ts'
import { readOutput } from '../drift/source/outputs.ts'
import { readStored } from './files.ts'

/** What became of a folder of saved outputs. */
export interface SavedState {
  readonly snapshot: Snapshot
  /** Files that outputs were read from. */
  readonly read: readonly string[]
  /** What could not be read, and why. The rest was. */
  readonly problems: readonly SavedProblem[]
}

export interface SavedProblem {
  readonly source: string
  readonly problem: string
}

const NO_PLACE: Place = { account: null, cluster: null, file: '' }
const DEPTH_MAX = 16
const SIZE_MAX = 512 * 1024 * 1024

/**
 * The declared state from outputs of `aws` and `kubectl` saved in a folder. What an output does not say itself, the folders that it
 * lies in do: one of 12 digits is an account, and Kubernetes output is of the cluster that its folder is called after, unless
 * `cluster` says so.
 */
export async function readSaved(
  folder: string,
  cluster: string | null,
  at: number,
): Promise<SavedState> {
  const root = resolve(folder)
  const problems: SavedProblem[] = []
  const saved: { path: string; output: unknown }[] = []
  for (const path of await filesIn(root)) {
    const source = join(folder, relative(root, path))
    const outputs = outputsOf(path)
    if (typeof outputs === 'string') problems.push({ source, problem: outputs })
    else saved.push(...outputs.map((output) => ({ path, output })))
  }
  const named = clustersNamed(saved)
  const facts: Fact[] = []
  const read = new Set<string>()
  for (const { path, output } of saved) {
    const source = join(folder, relative(root, path))
    const place = {
      account: accountOfPath(path),
      cluster: cluster ?? clusterOfFolder(path, named),
      file: basename(path),
    }
    const reading = readOutput(output, place)
    if (reading.kind === 'problem') problems.push({ source, problem: reading.problem })
    else {
      facts.push(...reading.facts)
      read.add(source)
    }
  }
  const { snapshot, lost } = snapshotOf(facts, at)
  for (const problem of lost) problems.push({ source: folder, problem })
  return { snapshot, read: [...read], problems }
}

async function filesIn(folder: string, depth = 0): Promise<string[]> {
  const files: string[] = []
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    // Hidden files and folders belong to tools.
    if (entry.name.startsWith('.')) continue
    const path = join(folder, entry.name)
    if (entry.isDirectory() && depth < DEPTH_MAX) files.push(...(await filesIn(path, depth + 1)))
    else if (!entry.isDirectory() && /\.json$/i.test(entry.name)) files.push(path)
  }
  return files.sort()
}

/** The outputs in a file: one, or several one after the other, as a loop with `>>` leaves them. */
function outputsOf(path: string): unknown[] | string {
  const stored = readStored(path, SIZE_MAX)
  if (stored.kind === 'refused')
    return stored.reason === 'too-large' ? 'it is larger than 512 MB' : 'it cannot be read'
  const text = textOf(stored.bytes)
  if (text.trim() === '') return 'it is empty: did the command fail?'
  try {
    return [JSON.parse(text)]
  } catch (error) {
    return severalOf(text) ?? `it is not JSON: ${(error as Error).message.slice(0, 200)}`
  }
}

/** PowerShell redirects into UTF-16. */
function textOf(bytes: Buffer): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8'
  return new TextDecoder(encoding).decode(bytes)
}

/** Objects that follow one another; null: it is something else. */
function severalOf(text: string): unknown[] | null {
  const outputs: unknown[] = []
  let depth = 0
  let start = -1
  let inText = false
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (inText) {
      if (character === '\\') i++
      else if (character === '"') inText = false
    } else if (character === '"') inText = true
    else if (character === '{' && depth++ === 0) start = i
    else if (character === '}' && --depth === 0) {
      try {
        outputs.push(JSON.parse(text.slice(start, i + 1)))
      } catch {
        return null
      }
    }
  }
  return depth === 0 && outputs.length > 1 ? outputs : null
}

/** Names of clusters that EKS output says, and in which folders. */
function clustersNamed(
  saved: readonly { path: string; output: unknown }[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const named = new Map<string, Set<string>>()
  for (const { path, output } of saved) {
    const facts = readCluster(isObject(output) ? output : {}, NO_PLACE)
    if (facts === null || typeof facts === 'string') continue
    for (const fact of facts)
      if (fact.kind === 'cluster') {
        const folders = named.get(fact.cluster.name) ?? new Set<string>()
        named.set(fact.cluster.name, folders.add(dirname(path)))
      }
  }
  return named
}

/** The folder's name; where no cluster is called so, the only one that EKS describes in that folder. */
function clusterOfFolder(
  path: string,
  named: ReadonlyMap<string, ReadonlySet<string>>,
): string | null {
  const folder = dirname(path)
  const name = basename(folder)
  if (named.has(name)) return name
  const here = [...named].filter(([, folders]) => folders.has(folder))
  if (here.length === 1) return here[0]![0]
  return name === '' || /^\d{12}$/.test(name) ? null : name
}

function accountOfPath(path: string): string | null {
  return (
    dirname(path)
      .split(sep)
      .findLast((part) => /^\d{12}$/.test(part)) ?? null
  )
}
