import { dirname, join } from 'node:path'
import type { Config } from '../lib/config.ts'
import type { Snapshot } from '../lib/drift/snapshot.ts'
import type { KeptAnswers } from '../lib/ports.ts'
import { CliError, EXIT } from './exit.ts'
import type { Output } from './output.ts'
import { Progress } from './progress.ts'
import type { Globals } from './register.ts'
import { visible } from './render/safe.ts'
import { counted } from './render/words.ts'
import { self } from './self.ts'
import { readConfig } from './settings.ts'
import { NOT_ALLOWED, storePath } from './store.ts'

interface LiveOptions extends Globals {
  readonly account?: readonly string[]
  readonly region?: readonly string[]
  readonly cluster?: readonly string[]
  readonly fresh?: boolean
}

/** Seconds for which answers of a reading that broke off still count. */
const KEPT_FOR = 900

/** What AWS and the clusters declare now. */
export async function readLive(
  options: LiveOptions,
  at: number,
  output: Output,
): Promise<Snapshot> {
  const { account: accounts, region: regions, cluster: clusters } = options
  const config = await readConfig(options.config)
  const snapshot = config?.snapshot ?? { regions: [...regionsOf(regions)], kubernetes: true }
  const unknown = regions?.find((region) => !snapshot.regions.includes(region))
  if (unknown !== undefined)
    throw new CliError(EXIT.notFound, `snapshot.regions does not name ${visible(unknown)}`, [
      `It names ${snapshot.regions.join(', ')}.`,
    ])
  const { LiveReader } = await import('../lib/aws/live/reader.ts')
  const { keptIn } = await import('../lib/local/kept-answers.ts')
  const kept = keptIn(join(dirname(storePath(options.store) ?? HERE), 'snapshot-parts'), KEPT_FOR)
  if (options.fresh === true) await kept.clear()
  let reused = 0
  const counting: KeptAnswers = {
    ...kept,
    get: async (key) => {
      const answer = await kept.get(key)
      if (answer !== undefined) reused++
      return answer
    },
  }
  // As everywhere: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
  const attempts = Number(process.env['AWS_MAX_ATTEMPTS'])
  const progress = new Progress(options.quiet === true)
  let asked = 0
  const reader = new LiveReader({
    accounts: config?.accounts ?? [],
    snapshot,
    kept: counting,
    ...(attempts >= 1 ? { attempts } : {}),
    tell: (what) => {
      asked++
      progress.show(() => `${counted(asked, 'call')}: ${visible(what)}`)
    },
  })
  try {
    const found = await reader.read(at, {
      ...(accounts === undefined ? {} : { accounts }),
      ...(regions === undefined ? {} : { regions }),
      ...(clusters === undefined ? {} : { clusters }),
    })
    progress.done()
    if (reused > 0)
      output.note(
        `${counted(reused, 'answer')} of a reading that broke off in the last ${KEPT_FOR / 60} minutes: --fresh asks anew.`,
      )
    refuseUnknown(found, options, config)
    return found
  } catch (error) {
    progress.done()
    const { name, message } = error as Error
    if (NOT_ALLOWED.has(name))
      throw new CliError(EXIT.denied, `may not read from AWS: ${visible(message)}`, [
        'Credentials come from where the AWS CLI has them: AWS_PROFILE, AWS_REGION, …',
        `Without access: ${self()} snapshot --from-files DIR`,
      ])
    throw error
  }
}

/** Beside a store that is a table. */
const HERE = '.podtrail/podtrail.db'

function regionsOf(given: readonly string[] | undefined): readonly string[] {
  const region = process.env['AWS_REGION'] || process.env['AWS_DEFAULT_REGION']
  const regions = given ?? (region ? [region] : [])
  if (regions.length > 0) return regions
  throw new CliError(EXIT.wrongUse, 'no region is named whose clusters are to be read', [
    'Put snapshot.regions into podtrail.yaml, or set AWS_REGION.',
    `From saved output instead: ${self()} snapshot --from-files DIR`,
  ])
}

/** What was asked for by name has to be there. */
function refuseUnknown(
  { accounts, clusters, unlisted = [] }: Snapshot,
  { account = [], cluster = [] }: LiveOptions,
  config: Config | null,
): void {
  const noAccount = account.find((one) => !accounts.some((known) => known.account === one))
  if (noAccount !== undefined)
    throw new CliError(
      EXIT.notFound,
      `account ${visible(noAccount)} is neither the own one nor in the settings`,
      config === null ? ['Name it in podtrail.yaml (accounts).'] : [],
    )
  const noCluster = cluster.find((one) => !clusters.some((known) => known.name === one))
  if (noCluster !== undefined && unlisted.length === 0)
    throw new CliError(EXIT.notFound, `there is no cluster ${visible(noCluster)}`, [
      ...clusters.map(({ name }) => `There is ${visible(name)}.`),
    ])
}
