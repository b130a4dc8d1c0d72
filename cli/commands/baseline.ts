import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import type { Baseline, BaselineDiff } from '../../lib/finding/baseline.ts'
import { CliError, EXIT, type ExitCode, worst } from '../exit.ts'
import { type Format, print, processOutput } from '../output.ts'
import {
  addCommand,
  addPartial,
  addWindow,
  type Globals,
  outputOption,
  type Register,
} from '../register.ts'
import { baselineDiffView } from '../render/baseline.ts'
import { coverageLines } from '../render/coverage.ts'
import { counted } from '../render/words.ts'
import { self } from '../self.ts'
import { readConfig } from '../settings.ts'
import { openExisting } from '../store.ts'
import { parseWindow } from '../time.ts'

interface ImportOptions extends Globals {
  readonly prune?: boolean
  readonly dryRun?: boolean
}

interface DiffOptions extends Globals {
  readonly output: string
  readonly since?: string
  readonly from?: string
  readonly to?: string
  readonly allowPartial?: boolean
  readonly failOn?: readonly Failure[]
}

const FAILURES = ['unapproved', 'expired', 'unseen', 'changed'] as const
type Failure = (typeof FAILURES)[number]

/** `podtrail baseline` */
export function baseline(register: Register): void {
  const title = 'the approved paths: as a file for Git, and what is not as they say'
  const command = addCommand(register, 'baseline', title, [
    'podtrail baseline export > baseline.yaml',
    'podtrail baseline import baseline.yaml',
    'podtrail baseline diff --since 30d --fail-on unapproved',
    'podtrail baseline diff baseline.yaml      the file against what is stored',
  ])
  const output = command
    .command('export')
    .description('print the approved paths; the same baseline gives the same text')
    .addOption(outputOption(['yaml', 'json']).default('yaml'))
    .action(async () => register.finish(await write(output.optsWithGlobals())))
  const input = command
    .command('import <file>')
    .description(
      'approve what a file says, in place of what is stored of the same paths; - for stdin',
    )
    .option('--prune', 'also end the approval of what the file does not have')
    .option('--dry-run', 'change nothing, tell what would change')
    .action(async (file: string) => register.finish(await read(file, input.optsWithGlobals())))
  addDiff(register, command)
}

function addDiff(register: Register, parent: Command): void {
  const command = parent
    .command('diff [file]')
    .description('what was observed and is not approved, and the other way round')
  addPartial(addWindow(command))
    .addOption(outputOption())
    .addOption(new Option('--fail-on <what...>', 'exit 3 if there is any').choices(FAILURES))
    .action(async (file: string | undefined) =>
      register.finish(await diff(file, command.optsWithGlobals())),
    )
}

async function write(options: Globals & { output: string }): Promise<ExitCode> {
  const output = processOutput(options.quiet === true)
  const { baselineFile } = await import('../../lib/finding/baseline-file.ts')
  const store = await openExisting(options.store)
  try {
    const file = baselineFile(await store.baseline())
    const view = { answer: file, lines: [], csv: () => '', table: () => [] }
    await print(view, options.output as Format, output)
    output.note(`${counted(file.edges.length, 'approved path')}.`)
    return EXIT.ok
  } finally {
    store.close()
  }
}

async function read(path: string, options: ImportOptions): Promise<ExitCode> {
  const output = processOutput(options.quiet === true)
  const given = await parsed(path)
  const { diffBaseline } = await import('../../lib/finding/baseline.ts')
  const store = await openExisting(options.store)
  try {
    const { added, removed, changed } = diffBaseline(await store.baseline(), given, [], '')
    const ended = options.prune === true ? removed! : []
    if (options.dryRun !== true) await store.putBaseline(given, ended)
    const [add, change, remove] =
      options.dryRun === true ? ['Would add', 'change', 'remove'] : ['Added', 'changed', 'removed']
    output.note(
      `${add} ${counted(added!.length, 'path')}, ${change} ${changed!.length}, ${remove} ${ended.length}.`,
    )
    if (options.prune !== true && removed!.length > 0)
      output.note(
        `${counted(removed!.length, 'stored path')} not in the file: --prune ends their approval.`,
      )
    return EXIT.ok
  } finally {
    store.close()
  }
}

async function parsed(path: string): Promise<Baseline> {
  const { parseBaseline, WrongBaseline } = await import('../../lib/finding/baseline-file.ts')
  let text: string
  try {
    text = readFileSync(path === '-' ? 0 : path, 'utf8')
  } catch (error) {
    throw new CliError(EXIT.notFound, `cannot read the baseline: ${(error as Error).message}`)
  }
  try {
    return parseBaseline(text, path)
  } catch (error) {
    if (!(error instanceof WrongBaseline)) throw error
    throw new CliError(EXIT.wrongUse, `${path} does not fit`, [
      ...error.problems,
      `What it should look like: ${self()} baseline export`,
    ])
  }
}

async function diff(path: string | undefined, options: DiffOptions): Promise<ExitCode> {
  const output = processOutput(options.quiet === true)
  const now = Math.floor(Date.now() / 1000)
  const other = path === undefined ? null : await parsed(path)
  const config = await readConfig(options.config)
  const { frameOf, knownFrom } = await import('../../lib/graph/answer.ts')
  const { timestamp } = await import('../../lib/graph/timestamp.ts')
  const { diffBaseline } = await import('../../lib/finding/baseline.ts')
  const { observedEdges } = await import('../../lib/finding/observed-edges.ts')
  const store = await openExisting(options.store)
  try {
    const known = knownFrom(config, await store.clusterNames())
    const frame = await frameOf(store, { ...parseWindow(options, now), limit: 0 }, known)
    const observed = await observedEdges(store, frame.window, known)
    const given = diffBaseline(await store.baseline(), other, observed, timestamp(now))
    await print(baselineDiffView(given, output), options.output as Format, output)
    output.note(
      `${counted(given.unapproved.length, 'observed path')} not approved, ${given.expired.length} expired, ${given.unseen.length} approved but not seen.`,
    )
    for (const line of coverageLines(frame.coverage, frame.shown)) output.note(line)
    const isComplete = frame.coverage.status === 'complete' || options.allowPartial === true
    const isNo = (options.failOn ?? []).some((what) => countOf(given, what) > 0)
    return worst([isNo ? EXIT.no : EXIT.ok, isComplete ? EXIT.ok : EXIT.incomplete])
  } finally {
    store.close()
  }
}

function countOf(given: BaselineDiff, what: Failure): number {
  if (what !== 'changed') return given[what].length
  return [given.added, given.removed, given.changed].reduce(
    (sum, list) => sum + (list?.length ?? 0),
    0,
  )
}
