import type { Config } from '../lib/config.ts'
import type { Asked, Known, Unknown } from '../lib/graph/answer.ts'
import type { CoverageStatement } from '../lib/graph/coverage-statement.ts'
import type { Snapshots, Store } from '../lib/ports.ts'
import { CliError, EXIT, type ExitCode, worst } from './exit.ts'
import { type Format, type Output, type Printable, print, processOutput, quoted } from './output.ts'
import type { Globals } from './register.ts'
import { coverageLines } from './render/coverage.ts'
import { visible } from './render/safe.ts'
import { self } from './self.ts'
import { readConfig } from './settings.ts'
import { openExisting } from './store.ts'
import { parseWindow } from './time.ts'

/** Options of the commands that hold what is declared against what was seen. */
export interface DeclaredOptions extends Globals {
  readonly output: string
  readonly since?: string
  readonly from?: string
  readonly to?: string
  readonly allowPartial?: boolean
}

/** Why there is no answer. */
type Refusal =
  | { readonly kind: 'NoSnapshot' }
  | {
      readonly kind: 'NotDeclared'
      readonly what: string
      readonly text: string
      readonly suggestions: readonly string[]
    }
  | { readonly kind: 'NoNamespace'; readonly text: string; readonly suggestions: readonly string[] }
  | Unknown

interface Given {
  readonly kind: string
  readonly window: { readonly from: string | null; readonly to: string | null }
  readonly coverage: CoverageStatement
}

export interface DeclaredQuestion<Answer extends Given> {
  readonly ask: (
    store: Store & Snapshots,
    asked: Asked,
    known: Known,
    config: Config | null,
  ) => Promise<Answer | Refusal>
  /** Null: what goes to stdout is printed by `done`. */
  readonly view: ((answer: Answer, output: Output) => Printable) | null
  /** Whether an answer with a gap in what was seen is incomplete; not where it is about what is declared alone. */
  readonly restsOnCoverage: boolean
  /** Says what else there is to say, and how to exit. */
  readonly done: (answer: Answer, output: Output) => ExitCode | Promise<ExitCode>
}

/** Puts a question about what is declared, prints the answer and what it rests on. */
export async function askDeclared<Answer extends Given>(
  options: DeclaredOptions,
  { ask, view, restsOnCoverage, done }: DeclaredQuestion<Answer>,
): Promise<ExitCode> {
  const output = processOutput(options.quiet === true)
  const window = parseWindow(options, Math.floor(Date.now() / 1000))
  const config = await readConfig(options.config)
  const { knownFrom } = await import('../lib/graph/answer.ts')
  const store = await openExisting(options.store)
  try {
    const known = knownFrom(config, await store.clusterNames())
    const given = await ask(store, { ...window, limit: 0 }, known, config)
    if (isRefusal(given)) throw refused(given)
    if (view !== null) await print(view(given, output), options.output as Format, output)
    const exit = await done(given, output)
    if (given.coverage.lastEvent === null)
      output.note(`No CloudTrail events are stored: ${self()} ingest PATH-OF-CLOUDTRAIL-FILES`)
    else for (const line of coverageLines(given.coverage, given.window)) output.note(line)
    const isComplete =
      !restsOnCoverage || given.coverage.status === 'complete' || options.allowPartial === true
    const incomplete = exit === EXIT.incomplete && options.allowPartial === true ? EXIT.ok : exit
    return worst([incomplete, isComplete ? EXIT.ok : EXIT.incomplete])
  } finally {
    store.close()
  }
}

function isRefusal(given: Given | Refusal): given is Refusal {
  return ['NoSnapshot', 'NotDeclared', 'NoNamespace', 'Unknown'].includes(given.kind)
}

function refused(refusal: Refusal): CliError {
  if (refusal.kind === 'NoSnapshot') return noSnapshot()
  const { text, suggestions } = refusal
  const what = refusal.kind === 'NoNamespace' ? 'namespace' : refusal.what
  const where =
    refusal.kind === 'Unknown'
      ? 'no recorded call was made by it'
      : 'the newest snapshot does not have it'
  return new CliError(
    EXIT.notFound,
    `unknown ${what} ${quoted(text)}: ${where}`,
    suggestions.map((name) => `Did you mean ${visible(name)}?`),
  )
}

export function noSnapshot(): CliError {
  return new CliError(EXIT.notFound, 'there is no snapshot of what is declared', [
    `Take one: ${self()} snapshot, or from saved output: ${self()} snapshot --from-files DIR`,
    `What belongs into the folder: ${self()} snapshot --help`,
  ])
}
