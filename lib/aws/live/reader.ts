import type { EKSClient } from '@aws-sdk/client-eks'
import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts'
import type { Config } from '../../config.ts'
import { type Fact, notRead, type Snapshot, snapshotOf } from '../../drift/snapshot.ts'
import { type Arn, parseArn } from '../../identity/arn.ts'
import type { KeptAnswers, SnapshotReader, SnapshotScope } from '../../ports.ts'
import { inParallel } from '../parallel.ts'
import { Asking } from './asking.ts'
import { type ClientSettings, eksClient, iamClient, type Session, stsClient } from './clients.ts'
import { clusterToken } from './cluster-token.ts'
import { type ClusterPlace, listClusters, type Region, readEks } from './eks.ts'
import { readIam } from './iam.ts'
import { clusterApi, kubernetesUnread, readKubernetes } from './kubernetes.ts'
import { memberSession } from './member.ts'
import { Pace } from './pace.ts'

/** What may be read, and how. */
export interface LiveSettings {
  /** Accounts that belong to us; the own one is always read. */
  readonly accounts: readonly string[]
  readonly snapshot: NonNullable<Config['snapshot']>
  readonly kept: KeptAnswers
  /** Milliseconds since 1970 after which nothing more is asked. */
  readonly endsAt?: number
  /** In place of AWS's own. */
  readonly endpoint?: string
  /** How often a call is tried in all. */
  readonly attempts?: number
  /** Requests a second. IAM is shared with everyone who deploys in the account. */
  readonly perSecond?: { readonly iam: number; readonly eks: number; readonly kubernetes: number }
  readonly tell?: (what: string) => void
}

const ATTEMPTS = 8
const PER_SECOND = { iam: 2, eks: 8, kubernetes: 8 }
const STS_PER_SECOND = 8
const NOT_ASKED = 'it was not asked for'

/** Reads accounts, clusters and their objects from AWS and from the clusters. */
export class LiveReader implements SnapshotReader {
  readonly #settings: LiveSettings
  readonly #endsAt: number
  #isUnfinished = false

  constructor(settings: LiveSettings) {
    this.#settings = settings
    this.#endsAt = settings.endsAt ?? Number.POSITIVE_INFINITY
  }

  /** Whether reading again soon would get further than the last time. */
  get isUnfinished(): boolean {
    return this.#isUnfinished
  }

