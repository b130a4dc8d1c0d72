import { EXIT, type ExitCode } from '../exit.ts'
import { type Format, print, processOutput } from '../output.ts'
import {
  type AnswerOptions,
  addCommand,
  addPartial,
  addWindow,
  outputOption,
  type Register,
} from '../register.ts'
import { coverageLines, coverageView } from '../render/coverage.ts'
import { counted } from '../render/words.ts'
import { self } from '../self.ts'
import { readConfig } from '../settings.ts'
import { openExisting } from '../store.ts'
import { parseWindow } from '../time.ts'

/** `podtrail coverage` */
export function coverage(register: Register): void {
  const title = 'what was seen of each account and region, and where we are blind'
  const command = addCommand(register, 'coverage', title, [
    'podtrail coverage',
    'podtrail coverage --since 24h -o json',
    'podtrail coverage --allow-partial',
  ])
  addPartial(addWindow(command))
    .addOption(outputOption())
    .action(async () => register.finish(await ask(command.optsWithGlobals())))
}

async function ask(options: AnswerOptions): Promise<ExitCode> {
  const output = processOutput(options.quiet === true)
  const window = parseWindow(options, Math.floor(Date.now() / 1000))
  const config = await readConfig(options.config)
  const store = await openExisting(options.store)
  try {
    const { answerCoverage } = await import('../../lib/graph/answer-coverage.ts')
    const given = await answerCoverage(store, window, { accounts: config?.accounts ?? [] })
    await print(coverageView(given, output), options.output as Format, output)
    if (given.coverage.lastEvent === null) {
      output.complain('The store is empty: nothing was seen, so nothing can be said.')
      output.note(`Fill it: ${self()} ingest PATH-OF-CLOUDTRAIL-FILES`)
    } else for (const line of coverageLines(given.coverage, given.window)) output.note(line)
    if (given.quarantined > 0)
      output.note(
        `${counted(given.quarantined, 'record or file', 'records or files')} could not be read: ${self()} doctor`,
      )
    if (config === null && given.coverage.lastEvent !== null)
      output.note(
        'Without settings, an account that never sent anything is not missed (podtrail.yaml: accounts).',
      )
    const isComplete = given.coverage.status === 'complete' && given.quarantined === 0
    return isComplete || options.allowPartial === true ? EXIT.ok : EXIT.incomplete
  } finally {
    store.close()
  }
}
