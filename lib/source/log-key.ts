/**
 * What an S3 key or a path says about the file behind it. `foreign`: another service's file in the same tree (Config, flow logs, …);
 * `other`: the path follows no layout that is known, so only the content can tell.
 */
export type LogKeyKind =
  | 'log'
  | 'digest'
  | 'insight'
  | 'network-activity'
  | 'aggregated'
  | 'foreign'
  | 'other'

export interface LogKey {
  readonly kind: LogKeyKind
  readonly account: string | null
  readonly region: string | null
  /** `o-…`, in the tree of an organization trail. */
  readonly organization: string | null
  /** When the file was delivered, in seconds; for a digest, when the time it covers ended. */
  readonly deliveredAt: number | null
}

const NOTHING: LogKey = {
  kind: 'other',
  account: null,
  region: null,
  organization: null,
  deliveredAt: null,
}

/** Folders and file names: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html */
const KINDS: Readonly<Record<string, LogKeyKind>> = {
  CloudTrail: 'log',
  'CloudTrail-Digest': 'digest',
  'CloudTrail-Insight': 'insight',
  'CloudTrail-NetworkActivity': 'network-activity',
  'CloudTrail-Aggregated': 'aggregated',
}

/** What follows the last `AWSLogs/` of a path. Other services keep to this layout too, most of them with the region. */
const TREE = /^(?:(o-[a-z0-9]{10,32})\/)?(\d{12})\/([^/]+)\/(?:([a-z]{2,8}(?:-[a-z]+)+-\d{1,2})\/)?/
const LOG_NAME =
  /^(\d{12})_(CloudTrail(?:-[A-Z][A-Za-z]*)?)_([a-z]{2,8}(?:-[a-z]+)+-\d{1,2})_(\d{8}T\d{4}Z)_[A-Za-z0-9]{16}\.json(?:\.gz)?$/
const DIGEST_NAME =
  /^(\d{12})_(CloudTrail-Digest)_([a-z]{2,8}(?:-[a-z]+)+-\d{1,2})_.+_(\d{8}T\d{6}Z)(?:_backfill)?\.json(?:\.gz)?$/

/** Reads `[prefix/]AWSLogs/[o-…/]<account>/CloudTrail/<region>/YYYY/MM/DD/<name>`; a file's own name is enough. */
export function parseLogKey(key: string): LogKey {
  const root = `/${key}`.lastIndexOf('/AWSLogs/')
  const tree = root < 0 ? null : TREE.exec(key.slice(root + 'AWSLogs/'.length))
  const organization = tree?.[1] ?? null
  const name = key.slice(key.lastIndexOf('/') + 1)
  const named = LOG_NAME.exec(name) ?? DIGEST_NAME.exec(name)
  const kindOfName = named === null ? undefined : kindOf(named[2]!)
  const deliveredAt = named === null ? null : secondsOf(named[4]!)
  if (named !== null && kindOfName !== undefined && deliveredAt !== null)
    return { kind: kindOfName, account: named[1]!, region: named[3]!, organization, deliveredAt }
  if (tree === null) return NOTHING
  const kind = kindOf(tree[3]!) ?? 'foreign'
  return {
    // A renamed log file is still worth reading; what stands in the folders of the other kinds is not.
    kind: kind === 'log' ? 'other' : kind,
    account: tree[2]!,
    region: tree[4] ?? null,
    organization,
    deliveredAt: null,
  }
}

function kindOf(folder: string): LogKeyKind | undefined {
  return Object.hasOwn(KINDS, folder) ? KINDS[folder] : undefined
}

/** Seconds of `YYYYMMDDTHHMM[SS]Z`; null where there is no such minute. */
function secondsOf(stamp: string): number | null {
  const at = (from: number): number => Number(stamp.slice(from, from + 2))
  const second = stamp.length === 16 ? at(13) : 0
  const millis = Date.UTC(Number(stamp.slice(0, 4)), at(4) - 1, at(6), at(9), at(11), second)
  // Date.UTC turns 30 February into 1 March.
  const printed = new Date(millis).toISOString().replace(/[-:]|\.\d+/g, '')
  return printed === (stamp.length === 16 ? stamp : `${stamp.slice(0, 13)}00Z`)
    ? millis / 1000
    : null
}
