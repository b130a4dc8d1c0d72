/*
 * What the rows have to say, worked out from the set of unique records in the plainest way there is, however slow. It reads records
 * by itself and shares no code with lib/, so that both are wrong in the same way only where both were told so.
 */

// biome-ignore lint/suspicious/noExplicitAny: records are read as they come.
type Any = any

/** Lines of what a row is about, with the seconds at which it happened. */
export interface Rows {
  readonly edges: Record<string, number[]>
  readonly attempts: Record<string, number[]>
  /** By hour: count, first and last second. */
  readonly activity: Record<string, [count: number, first: number, last: number]>
}

interface Origin {
  readonly who: string
  readonly roles: readonly string[]
  /** How weak the weakest link is. */
  readonly weakness: number
}

const PROOFS = [
  'accessKeyId',
  'assumedRoleId',
  'sharedEventId',
  'transitiveTags',
  'externalId',
  'sessionName',
]
const HALF_A_DAY = 12 * 3600

export function modelOf(records: readonly unknown[]): Rows {
  const all: Any[] = records as Any[]
  const unique = [
    ...new Map(all.map((one) => [`${one.recipientAccountId} ${one.eventID}`, one])).values(),
  ]
  const isSts = (one: Any): boolean => one.eventSource === 'sts.amazonaws.com'
  const issued = onePer(
    unique.filter((one) => isSts(one) && !one.errorCode),
    keyIssuedBy,
  )
  const calls = onePer(
    unique.filter((one) => !isSts(one)),
    (one) => one.sharedEventID ?? `${one.recipientAccountId} ${one.eventID}`,
  )
  const edges: Rows['edges'] = {}
  const attempts: Rows['attempts'] = {}
  const activity: Rows['activity'] = {}

  /** The issuances that a call may have been made with, and by which proof. */
  function parents(one: Any): { found: Any[]; proof: string } {
    const { accessKeyId: key, principalId, sessionContext } = one.userIdentity
    // No call is made with the credentials that it gets.
    const others = [...issued.values()].filter((other) => other !== one)
    const byKey = others.filter((other) => keyIssuedBy(other) === key)
    if (byKey.length > 0) return { found: byKey, proof: 'accessKeyId' }
    const named = others.filter(
      (other) => other.responseElements.assumedRoleUser.assumedRoleId === principalId,
    )
    if (sessionContext === undefined)
      return { found: named.filter((other) => isAlive(other, secondOf(one))), proof: 'sessionName' }
    const created = Date.parse(sessionContext.attributes.creationDate) / 1000
    return {
      found: named.filter((other) => [0, 1].includes(created - secondOf(other))),
      proof: 'assumedRoleId',
    }
  }

  /** Everything from which this call may descend. */
  function ancestors(one: Any, into = new Set<Any>()): Set<Any> {
    if (isSession(one))
      for (const parent of parents(one).found)
        if (!into.has(parent)) ancestors(parent, into.add(parent))
    return into
  }

  function originOf(one: Any): Origin {
    const identity = one.userIdentity
    if (!isSession(one))
      return { who: whoIs(identity, one), roles: [], weakness: tagged(one) ? 3 : 0 }
    const { found, proof } = parents(one)
    const role = identity.sessionContext?.sessionIssuer.arn
    const unknown = {
      who: role ? `role ${role}` : `account ${identity.accountId}`,
      roles: [],
      weakness: 5,
    }
    // A session that may descend from itself is not followed.
    if (found.length === 0 || ancestors(one).has(one)) return unknown
    const origins = found.map((parent) => {
      const { who, roles, weakness } = originOf(parent)
      return {
        who,
        roles: [...roles, parent.requestParameters.roleArn],
        weakness: Math.max(weakness, PROOFS.indexOf(proof)),
      }
    })
    const agree = new Set(origins.map(({ who, roles }) => [who, ...roles].join())).size === 1
    return agree
      ? { ...origins[0]!, weakness: Math.max(...origins.map((origin) => origin.weakness)) }
      : unknown
  }

  for (const one of issued.values()) {
    const { who, roles, weakness } = originOf(one)
    const line = [
      who,
      roles.join(' > '),
      roles.length + 1,
      one.requestParameters.roleArn,
      PROOFS[weakness],
    ].join(' | ')
    push(edges, line, secondOf(one))
  }
  for (const one of unique.filter((other) => isSts(other) && other.errorCode)) {
    const { who, roles } = originOf(one)
    const line = [
      who,
      roles.join(' > '),
      one.errorMessage.split(' on resource: ')[1],
      one.eventName,
      one.errorCode,
    ].join(' | ')
    push(attempts, line, secondOf(one))
  }
  for (const one of calls.values()) {
    const at = secondOf(one)
    const line = [
      originOf(one).who,
      one.userIdentity.sessionContext?.sessionIssuer.arn ?? '',
      `s3:${one.eventName}`,
      one.resources[1].ARN,
      one.errorCode ? 'refused' : 'did',
      Math.floor(at / 3600),
    ].join(' | ')
    const [count, first, last] = activity[line] ?? [0, at, at]
    activity[line] = [count + 1, Math.min(first, at), Math.max(last, at)]
  }
  for (const seconds of Object.values({ ...edges, ...attempts })) seconds.sort((a, b) => a - b)
  return { edges, attempts, activity }
}

function push(lines: Record<string, number[]>, line: string, second: number): void {
  lines[line] = [...(lines[line] ?? []), second]
}

/** One record of each call: the caller's, where both are there. */
function onePer(records: readonly Any[], key: (one: Any) => string): Map<string, Any> {
  const kept = new Map<string, Any>()
  for (const one of records)
    if (kept.get(key(one))?.userIdentity.type !== 'AssumedRole') kept.set(key(one), one)
  return kept
}

const keyIssuedBy = (one: Any): string => one.responseElements.credentials.accessKeyId
const secondOf = (one: Any): number => Date.parse(one.eventTime) / 1000
const isSession = (one: Any): boolean =>
  ['AssumedRole', 'AWSAccount'].includes(one.userIdentity.type)
const tagged = (one: Any): boolean => one.userIdentity.invokedBy === 'pods.eks.amazonaws.com'

function isAlive(one: Any, at: number): boolean {
  const ends = Date.parse(`${one.responseElements.credentials.expiration} UTC`) / 1000
  return secondOf(one) <= at && at <= Math.min(ends, secondOf(one) + HALF_A_DAY)
}

function whoIs(identity: Any, one: Any): string {
  if (identity.type === 'IAMUser') return `iam-user ${identity.arn}`
  if (identity.type === 'WebIdentityUser') {
    const issuer = identity.identityProvider.split('oidc-provider/')[1]
    const [, , namespace, name] = identity.userName.split(':')
    return identity.userName.startsWith('system:')
      ? `workload ${issuer}/${namespace}/${name}`
      : `web-identity ${issuer}/${identity.userName}`
  }
  if (!tagged(one)) return `aws-service ${identity.invokedBy}`
  const tags = Object.fromEntries(
    one.requestParameters.tags.map((tag: Any) => [tag.key, tag.value]),
  )
  return `workload ${tags['eks-cluster-arn']}/${tags['kubernetes-namespace']}/${tags['kubernetes-service-account']}`
}
