import { Option } from 'commander'
import type { DriftList, NotLooked } from '../../lib/drift/answer-drift.ts'
import { noSnapshot } from '../declaring.ts'
import { CliError, EXIT, type ExitCode, worst } from '../exit.ts'
import { FORMATS, type Format, type Output, print, processOutput, quoted } from '../output.ts'
import {
  type AnswerOptions,
  addCommand,
  addPaging,
  addPartial,
  addWindow,
  outputOption,
  type Register,
} from '../register.ts'
import { coverageLines } from '../render/coverage.ts'
import { driftView } from '../render/drift.ts'
import { visible } from '../render/safe.ts'
import { counted } from '../render/words.ts'
import { self } from '../self.ts'
import { readConfig } from '../settings.ts'
import { openExisting } from '../store.ts'
import { parseTime, parseWindow } from '../time.ts'

interface DriftOptions extends AnswerOptions {
  readonly failOn?: string
  readonly check?: readonly string[]
  readonly at?: string
  readonly against?: string
}

/** Weakest first. */
const SEVERITIES = ['low', 'medium', 'high', 'critical']
/** Reasons that are told one by one. */
const REASONS_MAX = 10

/** `podtrail drift` */
export function drift(register: Register): void {
  const title = 'which trusts are wider than their use, broken, dangling or unused, and the fix'
  const command = addCommand(register, 'drift', title, [
    'podtrail drift',
    'podtrail drift --fail-on high',
    'podtrail drift --check sub-wildcard --check aud-missing -o diff',
    'podtrail drift --against 2026-11-01 -o json',
  ])
  addPartial(addPaging(addWindow(command)))
    .addOption(outputOption([...FORMATS, 'diff']))
    .addOption(
      new Option(
        '--fail-on <severity>',
        'exit 3 if there is an open finding of this severity or worse',
      ).choices(SEVERITIES),
    )
    .option('--check <id>', 'only this check; may be given several times', gather)
    .option('--at <time>', 'the snapshot of then (default: the newest)')
    .option('--against <time>', 'compare with the snapshot of then (default: the approved one)')
    .action(async () => register.finish(await ask(command.optsWithGlobals())))
}

function gather(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

async function ask(options: DriftOptions): Promise<ExitCode> {
  const output = processOutput(options.quiet === true)
  const now = Math.floor(Date.now() / 1000)
  const window = parseWindow(options, now)
  const checks = options.check ?? []
  await refuseUnknown(checks)
  const config = await readConfig(options.config)
  const { knownFrom, WrongCursor } = await import('../../lib/graph/answer.ts')
  const { answerDrift } = await import('../../lib/drift/answer-drift.ts')
  const { driftDecisions } = await import('../../lib/finding/drift-decisions.ts')
  const store = await openExisting(options.store)
  try {
    const { at, against } = options
    const known = knownFrom(config, await store.clusterNames())
    const asked = {
      ...window,
      limit: options.all === true ? 0 : options.limit,
      ...(options.cursor === undefined ? {} : { cursor: options.cursor }),
      checks,
      ...(at === undefined ? {} : { at: parseTime(at, now, '--at') }),
      ...(against === undefined ? {} : { against: parseTime(against, now, '--against') }),
    }
    const decided = driftDecisions(store, config?.suppressions, now)
    const given = await answerDrift(store, asked, known, config, decided)
    if (given.kind === 'NoSnapshot') throw noSnapshot()
    await print(driftView(given, output), options.output as Format, output)
    return closing(given, options, output)
  } catch (error) {
    if (!(error instanceof WrongCursor)) throw error
    throw new CliError(EXIT.wrongUse, error.message, [
      'Ask the same question with the same options, and the "next" of its answer as --cursor.',
    ])
  } finally {
    store.close()
  }
}

function closing(given: DriftList, options: DriftOptions, output: Output): ExitCode {
  const { items, total, notLooked, reference, coverage, window, next } = given
  if (total.items === 0)
    output.note(
      notLooked.length === 0
        ? `No drift: ${counted(given.checks.length, 'check')} of the snapshot of ${given.snapshot.at}.`
        : 'Nothing deviates in what could be looked at.',
    )
  else output.note(wordsOf(total))
  if (next !== null)
    output.note(`${items.length} of them are shown: --all shows all, --cursor ${next} the next`)
  tellNotLooked(notLooked, output)
  if (reference !== null && !reference.isApproved)
    output.note(
      `No snapshot is approved: trusts are compared with the first one, of ${reference.at}. Approve: ${self()} snapshot --approve`,
    )
  if (coverage.lastEvent !== null)
    for (const line of coverageLines(coverage, window)) output.note(line)
  if (output.isInteractive && options.output === 'table' && items.length > 0)
    output.note(`↳ ${self()} drift -o diff    shows each fix`)
  const isComplete = notLooked.length === 0 && coverage.status !== 'partial'
  const { failOn } = options
  const isOver =
    failOn !== undefined &&
    total.worst !== null &&
    SEVERITIES.indexOf(total.worst) >= SEVERITIES.indexOf(failOn)
  return worst([
    isOver ? EXIT.no : EXIT.ok,
    isComplete || options.allowPartial === true ? EXIT.ok : EXIT.incomplete,
  ])
}

function wordsOf({ items, open, worst }: DriftList['total']): string {
  const decided = items === open ? '' : `, ${items - open} of them approved, suppressed or resolved`
  return `${counted(items, 'finding')}${decided}${worst === null ? '' : `, the worst is ${worst}`}.`
}

/** By reason: one missing file keeps many checks from looking. */
function tellNotLooked(notLooked: readonly NotLooked[], output: Output): void {
  if (notLooked.length === 0) return
  const byReason = Map.groupBy(notLooked, ({ reason }) => reason)
  output.note(`Could not look everywhere (${counted(byReason.size, 'reason')}):`)
  for (const [reason, all] of [...byReason].slice(0, REASONS_MAX)) {
    const rules = new Set(all.map(({ rule }) => rule))
    const which = rules.size === 1 ? [...rules][0]! : counted(rules.size, 'check')
    output.note(`  ${visible(reason)} (${which})`)
  }
  if (byReason.size > REASONS_MAX)
    output.note(`  and ${byReason.size - REASONS_MAX} more; -o json lists all.`)
}

async function refuseUnknown(ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  const { CHECKS } = await import('../../lib/drift/all.ts')
  const { nearest } = await import('../../lib/graph/nearest.ts')
  const known = CHECKS.map(({ id }) => id)
  const unknown = ids.find((id) => !known.includes(id))
  if (unknown === undefined) return
  throw new CliError(EXIT.wrongUse, `there is no check ${quoted(unknown)}`, [
    ...nearest(unknown, known).map((id) => `Did you mean ${id}?`),
    `All checks: ${known.join(', ')}`,
  ])
}
