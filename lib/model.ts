/**
 * The nouns of podtrail, types only. The same words stand in the code, the CLI, the API and the pages.
 * Times are event times in seconds since 1970-01-01T00:00:00Z unless a name says otherwise; CloudTrail records whole seconds.
 */

/** Who starts a chain. `role`: a role session whose start is not known yet; `account`: only the account is known. */
export type PrincipalKind =
  | 'workload'
  | 'web-identity'
  | 'saml'
  | 'identity-center'
  | 'iam-user'
  | 'root'
  | 'aws-service'
  | 'node'
  | 'role'
  | 'account'

/**
 * `id` names the principal among all others of its kind. For a workload it is `<cluster>/<namespace>/<serviceAccount>`,
 * where the cluster is its OIDC issuer (host and path) or its EKS ARN as the record said it; answers show its name once known.
 */
export interface Principal {
  readonly kind: PrincipalKind
  readonly id: string
  readonly cluster: string | null
  readonly namespace: string | null
  readonly serviceAccount: string | null
  readonly name: string | null
  readonly account: string | null
}

/** How a link was made, strongest first. */
export type Proof =
  | 'accessKeyId'
  | 'assumedRoleId'
  | 'sharedEventId'
  | 'transitiveTags'
  | 'externalId'
  | 'sessionName'

/** What `userIdentity` says, in our words; nothing is concluded yet. */
export interface Identity {
  /** `AssumedRole`, `IAMUser`, `AWSService`, …; '' where the record has none. */
  readonly type: string
  /** `AROA…:<session name>` for a role session. */
  readonly principalId: string
  readonly arn: string
  readonly account: string
  /** Access key id the call was signed with; '' where a service acts, and in the target account's copy. */
  readonly key: string
  readonly userName: string
  /** OIDC provider ARN, or the bare name of a provider, or the SAML name qualifier. */
  readonly provider: string
  /** The service that made the call, for itself or for the session. */
  readonly invokedBy: string
  /** Role ARN with its path, of a role session. */
  readonly role: string
  /** When the session's credentials were issued. */
  readonly issuedAt: number | null
  /** The session's credentials were handed out by an EC2 instance's metadata service. */
  readonly fromInstance: boolean
}

/**
 * One record of an STS call that issued credentials for a role. A cross-account call has two (the caller's and the
 * target's account each get one); both carry the issued key and together they are one assumption.
 */
export interface Sighting {
  /** Issued access key id; `event:<id>` where CloudTrail left the response out. */
  readonly key: string
  readonly eventId: string
  /** The id that both copies of a cross-account call share. */
  readonly sharedEventId: string
  readonly recipient: string
  readonly region: string
  readonly action: StsAction
  readonly at: number
  readonly expiresAt: number | null
  readonly role: string
  /** `AROA…`, stable while the role exists. */
  readonly roleId: string
  readonly sessionName: string
  readonly identity: Identity
  /** Subject, provider and audience of a web identity or SAML assertion. */
  readonly subject: string
  readonly provider: string
  readonly audience: string
  readonly externalId: string
  /** Session tags given in this call, and those inherited from the calling session. */
  readonly tags: Tags | null
  readonly inheritedTags: Tags | null
  readonly sourceIp: string
  readonly vpcEndpoint: string
  readonly userAgent: string
}

export type StsAction = 'AssumeRole' | 'AssumeRoleWithWebIdentity' | 'AssumeRoleWithSAML'

export type Tags = Readonly<Record<string, string>>

/** A refused or failed STS call. It never enters the graph as access. */
export interface Attempt {
  readonly eventId: string
  readonly recipient: string
  readonly region: string
  readonly action: StsAction
  readonly at: number
  /** '' where the record does not name it. */
  readonly role: string
  readonly error: string
  readonly identity: Identity
  readonly sourceIp: string
  readonly vpcEndpoint: string
  readonly userAgent: string
}

/** `did`: it succeeded; `refused`: denied; `failed`: it neither happened nor was it denied (throttled, not found, …). */
export type Outcome = 'did' | 'refused' | 'failed'

/** All events of one calling account in one hour fall into one partition, whichever file or path brings them. */
export interface Partition {
  /** 12 digits, or '' where no account is known. */
  readonly account: string
  /** Hours since 1970-01-01T00:00:00Z. */
  readonly hour: number
}

/**
 * What one file adds to one partition: a pure function of the file's bytes. Activity stands in columns, since most
 * records are activity and objects for each would cost more than reading them.
 */
export interface Delta {
  readonly partition: Partition
  /** Dictionary of the columns below; entry 0 is ''. */
  readonly strings: StringTable
  /** Distinct callers, `IDENTITY_COLUMNS` numbers each, indexes into `strings` (see record/columns.ts). */
  readonly callers: Uint32Array
  /** Alike calls, `GROUP_COLUMNS` numbers each: caller, then indexes into `strings`. */
  readonly groups: Uint32Array
  /** One entry for each (call, resource): its group, its event, and its second in the hour. */
  readonly callGroup: Uint32Array
  readonly callEvent: Uint32Array
  readonly callSecond: Uint16Array
  /** Fingerprints of (recipientAccountId, eventID), two numbers for each event of whatever kind. */
  readonly events: Uint32Array
  /** For the events with a sharedEventID: the event, and two numbers of its fingerprint. */
  readonly shared: Uint32Array
  /** Issued credentials, `SIGHTING_COLUMNS` numbers each; `sightingAt` makes a `Sighting` of them. */
  readonly sightings: Uint32Array
  readonly attempts: readonly Attempt[]
}

/** Strings by number; an array is one. */
export interface StringTable {
  readonly length: number
  at(index: number): string | undefined
}

/** Why something could not be read. The list is closed. */
export type QuarantineReason =
  | 'empty'
  | 'unreadable'
  | 'not-gzip'
  | 'gzip-truncated'
  | 'gzip-corrupt'
  | 'gzip-not-single-member'
  | 'too-large'
  | 'inflated-too-large'
  | 'not-utf8'
  | 'not-json'
  | 'wrong-shape'
  | 'not-an-object'
  | 'record-too-large'
  | 'too-deep'
  | 'duplicate-key'
  | 'lone-surrogate'
  | 'wrong-type'
  | 'missing-event-id'
  | 'missing-event-time'
  | 'missing-event-name'
  | 'bad-event-time'
  | 'unknown-major-version'
  | 'missing-role'

/** Something that was not understood, with what is needed to find and replay it. */
export interface Quarantined {
  /** Position of the record in its file from 0; null: the whole file. */
  readonly index: number | null
  readonly reason: QuarantineReason
  /** Byte offset in the uncompressed file. */
  readonly offset: number
  readonly length: number
}

/** What a file says about who is being recorded: five-minute slots with at least one event. */
export interface CoverageFact {
  readonly account: string
  readonly region: string
  /** Days since 1970-01-01. */
  readonly day: number
  /** 288 bits. */
  readonly slots: Uint8Array
  readonly first: number
  readonly last: number
  /** Largest delay from event to delivery, in seconds; null where the file does not say when it was delivered. */
  readonly lagMax: number | null
}

/** Everything one file says. */
export interface FileFacts {
  /** SHA-256 of the bytes as stored, hex. */
  readonly id: string
  /** Path or URL it was read from. */
  readonly source: string
  readonly records: number
  /** Records that podtrail knowingly leaves aside (insights, network activity, …). */
  readonly outOfScope: number
  /** Records that stood in this very file before. */
  readonly repeated: number
  readonly quarantined: readonly Quarantined[]
  readonly deltas: readonly Delta[]
  readonly coverage: readonly CoverageFact[]
}
