import type { Snapshot } from '../../lib/drift/snapshot.ts'
import type { SavedProblem } from '../../lib/local/snapshot-files.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { type Format, type Output, print, processOutput } from '../output.ts'
import { addCommand, addPartial, type Globals, outputOption, type Register } from '../register.ts'
import { visible } from '../render/safe.ts'
import { snapshotView } from '../render/snapshot.ts'
import { counted } from '../render/words.ts'
import { self } from '../self.ts'
import { openStore } from '../store.ts'
import { parseTime } from '../time.ts'

interface SnapshotOptions extends Globals {
  readonly output: string
  readonly allowPartial?: boolean
  readonly fromFiles?: string
  readonly account?: readonly string[]
  readonly region?: readonly string[]
  readonly cluster?: readonly string[]
  readonly fresh?: boolean
  readonly taken?: string
  readonly approve?: boolean
  readonly list?: boolean
}

/** `podtrail snapshot` */
export function snapshot(register: Register): void {
  const title = 'keep what IAM, EKS and Kubernetes declare: read from them, or from saved output'
  const command = addCommand(register, 'snapshot', title, [
    'podtrail snapshot                       read the accounts and regions that podtrail.yaml names',
    'podtrail snapshot --account 111122223333 --cluster prod-eks',
    'podtrail snapshot --from-files ./state/',
    'podtrail snapshot --list                what is kept, newest first',
    'podtrail snapshot --approve             the newest is as it should be: later ones are compared with it',
  ])
  addPartial(command)
    .addOption(outputOption())
    .option('--from-files <dir>', 'a folder of saved output of aws and kubectl')
    .option('--account <id>', 'only this account; may be given several times', gather)
    .option('--region <name>', 'only clusters of this region; may be given several times', gather)
    .option(
      '--cluster <name>',
      'only this cluster; with --from-files: the one that Kubernetes output is of (else: its folder)',
      gather,
    )
    .option('--fresh', 'do not go on where a reading broke off in the last 15 minutes')
    .option('--taken <time>', 'when the output was saved (default: now)')
    .option('--approve', 'approve the newest snapshot; reads nothing unless --from-files is given')
    .option('--list', 'read nothing, list what is kept')
    .addHelpText('after', SHAPES)
    .action(async () => register.finish(await run(command.optsWithGlobals())))
}

