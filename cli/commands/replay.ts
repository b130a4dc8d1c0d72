import { type DetectOptions, detectorsNamed, gather, runDetectors } from '../detecting.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import {
  addCommand,
  addPaging,
  addPartial,
  addWindow,
  outputOption,
  type Register,
} from '../register.ts'
import { counted } from '../render/words.ts'

interface ReplayOptions extends DetectOptions {
  readonly detector: readonly string[]
}

/** `podtrail replay` */
export function replay(register: Register): void {
  const title = 'what a detector would have found in your own history; nothing is recorded'
  const command = addCommand(register, 'replay', title, [
    'podtrail replay --detector new-chain --since 90d',
    'podtrail replay --detector denied-burst --detector role-spraying -o csv',
  ])
  addPartial(addPaging(addWindow(command)))
    .addOption(outputOption())
    .requiredOption('--detector <id>', 'its id; may be given several times', gather)
    .option('--digests <file>', 'answer of "podtrail verify -o json", for digest-broken')
    .action(async () => register.finish(await run(command.optsWithGlobals())))
}

async function run(options: ReplayOptions): Promise<ExitCode> {
  return runDetectors(options, await detectorsNamed(options.detector), true, (answer, output) => {
    const { total, coverage, window, items } = answer
    const which = options.detector.join(', ')
    if (coverage.lastEvent === null) output.complain('The store is empty: nothing was seen.')
    else
      output.note(
        `${which} would have raised ${counted(total.items, 'anomaly', 'anomalies')} in ${counted(total.stories, 'story', 'stories')} from ${window.from} to ${window.to}. Nothing was recorded.`,
      )
    if (items.length < total.items) output.note(`${items.length} are shown: --all shows all`)
    if (coverage.status === 'complete' || options.allowPartial === true) return EXIT.ok
    return EXIT.incomplete
  })
}
