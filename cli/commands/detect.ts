import { Option } from 'commander'
import type { AnomalyList } from '../../lib/finding/run-detect.ts'
import { SEVERITIES, type Severity } from '../../lib/rule.ts'
import { type DetectOptions, detectorsNamed, runDetectors } from '../detecting.ts'
import { EXIT, type ExitCode, worst } from '../exit.ts'
import type { Output } from '../output.ts'
import {
  addCommand,
  addPaging,
  addPartial,
  addWindow,
  outputOption,
  type Register,
} from '../register.ts'
import { coverageLines } from '../render/coverage.ts'
import { counted } from '../render/words.ts'
import { self } from '../self.ts'

interface Options extends DetectOptions {
  readonly failOn?: Severity
}

/** `podtrail detect` */
export function detect(register: Register): void {
  const title = 'what is unusual: looks for anomalies and records them as findings'
  const command = addCommand(register, 'detect', title, [
    'podtrail detect',
    'podtrail detect --since 24h --fail-on high',
    'podtrail detect --digests digests.json -o json',
  ])
  addPartial(addPaging(addWindow(command)))
    .addOption(outputOption())
    .addOption(
      new Option(
        '--fail-on <severity>',
        'exit 3 if there is an anomaly of this severity or worse',
      ).choices(SEVERITIES),
    )
    .option('--digests <file>', 'answer of "podtrail verify -o json", for digest-broken')
    .action(async () => register.finish(await run(command.optsWithGlobals())))
}

async function run(options: Options): Promise<ExitCode> {
  return runDetectors(options, await detectorsNamed([]), false, (answer, output) =>
    closing(answer, options, output),
  )
}

function closing(answer: AnomalyList, options: Options, output: Output): ExitCode {
  const { total, recorded, coverage, window, next, items, rules } = answer
  if (coverage.lastEvent === null) output.complain('The store is empty: nothing was seen.')
  else if (total.items === 0)
    output.note(`Nothing unusual: ${counted(rules.length, 'detector')} looked.`)
  else
    output.note(
      `${counted(total.items, 'anomaly', 'anomalies')} in ${counted(total.stories, 'story', 'stories')}, the worst is ${total.worst}.`,
    )
  if (next !== null)
    output.note(`${items.length} of them are shown: --all shows all, --cursor ${next} the next`)
  if (recorded !== null) {
    const { found, changed, reopened, withdrawn } = recorded
    output.note(
      `Findings: ${found} new, ${changed} changed, ${reopened} opened again, ${withdrawn} withdrawn.`,
    )
  }
  if (coverage.lastEvent !== null)
    for (const line of coverageLines(coverage, window)) output.note(line)
  if (output.isInteractive && options.output === 'table' && items.length > 0) {
    output.note(`↳ ${self()} findings show ID    evidence, and what to do`)
    output.note(`↳ ${self()} rules show ${items[0]!.rule}`)
  }
  const { failOn } = options
  const isOver =
    failOn !== undefined &&
    total.worst !== null &&
    SEVERITIES.indexOf(total.worst) >= SEVERITIES.indexOf(failOn)
  const isComplete = coverage.status === 'complete' || options.allowPartial === true
  return worst([isOver ? EXIT.no : EXIT.ok, isComplete ? EXIT.ok : EXIT.incomplete])
}
