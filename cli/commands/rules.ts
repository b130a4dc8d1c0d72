import type { Detector } from '../../lib/detect/detector.ts'
import { csvOf } from '../../lib/text/csv.ts'
import { detectorsNamed } from '../detecting.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { type Format, type Output, print, processOutput } from '../output.ts'
import { addCommand, type Globals, outputOption, type Register } from '../register.ts'
import { tableOf } from '../render/table.ts'
import { counted } from '../render/words.ts'

interface RulesOptions extends Globals {
  readonly output: string
}

type Verb = 'list' | 'show' | 'test'

/** `podtrail rules` */
export function rules(register: Register): void {
  const title = 'what podtrail detect looks for: list, show ID, test [ID]'
  const command = addCommand(register, 'rules <verb> [id]', title, [
    'podtrail rules list',
    'podtrail rules show token-used-outside-cluster',
    'podtrail rules test',
  ])
  command
    .addOption(outputOption())
    .action(async (verb: string, id: string | undefined) =>
      register.finish(await run(verb, id, command.optsWithGlobals())),
    )
}

async function run(verb: string, id: string | undefined, options: RulesOptions): Promise<ExitCode> {
  const output = processOutput(options.quiet === true)
  const { CliError } = await import('../exit.ts')
  if (!isVerb(verb) || (verb === 'show') === (id === undefined))
    throw new CliError(EXIT.wrongUse, 'rules takes: list, show ID, or test [ID]', [])
  const detectors = await detectorsNamed(id === undefined ? [] : [id])
  switch (verb) {
    case 'list':
      await print(listView(detectors), options.output as Format, output)
      return EXIT.ok
    case 'show':
      await print(showView(detectors[0]!), options.output as Format, output)
      return EXIT.ok
    case 'test':
      return test(detectors, output)
  }
}

const isVerb = (text: string): text is Verb => ['list', 'show', 'test'].includes(text)

function itemOf({ id, title, severity, attack, why, blindSpots, runbook, settings }: Detector) {
  return { id, title, severity, attack, why, blindSpots, runbook, settings: settings ?? {} }
}

function listView(detectors: readonly Detector[]) {
  const items = detectors.map(itemOf)
  return {
    answer: { apiVersion: 'podtrail/v1', kind: 'RuleList', items, next: null },
    lines: items,
    csv: () =>
      csvOf(items, [
        ['id', ({ id }) => id],
        ['severity', ({ severity }) => severity],
        ['title', ({ title }) => title],
        ['attack', ({ attack }) => attack.join(' ')],
      ]),
    table: (wide: boolean) =>
      tableOf(
        items,
        [
          { title: 'ID', value: ({ id }) => id },
          { title: 'SEVERITY', value: ({ severity }) => severity },
          { title: 'WHAT', value: ({ title }) => title },
          { title: 'ATT&CK', value: ({ attack }) => attack.join(' '), wide: true },
        ],
        { width: null, wide, header: (text) => text },
      ),
  }
}

function showView(detector: Detector) {
  const item = itemOf(detector)
  const examples = detector.examples.map(({ expects, title }) => ({ expects, title }))
  return {
    ...listView([detector]),
    answer: { apiVersion: 'podtrail/v1', kind: 'Rule', ...item, examples },
    table: () => [
      `${item.title}  (${item.id}, ${item.severity}, ${item.attack.join(' ')})`,
      '',
      item.why,
      '',
      `Blind spots: ${item.blindSpots}`,
      '',
      'What to do:',
      ...item.runbook.map((step, index) => `  ${index + 1}. ${step}`),
      ...Object.entries(item.settings).flatMap(([name, setting], index) => [
        ...(index === 0 ? ['', `Settings, under detect.rules.${item.id}:`] : []),
        `  ${name}: ${setting.default}  ${setting.about} (${setting.min} to ${setting.max})`,
      ]),
      '',
      ...examples.map(
        ({ expects, title }) => `${expects === 'fires' ? 'Fires' : 'Quiet'}: ${title}`,
      ),
    ],
  }
}

/** Runs the examples through the real engine. */
async function test(detectors: readonly Detector[], output: Output): Promise<ExitCode> {
  const { failuresOf } = await import('../../lib/detect/try-examples.ts')
  let count = 0
  let failed = 0
  for (const detector of detectors) {
    const failures = failuresOf(detector)
    count += detector.examples.length
    failed += failures.length
    output.answer(`${failures.length === 0 ? 'ok' : 'FAILED'}  ${detector.id}\n`)
    for (const failure of failures) output.answer(`        ${failure}\n`)
  }
  output.note(
    `${counted(count, 'example')} of ${counted(detectors.length, 'detector')}, ${failed} failed.`,
  )
  return failed === 0 ? EXIT.ok : EXIT.no
}
