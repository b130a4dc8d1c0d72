import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Company } from '../../lib/demo/company.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { processOutput } from '../output.ts'
import { Progress } from '../progress.ts'
import {
  addCommand,
  type Globals,
  PORT,
  portNumber,
  type Register,
  wholeNumber,
} from '../register.ts'
import { counted, wrapped } from '../render/words.ts'
import { self } from '../self.ts'
import { openStore, storePath } from '../store.ts'

interface DemoOptions extends Globals {
  readonly seed: number
  readonly days: number
  readonly keep?: string
  readonly serve?: boolean
  readonly port: number
}

const STORE = 'sqlite:.podtrail/demo.db'
/** Of text where there is no terminal. */
const WIDTH = 80

/** `podtrail demo` */
export function demo(register: Register): void {
  const title =
    'a made-up company with an incident: writes its CloudTrail files, reads them, and shows around'
  const command = addCommand(register, 'demo', title, [
    'podtrail demo',
    'podtrail demo --seed 7 --days 1',
    'podtrail demo --keep ./demo-logs',
    'podtrail demo --serve',
  ])
  command
    .option('--seed <n>', 'which company: the same number gives the same one', wholeNumber, 1)
    .option('--days <n>', 'how many days of logs', wholeNumber, 3)
    .option('--keep <dir>', 'keep the CloudTrail files in this folder')
    .option('--serve', 'open the dashboard on it afterwards, until it is stopped')
    .option('--port <n>', 'of the dashboard; 0: any that is free', portNumber, PORT)
    .action(async () => {
      const isNamed = command.parent?.getOptionValueSource('store') === 'cli'
      const options = command.optsWithGlobals<DemoOptions>()
      register.finish(await run({ ...options, store: isNamed ? options.store : STORE }, isNamed))
    })
}

async function run(options: DemoOptions, isNamed: boolean): Promise<ExitCode> {
  const output = processOutput(options.quiet === true)
  const width = output.width ?? WIDTH
  const path = storePath(options.store)
  if (path === null)
    throw new CliError(EXIT.wrongUse, `the demo needs a store of its own, not ${options.store}`, [
      'Leave --store out, or give sqlite:PATH.',
    ])
  if (isNamed && existsSync(path))
    throw new CliError(EXIT.conflict, `${options.store} is there already`, [
      'The demo replaces only its own store. Remove this one, or name another.',
    ])
  const { company, fileBytes } = await import('../../lib/demo/company.ts')
  const config = `${path.replace(/\.db$/, '')}.yaml`
  const where = ['--store', options.store, '--config', config]
  const progress = new Progress(options.quiet === true)
  progress.show(() => 'Making up a company')
  const made = company({ seed: options.seed, days: options.days })
  const folder = options.keep ?? mkdtempSync(join(tmpdir(), 'podtrail-demo-'))
  // Also when it is interrupted.
  const clean = (): void => {
    if (options.keep === undefined) rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', clean)
  try {
    made.files.forEach((file, index) => {
      const target = join(folder, file.path)
      mkdirSync(dirname(target), { recursive: true })
      writeFileSync(target, fileBytes(file))
      progress.show(() => `Wrote ${index + 1} of ${counted(made.files.length, 'file')}`)
    })
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(config, await settingsOf(made))
    const { ingestPaths } = await import('../ingesting.ts')
    const store = await openStore(options.store)
    const { files } = await ingestPaths(
      store,
      [folder],
      Math.min(2, availableParallelism()),
      (count, records) =>
        progress.show(() => `Read ${counted(count, 'file')}, ${counted(records, 'record')}`),
    ).finally(() => store.close())
    progress.done()
    const records = files.reduce((sum, file) => sum + file.records, 0)
    const accounts = made.accounts.filter(({ logged }) => logged).length
    const lines = [
      output.paint('bold', `Acme: ${made.incident.title}`),
      `${made.window.from} → ${made.window.to}`,
      ...wrapped(
        `${counted(records, 'record')} in ${counted(files.length, 'CloudTrail file')}, ${counted(accounts, 'account')}, ${counted(made.clusters.length, 'cluster')}; read and rolled up just now.`,
        width,
      ),
    ]
    output.answer(`${lines.join('\n')}\n`)
    const shown = await tour(made, where, options.quiet === true)
    if (shown !== EXIT.ok || options.serve !== true) return shown
  } finally {
    progress.done()
    clean()
  }
  const { execute } = await import('../program.ts')
  output.answer(`\n${output.paint('cyan', 'The same in the dashboard:')}\n`)
  return execute(['serve', ...where, '--port', String(options.port)])
}

/** A few questions, each under the command line that asks it. */
async function tour(
  { incident, gap }: Company,
  where: readonly string[],
  quiet: boolean,
): Promise<ExitCode> {
  const output = processOutput(quiet)
  const width = output.width ?? WIDTH
  const { execute } = await import('../program.ts')
  const last = incident.steps.at(-1)!
  const role = last.role.slice(last.role.lastIndexOf('/') + 1)
  const [from, to] = [incident.window.from, incident.window.to].map((time) =>
    time.replace(':00Z', 'Z'),
  ) as [string, string]
  const stops: { text: string; args: string[] }[] = [
    { text: 'What is unusual here?', args: ['detect'] },
    {
      text: `Somebody read ${incident.resource} at night. Who touched it between 02:00 and 03:00?`,
      args: ['touched', incident.resource, '--from', from, '--to', to],
    },
    {
      text: `${incident.principal.namespace}/${incident.principal.serviceAccount} has no business there. Who else becomes ${role}?`,
      args: ['who', role],
    },
    {
      text: 'Whose key was it, which way did it come, and from where?',
      args: ['trace', last.accessKeyId],
    },
    {
      text: `Did we see everything? (${gap.account} lost its logs for a while that night.)`,
      args: ['coverage'],
    },
  ]
  for (const { text, args } of stops) {
    const command = commandLine([...args, ...where], width).map((line) => output.paint('dim', line))
    const prose = wrapped(text, width).map((line) => output.paint('cyan', line))
    output.answer(`\n${[...prose, ...command].join('\n')}\n`)
    const exit = await execute([...args, ...where, '--quiet'])
    if (exit !== EXIT.ok && exit !== EXIT.incomplete) return exit
  }
  const { namespace, serviceAccount } = incident.principal
  const next = commandLine(['what', `${namespace}/${serviceAccount}`, ...where], width)
  output.answer(`\n${output.paint('cyan', 'Go on from here:')}\n${next.join('\n')}\n`)
  return EXIT.ok
}

/** `$ podtrail …` on as many lines as it takes, broken before options. */
function commandLine(args: readonly string[], width: number): string[] {
  const parts = args.join(' ').split(/ (?=--)/)
  const lines: string[] = []
  let line = `$ ${self()} ${parts[0]}`
  for (const part of parts.slice(1)) {
    if (line.length + part.length + 3 > width) {
      lines.push(`${line} \\`)
      line = `    ${part}`
    } else line += ` ${part}`
  }
  return [...lines, line]
}

/** What Acme would have written into its podtrail.yaml. */
async function settingsOf({ accounts, clusters, network }: Company): Promise<string> {
  const { yamlOf } = await import('../render/yaml.ts')
  return yamlOf({
    accounts: accounts.filter(({ logged }) => logged).map(({ id }) => id),
    clusters: clusters.map(({ name, issuer, arn }) => ({
      name,
      issuer,
      ...(arn === '' ? {} : { arn }),
    })),
    network,
    // Two days are all there is before the night in question.
    detect: { learningDays: 1 },
  })
}