  async read(at: number, scope: SnapshotScope): Promise<Snapshot> {
    const { kept, tell = () => {} } = this.#settings
    const asking = new Asking(kept, tell)
    const self = await this.#whoAsks()
    const settings = this.#clientSettings(this.#settings.snapshot.regions[0]!)
    const sts = stsClient(settings, new Pace(STS_PER_SECOND, this.#endsAt))
    const accounts = [...new Set([self.account, ...this.#settings.accounts])].sort()
    const facts = await inParallel<string, readonly Fact[]>(accounts, async (account) =>
      isWanted(scope.accounts, account)
        ? this.#account(account, self, sts, scope, asking)
        : unreadAccount(account, NOT_ASKED),
    )
    sts.destroy()
    const { snapshot } = snapshotOf(facts.flat(), at)
    // What is read next is to be as it is then, unless this reading has yet to be finished.
    this.#isUnfinished = asking.isUnfinished
    if (!this.#isUnfinished) await kept.clear()
    return snapshot
  }

  /** Asked even if there is no time for more: there is no snapshot without. */
  async #whoAsks(): Promise<Arn> {
    const settings = this.#clientSettings(this.#settings.snapshot.regions[0]!)
    const sts = stsClient(settings, new Pace(STS_PER_SECOND, Number.POSITIVE_INFINITY))
    const { Arn: arn = '' } = await sts.send(new GetCallerIdentityCommand({}))
    sts.destroy()
    const self = parseArn(arn)
    if (self === null) throw new Error(`STS does not say who asks: ${arn}`)
    return self
  }

  async #account(
    account: string,
    self: Arn,
    sts: STSClient,
    scope: SnapshotScope,
    asking: Asking,
  ): Promise<readonly Fact[]> {
    const { memberRole, externalId, regions } = this.#settings.snapshot
    const isOwn = account === self.account
    if (!isOwn && memberRole === undefined) return unreadAccount(account, NO_ROLE)
    const role = `arn:${self.partition}:iam::${account}:role/${memberRole}`
    const credentials = isOwn ? undefined : memberSession(sts, role, externalId)
    return asking.orElse<readonly Fact[]>(
      async () => {
        // Whether the role can be assumed at all; the session is used for all that follows.
        await credentials?.()
        const parts = await Promise.all([
          this.#iam(account, credentials, asking),
          inParallel(regions, (region) =>
            this.#region({ account, region }, credentials, scope, asking),
          ),
        ])
        return [...parts[0], ...parts[1].flat()]
      },
      (reason) => unreadAccount(account, reason),
    )
  }

  async #iam(account: string, credentials: Session | undefined, asking: Asking): Promise<Fact[]> {
    const region = this.#settings.snapshot.regions[0]!
    const settings = this.#clientSettings(region, credentials)
    const iam = iamClient(settings, new Pace(this.#perSecond.iam, this.#endsAt))
    try {
      return await readIam(iam, account, asking)
    } finally {
      iam.destroy()
    }
  }

  async #region(
    where: Region,
    credentials: Session | undefined,
    scope: SnapshotScope,
    asking: Asking,
  ): Promise<readonly Fact[]> {
    const { account, region } = where
    const unlisted = (reason: string): Fact[] => [{ kind: 'unlisted', account, region, reason }]
    if (!isWanted(scope.regions, region)) return unlisted(NOT_ASKED)
    const settings = this.#clientSettings(region, credentials)
    const eks = eksClient(settings, new Pace(this.#perSecond.eks, this.#endsAt))
    const sts = stsClient(settings, new Pace(STS_PER_SECOND, this.#endsAt))
    try {
      const { items: names, missing } = await listClusters(eks, where, asking)
      const clusters = await inParallel<string, readonly Fact[]>(names, async (cluster) => {
        const place = { account, region, cluster, file: '' }
        if (!isWanted(scope.clusters, cluster)) return unreadCluster(place, NOT_ASKED)
        return asking.orElse(
          () => this.#cluster(eks, sts, place, asking),
          (reason) => unreadCluster(place, reason),
        )
      })
      return [...clusters.flat(), ...(missing === null ? [] : unlisted(missing))]
    } finally {
      eks.destroy()
      sts.destroy()
    }
  }

  async #cluster(
    eks: EKSClient,
    sts: STSClient,
    place: ClusterPlace,
    asking: Asking,
  ): Promise<readonly Fact[]> {
    const read = await readEks(eks, place, asking)
    if (read === null) return []
    if (!this.#settings.snapshot.kubernetes) return [...read.facts, ...kubernetesUnread(place, OFF)]
    const api = read.description === null ? null : clusterApi(read.description)
    if (api === null) return [...read.facts, ...kubernetesUnread(place, NO_API)]
    const token = (): Promise<string> => clusterToken(sts, place.cluster, place.region)
    const pace = new Pace(this.#perSecond.kubernetes, this.#endsAt)
    return [...read.facts, ...(await readKubernetes(api, place, token, asking, pace))]
  }

  get #perSecond(): typeof PER_SECOND {
    return this.#settings.perSecond ?? PER_SECOND
  }

  #clientSettings(region: string, credentials?: Session): ClientSettings {
    const { endpoint, attempts = ATTEMPTS } = this.#settings
    return {
      attempts,
      region,
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(credentials === undefined ? {} : { credentials }),
    }
  }
}

const NO_ROLE = 'snapshot.memberRole in the settings does not say which role reads it'
const OFF = 'snapshot.kubernetes is off in the settings'
const NO_API = 'EKS does not say where the API of the cluster is'

function isWanted(wanted: readonly string[] | undefined, one: string): boolean {
  return wanted === undefined || wanted.includes(one)
}

function unreadAccount(account: string, reason: string): Fact[] {
  return [
    { kind: 'roles', account, part: notRead(reason) },
    { kind: 'providers', account, part: notRead(reason) },
    { kind: 'unlisted', account, region: null, reason },
  ]
}

function unreadCluster(place: ClusterPlace, reason: string): Fact[] {
  const cluster = { name: place.cluster, account: place.account, region: place.region }
  return [
    { kind: 'cluster-unread', cluster, reason },
    { kind: 'associations', cluster, part: notRead(reason) },
    { kind: 'fargate-profiles', cluster, part: notRead(reason) },
    { kind: 'node-roles-unread', cluster, reason },
    ...kubernetesUnread(place, reason),
  ]
}
