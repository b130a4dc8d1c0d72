import { readFileSync } from 'node:fs'
import { BucketUnreadable, parseS3Url } from '../../lib/aws/urls.ts'
import type { DigestReport, Tree, VerifyAsked } from '../../lib/coverage/digest-chain.ts'
import type { PublicKey } from '../../lib/coverage/public-keys.ts'
import { CliError, EXIT, type ExitCode, worst } from '../exit.ts'
import { type Format, type Output, print, processOutput, quoted } from '../output.ts'
import { Progress } from '../progress.ts'
import {
  addCommand,
  addPartial,
  addWindow,
  type Globals,
  outputOption,
  type Register,
} from '../register.ts'
import { digestReportView } from '../render/digest-report.ts'
import { counted } from '../render/words.ts'
import { parseWindow } from '../time.ts'

interface VerifyOptions extends Globals {
  readonly output: string
  readonly allowPartial?: boolean
  readonly keys?: readonly string[]
  readonly since?: string
  readonly from?: string
  readonly to?: string
  readonly account?: string
  readonly region?: string
  readonly trail?: string
  readonly bucket?: string
}

/** `podtrail verify PATH` */
export function verify(register: Register): void {
  const title = 'are these the log files that CloudTrail delivered, and all of them?'
  const command = addCommand(register, 'verify <path>', title, [
    'podtrail verify s3://acme-cloudtrail --from 2026-11-01 --to 2026-12-01',
    'podtrail verify ./cloudtrail/ --keys keys.json',
    'podtrail verify ./cloudtrail/ --keys us.json --keys eu.json --to now',
    'podtrail verify ./cloudtrail/ --keys keys.json --from 2026-11-01 --to 2026-12-01',
    'podtrail verify ./cloudtrail/ --account 111122223333 --region us-east-1 -o json',
  ])
  addPartial(addWindow(command))
    .addOption(outputOption())
    .option('--keys <file>', 'public keys of a region; may be given several times', gather)
    .option('--account <id>', 'only this account')
    .option('--region <name>', 'only this region')
    .option('--trail <name>', 'only this trail; unlisted log files are then not looked for')
    .option('--bucket <name>', 'the bucket that the files were copied from')
    .addHelpText('after', NEEDS)
    .action(async (path: string) => register.finish(await run(path, command.optsWithGlobals())))
}

const NEEDS = `
Needs the bucket, digests included, and cloudtrail:ListPublicKeys; or, offline,
a copy of it with its folders, and the keys:
  aws s3 sync s3://BUCKET ./cloudtrail/
  aws cloudtrail list-public-keys --start-time T --end-time T > keys.json
The newest digest's signature is in S3 metadata: put it into a file beside
it, called like the digest with .sig added. docs/verify.md has more.
The window is about when log files were delivered. --to now also fails if
the newest digests are missing.
`

