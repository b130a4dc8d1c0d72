import { InvalidArgumentError } from 'commander'
import type { BackfillProgress, Lane } from '../backfilling.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { type Format, print, processOutput } from '../output.ts'
import { Progress } from '../progress.ts'
import {
  addCommand,
  addPartial,
  type Globals,
  outputOption,
  type Register,
  wholeNumber,
} from '../register.ts'
import { ingestReportView, sumOf } from '../render/ingest-report.ts'
import { counted } from '../render/words.ts'
import { self } from '../self.ts'
import { readConfig } from '../settings.ts'
import type { Span } from '../spans.ts'
import { openStore } from '../store.ts'

interface BackfillOptions extends Globals {
  readonly output: string
  readonly allowPartial?: boolean
  readonly days: number
  readonly region?: readonly string[]
  readonly only?: readonly string[]
  readonly restart?: boolean
}

/** Where the global endpoint of STS, and IAM, record. */
const GLOBAL_REGION = 'us-east-1'
const DAY = 86_400
const BAR = 24

/** `podtrail backfill` */
export function backfill(register: Register): void {
  const title = "what CloudTrail still knows of this account's last 90 days, without a trail"
  const command = addCommand(register, 'backfill', title, [
    'podtrail backfill --days 90 --only sts.amazonaws.com',
    'podtrail backfill --region eu-west-1 --region us-east-1 --days 7',
    'AWS_PROFILE=payments podtrail backfill',
  ])
  addPartial(command)
    .addOption(outputOption())
    .option('--days <n>', 'how far back, at most 90', days, 90)
    .option(
      '--region <name>',
      'a region to ask; may be given several times (default: AWS_REGION and us-east-1)',
      gathered(/^[a-z]{2,8}(?:-[a-z]+)+-\d{1,2}$/, 'Give a region, such as eu-west-1.'),
    )
    .option(
      '--only <service>',
      'only events of a service, such as sts.amazonaws.com; may be given several times',
      gathered(/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/, 'Give an event source, such as sts.amazonaws.com.'),
    )
    .option('--restart', 'do not go on where an earlier run ended')
    .addHelpText('after', NEEDS)
    .action(async () => register.finish(await run(command.optsWithGlobals())))
}

const NEEDS = `
Needs cloudtrail:LookupEvents, which answers 2 requests a second and 50
events a request, in each region by itself: sessions alone (--only
sts.amazonaws.com) are soon there, all events of a busy account take days;
log files in a bucket are read much faster, by ingest. Management events of
the account of the credentials; no data events.
`

function days(text: string): number {
  const number = wholeNumber(text)
  if (number > 90) throw new InvalidArgumentError('CloudTrail knows the last 90 days.')
  return number
}

function gathered(form: RegExp, advice: string) {
  return (value: string, before: readonly string[] = []): readonly string[] => {
    if (!form.test(value)) throw new InvalidArgumentError(advice)
    return before.includes(value) ? before : [...before, value]
  }
}

async function run(options: BackfillOptions): Promise<ExitCode> {
  const output = processOutput(options.quiet === true)
  const config = await readConfig(options.config)
  const own = process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION']
  const regions = options.region ?? [
    ...new Set([...(own === undefined ? [] : [own]), GLOBAL_REGION]),
  ]
  const { callingAccount } = await import('../../lib/aws/lookup-events.ts')
  const { backfill: fill } = await import('../backfilling.ts')
  const { Checkpoint } = await import('../checkpoint.ts')
  const store = await openStore(options.store)
  const progress = new Progress(options.quiet === true)
  try {
    const account = await callingAccount({ region: regions[0]! })
    const lanes: Lane[] = regions.flatMap((region) =>
      (options.only ?? [null]).map((eventSource) => ({ account, region, eventSource })),
    )
    const now = Math.floor(Date.now() / 1000)
    const checkpoint = new Checkpoint<Span[]>(options.store, 'backfill', options.restart === true)
    const reports = await fill(store, lanes, [now - options.days * DAY, now], checkpoint, (state) =>
      progress.show(() => barOf(state)),
    )
    progress.done()
    const { frameOf, knownFrom } = await import('../../lib/graph/answer.ts')
    const { shown, coverage } = await frameOf(store, { limit: 0 }, knownFrom(config))
    const answer = {
      apiVersion: 'podtrail/v1',
      kind: 'IngestReport',
      window: shown,
      coverage,
      items: reports,
      skipped: [],
      next: null,
    }
    await print(ingestReportView(answer, output), options.output as Format, output)
    const { records, quarantined } = sumOf(reports)
    if (records === 0) output.note('Nothing new. --restart asks for all of it again.')
    if (quarantined.length > 0)
      output.complain(`${counted(quarantined.length, 'record')} set aside; -o json lists why.`)
    return quarantined.length > 0 && options.allowPartial !== true ? EXIT.incomplete : EXIT.ok
  } catch (error) {
    const { name, message } = error as Error
    if (!/AccessDenied|Credentials|ExpiredToken|UnrecognizedClient|InvalidClientToken/.test(name))
      throw error
    throw new CliError(EXIT.denied, `may not look up events: ${message}`, [
      'Needs cloudtrail:LookupEvents. Credentials come from where the AWS CLI has them: AWS_PROFILE, …',
      `${self()} backfill goes on where it ended.`,
    ])
  } finally {
    progress.done()
    store.close()
  }
}

function barOf({ share, requests, events }: BackfillProgress): string {
  const done = Math.round(share * BAR)
  const bar = `${'█'.repeat(done)}${'░'.repeat(BAR - done)}`
  return `${bar} ${Math.floor(share * 100)} %  ${counted(events, 'event')}, ${counted(requests, 'request')}`
}