function gather(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

const SHAPES = `
What reading needs, account by account: docs/snapshot.md
With --from-files, output is recognised by its shape, whatever the files are called (*.json):
  aws iam get-account-authorization-details
  aws iam list-open-id-connect-providers        aws iam get-open-id-connect-provider
  aws eks describe-cluster                      aws eks list-clusters
  aws eks list-pod-identity-associations        aws eks describe-pod-identity-association
  aws eks list-fargate-profiles                 aws eks describe-fargate-profile
  aws eks describe-nodegroup
  kubectl get serviceaccounts -A -o json        kubectl get pods -A -o json
What names no cluster or account takes it from its folders: state/111122223333/prod-eks/pods.json
`

/** Seconds by which a run of quick snapshots may be ahead of the clock; one dated further ahead was dated by somebody. */
const SAME_MOMENT = 60

async function run(options: SnapshotOptions): Promise<ExitCode> {
  const output = processOutput(options.quiet === true)
  const now = Math.floor(Date.now() / 1000)
  refuseContradictions(options)
  const at = options.taken === undefined ? now : parseTime(options.taken, now, '--taken')
  const saved = await takenFrom(options, at, output)
  const store = await openStore(options.store)
  try {
    if (saved !== null) {
      for (const { source, problem } of saved.problems)
        output.complain(`${visible(source)}: ${visible(problem)}`)
      const before = await store.snapshotAt(Number.MAX_SAFE_INTEGER)
      const isTimed = options.taken !== undefined
      await store.putSnapshot(isTimed ? saved.snapshot : after(before?.snapshot, saved.snapshot))
    }
    const entries = await store.snapshots()
    if (options.approve === true) {
      const [newest] = entries
      if (newest === undefined)
        throw new CliError(EXIT.notFound, 'there is no snapshot to approve', [
          `Take one: ${self()} snapshot`,
        ])
      await store.approveSnapshot(newest.id, now)
    }
    const { snapshotListOf } = await import('../../lib/drift/answer-snapshots.ts')
    const newest = await store.snapshotAt(Number.MAX_SAFE_INTEGER)
    const answer = snapshotListOf(await store.snapshots(), newest, saved?.problems ?? [])
    await print(snapshotView(answer, output), options.output as Format, output)
    if (newest === null) output.note(`None yet. Take one: ${self()} snapshot`)
    const missing = answer.parts.filter((part) => part.missing !== null)
    if (newest !== null && missing.length > 0) {
      output.note(`${counted(missing.length, 'part')} of it could not be read, or not all:`)
      for (const part of missing.slice(0, MISSING_MAX)) output.note(`  ${visible(part.missing!)}`)
      if (missing.length > MISSING_MAX)
        output.note(`  and ${missing.length - MISSING_MAX} more; -o json lists all.`)
    }
    if (output.isInteractive && newest !== null) output.note(`↳ ${self()} drift`)
    const isComplete = missing.length === 0 && (saved?.problems.length ?? 0) === 0
    return isComplete || options.allowPartial === true ? EXIT.ok : EXIT.incomplete
  } finally {
    store.close()
  }
}

const MISSING_MAX = 20

/** What `--from-files` and reading live have no use for each other's. */
function refuseContradictions(options: SnapshotOptions): void {
  const { fromFiles, list, approve, cluster = [], taken } = options
  const live = [
    ...(options.account === undefined ? [] : ['--account']),
    ...(options.region === undefined ? [] : ['--region']),
    ...(options.fresh === true ? ['--fresh'] : []),
  ]
  const wrong = (text: string): never => {
    throw new CliError(EXIT.wrongUse, text)
  }
  if (fromFiles !== undefined && live.length > 0)
    wrong(`${live[0]} is about reading from AWS, not from files`)
  if (fromFiles !== undefined && cluster.length > 1) wrong('files are of one --cluster')
  if (fromFiles === undefined && taken !== undefined)
    wrong('--taken says when files were saved: give --from-files too')
  const isReading = list !== true && approve !== true
  const named = cluster.length > 0 ? ['--cluster', ...live] : live
  if (fromFiles === undefined && !isReading && named.length > 0)
    wrong(`${named[0]} is of no use with --${list === true ? 'list' : 'approve'}: nothing is read`)
  if (fromFiles !== undefined && list === true)
    wrong('--list reads nothing: leave --from-files out')
}

/** What is declared, from files or from AWS; null: nothing is to be read. */
async function takenFrom(
  options: SnapshotOptions,
  at: number,
  output: Output,
): Promise<{ snapshot: Snapshot; problems: readonly SavedProblem[] } | null> {
  if (options.fromFiles !== undefined) {
    const saved = await readFiles(options.fromFiles, options.cluster?.[0] ?? null, at)
    if (saved.read.length > 0) return saved
    for (const { source, problem } of saved.problems)
      output.complain(`${visible(source)}: ${visible(problem)}`)
    throw new CliError(EXIT.failed, `no output was recognised in ${options.fromFiles}`, [
      `What is: ${self()} snapshot --help`,
    ])
  }
  if (options.list === true || options.approve === true) return null
  const { readLive } = await import('../reading-live.ts')
  return { snapshot: await readLive(options, at, output), problems: [] }
}

async function readFiles(folder: string, cluster: string | null, at: number) {
  const { readSaved } = await import('../../lib/local/snapshot-files.ts')
  try {
    return await readSaved(folder, cluster, at)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'EACCES') throw error
    throw new CliError(EXIT.notFound, `cannot read the folder ${folder}: ${code}`, [
      'Give the folder that the saved output lies in.',
    ])
  }
}

/**
 * Times are whole seconds. Of two snapshots taken in one, the later must still be the newest, or `drift` would compare and
 * `--approve` would approve the one before; so it is dated a second on. One that says the same again stays the same.
 */
function after(before: Snapshot | undefined, taken: Snapshot): Snapshot {
  if (before === undefined || before.at < taken.at || before.at > taken.at + SAME_MOMENT)
    return taken
  const again = { ...taken, at: before.at }
  return JSON.stringify(again) === JSON.stringify(before) ? again : { ...again, at: before.at + 1 }
}
