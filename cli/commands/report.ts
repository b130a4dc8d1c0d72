import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ReviewPack } from '../../lib/review/answer-report.ts'
import { askDeclared, type DeclaredOptions } from '../declaring.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { addCommand, addPartial, addWindow, outputOption, type Register } from '../register.ts'
import { visible } from '../render/safe.ts'
import { counted } from '../render/words.ts'
import { parseTime } from '../time.ts'

interface ReportOptions extends DeclaredOptions {
  readonly namespace: string
  readonly out: string
  readonly against?: string
}

/** `podtrail report -n NS --out DIR` */
export function report(register: Register): void {
  const title =
    'evidence pack for a review of a namespace: population, decisions, changes, coverage'
  const command = addCommand(register, 'report', title, [
    'podtrail report -n payments --out ./review-2026-q4 --since 90d',
    'podtrail report -n payments --out ./review --against 2026-08-31',
    'cd review && sha256sum -c SHA256SUMS',
  ])
  addPartial(addWindow(command))
    .addOption(outputOption())
    .requiredOption('-n, --namespace <namespace>', 'the Kubernetes namespace, in all clusters')
    .requiredOption('--out <dir>', 'a new or empty folder to write the pack into')
    .option('--against <time>', 'compare with the snapshot of then (default: the approved one)')
    .action(async () => register.finish(await write(command.optsWithGlobals())))
}

async function write(options: ReportOptions): Promise<ExitCode> {
  const { namespace, out, against } = options
  if (existsSync(out) && readdirSync(out).length > 0)
    throw new CliError(EXIT.conflict, `${out} is not empty`, [
      'Evidence is not written over: name a new folder.',
    ])
  const now = Math.floor(Date.now() / 1000)
  const { answerReport } = await import('../../lib/review/answer-report.ts')
  const { packFiles } = await import('../../lib/review/pack-files.ts')
  const query = ['podtrail report', '-n', namespace, ...windowOf(options)].join(' ')
  return askDeclared<ReviewPack>(options, {
    ask: (store, asked, known, config) =>
      answerReport(
        store,
        {
          ...asked,
          namespace,
          ...(against === undefined ? {} : { against: parseTime(against, now, '--against') }),
        },
        known,
        config,
      ),
    view: null,
    restsOnCoverage: true,
    done: (pack, output) => {
      mkdirSync(out, { recursive: true })
      const at = new Date(now * 1000).toISOString().replace('.000', '')
      const files = packFiles(pack, { query, at })
      for (const { name, text } of files) writeFileSync(join(out, name), text)
      const shown = files.filter(({ name }) => name !== 'SHA256SUMS')
      if (options.output === 'table')
        output.answer([...shown.map(({ name }) => join(out, name)), ''].map(visible).join('\n'))
      else output.answer(shown.find(({ name }) => name === 'manifest.json')!.text)
      output.note(
        `${counted(pack.items.length, 'ServiceAccount')} to decide about, ${counted(pack.findings.length, 'finding')}.`,
      )
      if (pack.population.missing.length > 0)
        for (const missing of new Set(pack.population.missing))
          output.complain(`Not complete: ${visible(missing)}`)
      return pack.population.missing.length > 0 || pack.notLooked.length > 0
        ? EXIT.incomplete
        : EXIT.ok
    },
  })
}

function windowOf({ since, from, to, against }: ReportOptions): string[] {
  return Object.entries({ since, from, to, against }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, value],
  )
}
