import { availableParallelism } from 'node:os'
import { BucketUnreadable, parseS3Url } from '../../lib/aws/urls.ts'
import { isEvery, type LogFilter } from '../../lib/source/log-filter.ts'
import type { Checkpoint } from '../checkpoint.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import type { Ingested } from '../ingesting.ts'
import { type Format, type Output, print, processOutput, quoted } from '../output.ts'
import { Progress } from '../progress.ts'
import {
  addCommand,
  addPartial,
  addWindow,
  type Globals,
  outputOption,
  type Register,
  wholeNumber,
} from '../register.ts'
import { ingestReportView, sumOf } from '../render/ingest-report.ts'
import { visible } from '../render/safe.ts'
import { counted } from '../render/words.ts'
import { self } from '../self.ts'
import { readConfig } from '../settings.ts'
import { openStore } from '../store.ts'
import { parseWindow } from '../time.ts'

interface IngestOptions extends Globals {
  readonly output: string
  readonly allowPartial?: boolean
  readonly threads: number
  readonly since?: string
  readonly from?: string
  readonly to?: string
  readonly account?: readonly string[]
  readonly region?: readonly string[]
  readonly dryRun?: boolean
  readonly queue?: string
  readonly restart?: boolean
}

/** Problems printed one by one; the rest is counted. */
const PROBLEMS_MAX = 20

/** `podtrail ingest PATH…` */
export function ingest(register: Register): void {
  const title = 'read CloudTrail files into the store; reading one again changes nothing'
  const command = addCommand(register, 'ingest <path...>', title, [
    'podtrail ingest ./AWSLogs/',
    "podtrail ingest 'logs/*.json.gz'",
    'podtrail ingest s3://acme-cloudtrail/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/',
    'podtrail ingest s3://acme-cloudtrail --account 111122223333 --since 7d',
    'podtrail ingest s3://acme-cloudtrail --from 2025-01-01 --dry-run',
    'podtrail ingest s3://acme-cloudtrail --from 2025-01-01 --queue https://sqs…/ingest',
    'zcat old.json.gz | podtrail ingest -',
    'podtrail ingest ./AWSLogs/ -o json > report.json',
  ])
  addPartial(addWindow(command))
    .addOption(outputOption())
    .option('--account <id>', 'of a bucket: only this account; may be given several times', gather)
    .option('--region <name>', 'of a bucket: only this region; may be given several times', gather)
    .option('--dry-run', 'of a bucket: only say how much it is, and about how long and how dear')
    .option('--queue <url>', 'of a bucket: have the deployed function read it')
    .option('--restart', 'of a bucket: do not go on where an earlier run was stopped')
    .addHelpText('after', WINDOW)
    .option(
      '--threads <n>',
      'how many threads may work',
      wholeNumber,
      Math.min(2, availableParallelism()),
    )
    .action(async (paths: string[]) =>
      register.finish(await ingestAll(paths, command.optsWithGlobals())),
    )
}

const WINDOW = `
--since, --from and --to are about when log files were delivered, and only
for buckets. A run that was stopped is gone on with by the same command.
`

