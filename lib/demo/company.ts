import { bystanders, type CompanyFile, logFiles } from './files.ts'
import { randomFrom } from './random.ts'
import { openStage } from './stage.ts'
import { type Told, tellStories } from './stories.ts'
import { DAY, lastNight, timestamp } from './time.ts'
import { type Truth, tellTruth } from './truth.ts'
import { ACCOUNT, acme, UNLOGGED } from './world.ts'

export { fileBytes, logFileBytes } from './files.ts'

export interface CompanyOptions {
  seed: number
  /** At least one, so that the last night lies within. */
  days?: number
  /** RFC 3339; fixed by default, so that the same seed gives the same company on any day. */
  end?: string
  /** Quiet ServiceAccounts in the background. */
  workloads?: number
}

export interface Company {
  /** In the order of delivery; the two a reader must skip come last. */
  files: CompanyFile[]
  truth: Truth
  /** The clusters Acme knows of. The issuer in `unknownIssuer` is not among them. */
  clusters: { name: string; issuer: string; arn: string; account: string; region: string }[]
  incident: Told['incident']
  accounts: { id: string; name: string; logged: boolean }[]
  /** Where pods and people of Acme come from: what a person would write into the settings. */
  network: { egress: string[]; vpcEndpoints: string[] }
  /** The hole in one account's logs. */
  gap: { account: string; region: string; from: string; to: string }
  unknownIssuer: string
  /** What the EKS API would list of Pod Identity. */
  associations: Told['associations']
  window: { from: string; to: string }
}

/** A made-up company, its logs, and what really happened: the same for the same options. */
export function company(options: CompanyOptions): Company {
  const { seed, days = 3, end: until = '2026-11-23T06:00:00Z', workloads = 300 } = options
  const end = Date.parse(until)
  if (Number.isNaN(end)) throw new Error(`end is not a time: ${until}`)
  if (!(days >= 1)) throw new Error(`days must be at least 1, not ${days}`)
  const start = end - days * DAY
  if (lastNight(end, 2) < start) throw new Error('one day must hold a whole hour 02:00-03:00 UTC')

  const world = acme(seed)
  const gap = {
    account: ACCOUNT.europe,
    region: 'eu-west-1',
    from: lastNight(end, 2, 11),
    to: lastNight(end, 2, 38),
  }
  const stage = openStage(randomFrom(seed, 'stage'), { start, end }, gap)
  const { incident, associations, unknownIssuer } = tellStories(stage, world, seed, workloads)

  const { files, duplicates } = logFiles(stage.posted, randomFrom(seed, 'delivery'))
  const { outOfScope, lost } = stage.counts()
  const total = stage.posted.length + duplicates
  const clusters = Object.values(world.clusters)
  return {
    files: [...files, ...bystanders(files, randomFrom(seed, 'bystanders'), end)],
    truth: tellTruth(stage.deeds, { total, outOfScope, duplicates, lost }),
    clusters: clusters.map(({ name, issuer, arn, account, region }) => ({
      name,
      issuer,
      arn,
      account,
      region,
    })),
    incident,
    accounts: Object.entries(ACCOUNT).map(([name, id]) => ({
      id,
      name: `acme-${name}`,
      logged: !UNLOGGED.has(id),
    })),
    network: {
      egress: clusters.flatMap((cluster) => cluster.egress),
      vpcEndpoints: clusters.flatMap((cluster) => Object.values(cluster.vpcEndpoints)),
    },
    gap: { ...gap, from: timestamp(gap.from), to: timestamp(gap.to) },
    unknownIssuer,
    associations,
    window: { from: timestamp(start), to: timestamp(end) },
  }
}
