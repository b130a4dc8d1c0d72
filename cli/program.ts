import { Command, CommanderError, Option } from 'commander'
import { CliError, EXIT, EXIT_CODES_HELP, type ExitCode } from './exit.ts'
import type { Register } from './register.ts'
import { visible } from './render/safe.ts'
import { DEFAULT_STORE } from './store.ts'

/** What the printed completion scripts call, as `podtrail __complete -- WORDS…`. */
const COMPLETE = '__complete'

const EXAMPLES = `Which Kubernetes workload was behind that AWS role?

  podtrail demo                                   a made-up company, no AWS needed
  podtrail ingest ./cloudtrail/                   read CloudTrail files
  podtrail who ledger-writer --since 24h          who assumed this role?
  podtrail what payments/checkout                 which roles did this workload use?
  podtrail trace ASIAEXAMPLEKEY                   whose key is that?
  podtrail touched arn:aws:s3:::acme-ledger       who did touch this bucket?
  podtrail why payments/checkout ledger-writer    why is it refused, or is it not?
  podtrail drift                                  which trusts are wide, broken or unused?
  podtrail detect                                 what is unusual?
  podtrail coverage                               are we blind anywhere?

`

/** Each in its own file, loaded when it is named: a question is answered faster than all commands are read. */
const COMMANDS: Readonly<Record<string, () => Promise<(register: Register) => void>>> = {
  ingest: async () => (await import('./commands/ingest.ts')).ingest,
  backfill: async () => (await import('./commands/backfill.ts')).backfill,
  who: async () => (await import('./commands/who.ts')).who,
  what: async () => (await import('./commands/what.ts')).what,
  trace: async () => (await import('./commands/trace.ts')).trace,
  touched: async () => (await import('./commands/touched.ts')).touched,
  graph: async () => (await import('./commands/graph.ts')).graph,
  why: async () => (await import('./commands/why.ts')).why,
  snapshot: async () => (await import('./commands/snapshot.ts')).snapshot,
  drift: async () => (await import('./commands/drift.ts')).drift,
  tighten: async () => (await import('./commands/tighten.ts')).tighten,
  findings: async () => (await import('./commands/findings.ts')).findings,
  baseline: async () => (await import('./commands/baseline.ts')).baseline,
  dispatch: async () => (await import('./commands/dispatch.ts')).dispatch,
  policy: async () => (await import('./commands/policy.ts')).policy,
  report: async () => (await import('./commands/report.ts')).report,
  coverage: async () => (await import('./commands/coverage.ts')).coverage,
  verify: async () => (await import('./commands/verify.ts')).verify,
  detect: async () => (await import('./commands/detect.ts')).detect,
  replay: async () => (await import('./commands/replay.ts')).replay,
  rules: async () => (await import('./commands/rules.ts')).rules,
  serve: async () => (await import('./commands/serve.ts')).serve,
  demo: async () => (await import('./commands/demo.ts')).demo,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
  completion: async () => (await import('./commands/completion.ts')).completion,
}

/** The program with the commands that the arguments name, or with all. `finish` takes the exit code of whichever command ran. */
async function programOf(
  args: readonly string[],
  finish: (code: ExitCode) => void,
): Promise<Command> {
  const program = new Command('podtrail')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', EXIT_CODES_HELP)
    .addOption(
      new Option('--store <url>', 'where podtrail keeps what it knows')
        .env('PODTRAIL_STORE')
        .default(DEFAULT_STORE),
    )
    .addOption(
      new Option('--config <file>', 'settings (default: podtrail.yaml, if there is one)').env(
        'PODTRAIL_CONFIG',
      ),
    )
    .option('-q, --quiet', 'only answers and errors, no remarks')
  const named = Object.keys(COMMANDS).filter((name) => args.includes(name))
  for (const name of named.length > 0 ? named : Object.keys(COMMANDS)) {
    const command = await COMMANDS[name]!()
    command({ program, finish })
  }
  return program
}

/** The whole process: runs one command line and resolves to the exit code. */
export async function run(args: readonly string[]): Promise<ExitCode> {
  // A reader that has seen enough, such as `head`, is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.ok)
    throw error
  })
  process.on('SIGINT', () => process.exit(EXIT.interrupted))
  return execute(args)
}

/** Runs one command line. */
export async function execute(args: readonly string[]): Promise<ExitCode> {
  let exit: ExitCode = EXIT.ok
  const finish = (code: ExitCode): void => {
    exit = code
  }
  try {
    if (args[0] === COMPLETE) {
      const { complete } = await import('./commands/completion.ts')
      return await complete(await programOf([], finish), args.slice(1))
    }
    const program = await programOf(args, finish)
    if (args.length === 0) {
      program.outputHelp({ error: true })
      return EXIT.wrongUse
    }
    await program.parseAsync(args, { from: 'user' })
    return exit
  } catch (error) {
    return explain(error)
  }
}

function explain(error: unknown): ExitCode {
  // Commander has printed its own message by now.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.wrongUse
  const isExpected = error instanceof CliError
  const message = error instanceof Error ? error.message : String(error)
  const advice = isExpected ? error.advice : ['Please report this: it should not have happened.']
  const lines = [`podtrail: ${visible(message)}`, ...advice.map((line) => `  ${visible(line)}`)]
  if (!isExpected && error instanceof Error && process.env['PODTRAIL_DEBUG'])
    lines.push(error.stack ?? '')
  process.stderr.write(`${lines.join('\n')}\n`)
  return isExpected ? error.exit : EXIT.failed
}
