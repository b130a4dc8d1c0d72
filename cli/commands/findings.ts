import { type Command, Option } from 'commander'
import type { FindingsAsked } from '../../lib/finding/answer-findings.ts'
import {
  FINDING_STATUSES,
  type Finding,
  type FindingStatus,
  type PersonAction,
  SUPPRESSION_SCOPES,
} from '../../lib/finding/finding.ts'
import { SEVERITIES, type Severity } from '../../lib/rule.ts'
import { type DecisionOptions, decideAll, unknownFinding } from '../deciding.ts'
import { CliError, EXIT, type ExitCode, worst } from '../exit.ts'
import { type Format, print, processOutput } from '../output.ts'
import {
  type AnswerOptions,
  addCommand,
  addPaging,
  addPartial,
  addWindow,
  type Globals,
  outputOption,
  type Register,
  wholeNumber,
} from '../register.ts'
import { coverageLines } from '../render/coverage.ts'
import { findingsView, findingView } from '../render/findings.ts'
import { counted } from '../render/words.ts'
import { self } from '../self.ts'
import { readConfig } from '../settings.ts'
import { openExisting } from '../store.ts'
import { parseWindow } from '../time.ts'

interface ListOptions extends AnswerOptions {
  readonly status?: readonly FindingStatus[]
  readonly severity?: Severity
  readonly rule?: readonly string[]
  readonly kind?: Finding['kind']
  readonly namespace?: readonly string[]
  readonly cluster?: string
  readonly text?: string
  readonly story?: string
  readonly failOn?: Severity
}

/** `podtrail findings` */
export function findings(register: Register): void {
  const title = 'what was found, and what people decide about it'
  const command = addCommand(register, 'findings', title, [
    'podtrail findings list --status open --severity high',
    'podtrail findings list --fail-on high',
    'podtrail findings show fnd_0123456789abcdef',
    'podtrail findings approve fnd_012345 --reason "nightly export, agreed with finance" --expires 90d',
    'podtrail findings suppress fnd_012345 --reason "fixed with the next release" --until 14d --scope subject --preview',
  ])
  addList(register, command)
  addShow(register, command)
  addDecision(register, command, 'approve', 'it is right: its path goes into the baseline').option(
    '--expires <time>',
    'when that ends: 90d, a time, or never',
    '90d',
  )
  addDecision(
    register,
    command,
    'suppress',
    'nobody wants to hear of it for now; says nothing about whether it is right',
  )
    .option('--until <end>', 'change (the default), a time or 14d, or 10x: so many more')
    .addOption(
      new Option('--scope <scope>', 'of what: this, its rule and subject, its rule and namespace')
        .choices(SUPPRESSION_SCOPES)
        .default('finding'),
    )
    .option('--preview', 'decide nothing, show what it would have hidden')
  addDecision(register, command, 'resolve', 'somebody dealt with it')
  addDecision(register, command, 'reopen', 'takes back an approval, a suppression or a resolution')
  addDecision(register, command, 'comment', 'a remark for its history')
}

function addList(register: Register, parent: Command): void {
  const command = parent
    .command('list')
    .description('open ones first, then the worst, then the latest')
  addPartial(addPaging(addWindow(command)))
    .addOption(outputOption())
    .addOption(new Option('--status <status...>', 'only of this status').choices(FINDING_STATUSES))
    .addOption(new Option('--severity <severity>', 'this or worse').choices(SEVERITIES))
    .option('--rule <id...>', 'only of this rule')
    .addOption(new Option('--kind <kind>', 'anomaly or drift').choices(['anomaly', 'drift']))
    .option('-n, --namespace <name...>', 'only about workloads of this namespace')
    .option('--cluster <name>', 'only about workloads of this cluster')
    .option('--text <text>', 'in its title, subject, role, account or networks')
    .option('--story <story>', 'only of this story')
    .addOption(
      new Option(
        '--fail-on <severity>',
        'exit 3 if an open one is of this severity or worse',
      ).choices(SEVERITIES),
    )
    .action(async () => register.finish(await list(command.optsWithGlobals())))
}