function gather(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

async function run(path: string, options: VerifyOptions): Promise<ExitCode> {
  const output = processOutput(options.quiet === true)
  const asked = askedOf(path, options)
  const { NoSuchPath } = await import('../../lib/local/files.ts')
  const { verifyDigests } = await import('../../lib/coverage/digest-chain.ts')
  const progress = new Progress(options.quiet === true)
  try {
    const tree = await treeAt(path)
    const keys = await keysFor(tree, path, options)
    const report = await verifyDigests(tree, keys, asked, (digests, logFiles) =>
      progress.show(
        () => `Verified ${counted(digests, 'digest')}, ${counted(logFiles, 'log file')}`,
      ),
    )
    progress.done()
    await print(digestReportView(report, output), options.output as Format, output)
    return closing(report, options, output)
  } catch (error) {
    if (error instanceof BucketUnreadable)
      throw new CliError(EXIT.notFound, error.message, [
        'Is it there, in this region, and may you list and read it?',
      ])
    if (!(error instanceof NoSuchPath)) throw error
    throw new CliError(EXIT.notFound, error.message, [
      'Give the folder that the bucket was copied to, or one digest file in it.',
    ])
  } finally {
    progress.done()
  }
}

async function treeAt(path: string): Promise<Tree> {
  const url = parseS3Url(path)
  if (url !== null) return (await import('../../lib/aws/s3-tree.ts')).bucketTree(url)
  return (await import('../../lib/local/digest-tree.ts')).findTree(path)
}

/** Those that are given; of a bucket, else CloudTrail is asked. */
async function keysFor(
  tree: Tree,
  path: string,
  options: VerifyOptions,
): Promise<readonly PublicKey[] | null> {
  if (options.keys !== undefined) return readKeys(options.keys)
  if (parseS3Url(path) === null) return null
  return (await import('../../lib/aws/trail-keys.ts')).trailKeys(tree)
}

function askedOf(path: string, options: VerifyOptions): VerifyAsked {
  if (path.startsWith('s3://') && parseS3Url(path) === null)
    throw new CliError(EXIT.wrongUse, `${quoted(path)} names no bucket`, [
      'Give s3://BUCKET or s3://BUCKET/PREFIX.',
    ])
  const { account, region, trail, bucket } = options
  if (account !== undefined && !/^\d{12}$/.test(account))
    throw new CliError(EXIT.wrongUse, `--account: ${quoted(account)} is not an account`, [
      'Give its 12 digits.',
    ])
  const inBucket = parseS3Url(path)?.bucket
  return {
    ...parseWindow(options, Math.floor(Date.now() / 1000)),
    ...(inBucket === undefined ? {} : { bucket: inBucket }),
    ...(account === undefined ? {} : { account }),
    ...(region === undefined ? {} : { region }),
    ...(trail === undefined ? {} : { trail }),
    ...(bucket === undefined ? {} : { bucket }),
  }
}

async function readKeys(paths: readonly string[]): Promise<readonly PublicKey[]> {
  const { parsePublicKeys, WrongKeys } = await import('../../lib/coverage/public-keys.ts')
  return paths.flatMap((path) => {
    let text: string
    try {
      text = readFileSync(path, 'utf8')
    } catch (error) {
      throw new CliError(EXIT.notFound, `cannot read the keys: ${(error as Error).message}`, [
        'They are named by --keys.',
      ])
    }
    try {
      return parsePublicKeys(text)
    } catch (error) {
      if (!(error instanceof WrongKeys)) throw error
      throw new CliError(EXIT.wrongUse, `${path} has no public keys: ${error.message}`, [
        'Give what `aws cloudtrail list-public-keys --output json` printed.',
      ])
    }
  })
}

function closing(report: DigestReport, options: VerifyOptions, output: Output): ExitCode {
  const { chains, items, verdict } = report
  const sum = (of: (chain: DigestReport['chains'][number]) => number): number =>
    chains.reduce((total, chain) => total + of(chain), 0)
  const failed = items.filter((item) => item.verdict === 'failed').length
  const notLooked = items.length - failed
  const whole = `${counted(
    sum(({ digests }) => digests),
    'digest',
  )} and ${counted(
    sum(({ logFiles }) => logFiles),
    'log file',
  )}`
  if (verdict === 'verified') output.note(`Verified: ${whole} are what CloudTrail delivered.`)
  if (failed > 0)
    output.complain(
      `NOT verified: ${counted(failed, 'problem')} with ${whole}. What each means: docs/verify.md`,
    )
  if (notLooked > 0)
    output.note(`${counted(notLooked, 'time')} it could not be told; --allow-partial accepts that.`)
  if (options.trail !== undefined)
    output.note('With --trail, log files that no digest lists are not looked for.')
  return worst([
    failed > 0 ? EXIT.no : EXIT.ok,
    notLooked > 0 && options.allowPartial !== true ? EXIT.incomplete : EXIT.ok,
  ])
}