function gather(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

async function ingestAll(paths: readonly string[], options: IngestOptions): Promise<ExitCode> {
  const output = processOutput(options.quiet === true)
  const unclear = paths.find((path) => path.startsWith('s3://') && parseS3Url(path) === null)
  if (unclear !== undefined)
    throw new CliError(EXIT.wrongUse, `${quoted(unclear)} names no bucket`, [
      'Give s3://BUCKET or s3://BUCKET/PREFIX.',
    ])
  const filter = filterOf(options)
  const remote = paths.filter((path) => path.startsWith('s3://'))
  const isWhole = isEvery(filter) && options.dryRun !== true && options.queue === undefined
  if (!isWhole && remote.length < paths.length)
    throw new CliError(
      EXIT.wrongUse,
      'these options are for buckets, and not all paths are in one',
      ['Give s3://BUCKET or s3://BUCKET/PREFIX.'],
    )
  const { Checkpoint } = await import('../checkpoint.ts')
  const checkpoint = new Checkpoint<string>(options.store, 'ingest', options.restart === true)
  if (options.dryRun === true || options.queue !== undefined)
    return fanOutAll(remote, filter, checkpoint, options)
  const config = await readConfig(options.config)
  const { NoSuchPath } = await import('../../lib/local/files.ts')
  const { ingestPaths } = await import('../ingesting.ts')
  const store = await openStore(options.store)
  const progress = new Progress(options.quiet === true)
  try {
    const ingested = await ingestPaths(
      store,
      paths,
      options.threads,
      (files, records) =>
        progress.show(() => `Read ${counted(files, 'file')}, ${counted(records, 'record')}`),
      remote.length === 0 ? null : { filter, checkpoint },
    )
    progress.done()
    const { frameOf, knownFrom } = await import('../../lib/graph/answer.ts')
    const { shown, coverage } = await frameOf(store, { limit: 0 }, knownFrom(config))
    const answer = {
      apiVersion: 'podtrail/v1',
      kind: 'IngestReport',
      window: shown,
      coverage,
      items: ingested.files,
      skipped: ingested.skipped,
      next: null,
    }
    await print(ingestReportView(answer, output), options.output as Format, output)
    const sum = sumOf(ingested.files)
    await tellProblems(ingested, output)
    tellSkipped(ingested, output)
    if (sum.accepted === 0 && sum.duplicate > 0)
      output.note('Nothing new: these records were here already.')
    if (sum.files === 0) output.complain('No log file was found there.')
    if (output.isInteractive && sum.accepted > 0)
      output.note(`↳ ${self()} graph    ↳ ${self()} coverage`)
    const isComplete = sum.quarantined.length === 0 && sum.files > 0
    return isComplete || options.allowPartial === true ? EXIT.ok : EXIT.incomplete
  } catch (error) {
    if (error instanceof BucketUnreadable) throw noBucket(error)
    if (!(error instanceof NoSuchPath)) throw error
    throw new CliError(EXIT.notFound, error.message, [
      'Give a file, a folder, a pattern in quotes, or - for standard input.',
    ])
  } finally {
    progress.done()
    store.close()
  }
}

function noBucket({ message }: BucketUnreadable): CliError {
  return new CliError(EXIT.notFound, message, [
    'Is it there, in this region, and may you list and read it? Its key, too, if it is encrypted with one.',
  ])
}

function filterOf(options: IngestOptions): LogFilter {
  const { from, to } = parseWindow(options, Math.floor(Date.now() / 1000))
  const wrong = options.account?.find((account) => !/^\d{12}$/.test(account))
  if (wrong !== undefined)
    throw new CliError(EXIT.wrongUse, `--account: ${quoted(wrong)} is not an account`, [
      'Give its 12 digits.',
    ])
  return {
    accounts: options.account === undefined ? null : new Set(options.account),
    regions: options.region === undefined ? null : new Set(options.region),
    from: from ?? null,
    to: to ?? null,
  }
}

/** How much it is, or to have it read on AWS. */
async function fanOutAll(
  urls: readonly string[],
  filter: LogFilter,
  checkpoint: Checkpoint<string>,
  options: IngestOptions,
): Promise<ExitCode> {
  const output = processOutput(options.quiet === true)
  const progress = new Progress(options.quiet === true)
  const { estimate, fanOut } = await import('../fan-out.ts')
  const { fanOutView } = await import('../render/fan-out.ts')
  const isSent = options.dryRun !== true
  try {
    const sum = isSent
      ? await fanOut(urls, filter, options.queue!, checkpoint, (objects) =>
          progress.show(() => `Sent ${counted(objects, 'object')}`),
        )
      : await estimate(urls, filter)
    progress.done()
    const view = fanOutView(sum, isSent ? 'IngestSent' : 'IngestEstimate', output)
    await print(view, options.output as Format, output)
    output.note(
      'Records, minutes and dollars are guessed from sizes: docs/operate.md, What it costs.',
    )
    return EXIT.ok
  } catch (error) {
    if (error instanceof BucketUnreadable) throw noBucket(error)
    throw error
  } finally {
    progress.done()
  }
}

/** Each file and record that was not understood: where, why, and what to do. */
async function tellProblems({ files }: Ingested, output: Output): Promise<void> {
  const { REASONS } = await import('../../lib/record/reasons.ts')
  const problems = files.flatMap(({ source, quarantined }) =>
    quarantined.map(({ index, reason }) => ({
      where: index === null ? visible(source) : `${visible(source)}, record ${index}`,
      reason,
    })),
  )
  for (const { where, reason } of problems.slice(0, PROBLEMS_MAX)) {
    const { what, advice } = REASONS[reason]
    output.complain(`${where}: ${what} [${reason}]. ${advice}`)
  }
  if (problems.length > PROBLEMS_MAX)
    output.complain(
      `… and ${counted(problems.length - PROBLEMS_MAX, 'problem')} more; -o json lists all.`,
    )
  if (problems.length > 0)
    output.complain(
      `${counted(problems.length, 'record or file', 'records or files')} set aside, the rest was taken in. Answers are incomplete until they are read; --allow-partial accepts that.`,
    )
}

const KINDS: Readonly<Record<string, string>> = {
  digest: 'digest',
  insight: 'Insights file',
  'network-activity': 'file of network activity events',
  aggregated: 'file of aggregated events',
  foreign: 'file of another service',
  notification: 'notification without events',
  name: 'file that is not called like a log file',
}

function tellSkipped({ skipped }: Ingested, output: Output): void {
  for (const [what, files] of Map.groupBy(skipped, (file) => file.what)) {
    const kind = KINDS[what] ?? what
    const plural = kind.startsWith('file') ? kind.replace('file', 'files') : `${kind}s`
    output.note(
      `Left aside: ${counted(files.length, kind, plural)} (${visible(files[0]!.source)}${files.length > 1 ? ', …' : ''})`,
    )
    const announced = files.flatMap(({ announces }) => announces ?? [])
    if (announced.length > 0)
      output.note(
        `  It announces ${counted(announced.length, 'log file')}, the first at ${visible(announced[0]!)}. Fetch them and ingest those.`,
      )
  }
}