function addShow(register: Register, parent: Command): void {
  const command = parent
    .command('show <id>')
    .description('who, what, from where, why it matters, what to do, and its history')
    .addOption(outputOption())
    .action(async (id: string) => register.finish(await show(id, command.optsWithGlobals())))
}

function addDecision(
  register: Register,
  parent: Command,
  action: PersonAction,
  description: string,
): Command {
  const command = parent
    .command(`${action} <id...>`)
    .description(description)
    .addOption(outputOption())
    .requiredOption('--reason <text>', 'why, for whoever reads it later')
    .option('--by <name>', 'who decides (default: PODTRAIL_USER, or who is logged in)')
    .option('--ticket <id>', 'where it is written down')
    .option('--seen <version>', 'refuse if it has changed since this version', wholeNumber)
  return command.action(async (ids: string[]) =>
    register.finish(await decideAll(action, ids, command.optsWithGlobals<DecisionOptions>())),
  )
}

async function list(options: ListOptions): Promise<ExitCode> {
  const output = processOutput(options.quiet === true)
  const config = await readConfig(options.config)
  const { knownFrom, WrongCursor } = await import('../../lib/graph/answer.ts')
  const { answerFindings } = await import('../../lib/finding/answer-findings.ts')
  const store = await openExisting(options.store)
  try {
    const given = await answerFindings(store, askedOf(options), knownFrom(config))
    await print(findingsView(given, output), options.output as Format, output)
    const { total, next, coverage, window, items } = given
    if (total.items === 0) output.note('Nothing was found that fits.')
    else
      output.note(
        `${counted(total.items, 'finding')}, ${total.byStatus.open} open${total.worst === null ? '' : `, the worst is ${total.worst}`}.`,
      )
    if (next !== null)
      output.note(`${items.length} of them are shown: --all shows all, --cursor ${next} the next`)
    for (const line of coverageLines(coverage, window)) output.note(line)
    if (output.isInteractive && options.output === 'table' && items.length > 0)
      output.note(`↳ ${self()} findings show ${items[0]!.id}`)
    const { failOn } = options
    const isOver =
      failOn !== undefined &&
      total.worst !== null &&
      SEVERITIES.indexOf(total.worst) >= SEVERITIES.indexOf(failOn)
    const isComplete = coverage.status === 'complete' || options.allowPartial === true
    return worst([isOver ? EXIT.no : EXIT.ok, isComplete ? EXIT.ok : EXIT.incomplete])
  } catch (error) {
    if (!(error instanceof WrongCursor)) throw error
    throw new CliError(EXIT.wrongUse, error.message, [
      'Ask the same question with the same options, and the "next" of its answer as --cursor.',
    ])
  } finally {
    store.close()
  }
}

function askedOf(options: ListOptions): FindingsAsked {
  const { status, severity, rule, kind, namespace, cluster, text, story, cursor } = options
  return {
    ...parseWindow(options, Math.floor(Date.now() / 1000)),
    limit: options.all === true ? 0 : options.limit,
    ...(cursor === undefined ? {} : { cursor }),
    ...(status === undefined ? {} : { status }),
    ...(severity === undefined ? {} : { severity }),
    ...(rule === undefined ? {} : { rules: rule }),
    ...(kind === undefined ? {} : { kind }),
    ...(namespace === undefined ? {} : { namespaces: namespace }),
    ...(cluster === undefined ? {} : { cluster }),
    ...(text === undefined ? {} : { q: text }),
    ...(story === undefined ? {} : { story }),
  }
}

async function show(id: string, options: Globals & { output: string }): Promise<ExitCode> {
  const output = processOutput(options.quiet === true)
  const { answerFinding } = await import('../../lib/finding/answer-findings.ts')
  const { RULES } = await import('../../lib/api/rules.ts')
  const store = await openExisting(options.store)
  try {
    const given = await answerFinding(store, id, RULES)
    if (given.kind === 'Unknown') throw unknownFinding(given)
    await print(findingView(given), options.output as Format, output)
    return EXIT.ok
  } finally {
    store.close()
  }
}
