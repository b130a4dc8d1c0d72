import { type Arn, parseArn } from '../../identity/arn.ts'
import { issuerOf } from '../../identity/workload.ts'
import type { Effect, PrincipalClause, PrincipalEntry, Requester, Truth } from './model.ts'
import { any, not } from './truth.ts'

/** Why an entry matches or not, for people. */
export interface PrincipalMatch {
  readonly result: Truth
  readonly why: string
}

/** Whether the requester is among the principals of a statement; IAM reference_policies_elements_principal and …_notprincipal. */
export function evaluatePrincipal(
  clause: PrincipalClause,
  effect: Effect,
  requester: Requester,
): PrincipalMatch {
  const found = clause.entries.map((entry) => matchEntry(entry, effect, requester))
  if (clause.element === 'NotPrincipal')
    return evaluateNotPrincipal(clause, effect, requester, found)
  const result = any(found.map((match) => match.result))
  const telling = found.filter((match) => match.result === result)
  return { result, why: [...new Set(telling.map((match) => match.why))].slice(0, 5).join('; ') }
}

type Entry = Truth | 'delegated'

interface EntryMatch extends PrincipalMatch {
  /** The entry names the requester's account, which is not yet the requester. */
  readonly account: boolean
}

function matchEntry(entry: PrincipalEntry, effect: Effect, requester: Requester): EntryMatch {
  const match = compareEntry(entry, requester)
  if (match !== 'delegated') {
    return { result: match, why: whyEntry(entry, match), account: false }
  }
  const account = accountOf(entry.value)!
  if (effect === 'Deny') {
    const why = `a Deny that names account ${account} may or may not reach every principal in it: AWS does not say`
    return { result: 'unknown', why, account: true }
  }
  const own = requester.kind === 'aws' ? requester.ownPolicy : undefined
  const delegation = `the trust leaves it to the administrators of account ${account}`
  if (own === 'allows') {
    return {
      result: 'true',
      why: `${delegation}, and the requester's own policies allow it`,
      account: true,
    }
  }
  if (own === 'refuses') {
    return {
      result: 'false',
      why: `${delegation}, and the requester's own policies do not allow it`,
      account: true,
    }
  }
  return {
    result: 'unknown',
    why: `${delegation}: the requester's own policies decide`,
    account: true,
  }
}

function whyEntry(entry: PrincipalEntry, result: Truth): string {
  const name = entry.type === '*' ? '*' : `${entry.type} ${entry.value}`
  if (result === 'true') return `${name} is the requester or includes it`
  if (result === 'unknown') return `whether ${name} is the requester cannot be told`
  if (isUniqueId(entry.value)) return `${entry.value} is a principal that was deleted`
  return `${name} is not the requester`
}

function compareEntry(entry: PrincipalEntry, requester: Requester): Entry {
  // "You can use a wildcard (*) to specify all principals."
  if (entry.type === '*') return 'true'
  // { "AWS": "*" } is said to be the same "for anonymous users"; of services and providers nothing is said.
  if (entry.value === '*') {
    if (entry.type === 'AWS') return requester.kind === 'aws' ? 'true' : 'unknown'
    const kind = entry.type === 'Federated' ? 'federated' : 'service'
    return entry.type !== 'CanonicalUser' && requester.kind !== kind ? 'false' : 'unknown'
  }
  if (requester.kind === 'federated') {
    return entry.type === 'Federated' ? compareProvider(entry.value, requester.provider) : 'false'
  }
  if (requester.kind === 'service') {
    return entry.type === 'Service' ? compareService(entry.value, requester.service) : 'false'
  }
  if (entry.type === 'CanonicalUser') return 'unknown'
  return entry.type === 'AWS' ? compareAws(entry.value, requester) : 'false'
}

/** One provider can be written as its ARN or as its bare name; only what is written the same is surely the same. */
function compareProvider(entry: string, provider: string): Truth {
  if (entry === provider) return 'true'
  if (entry.toLowerCase() === provider.toLowerCase()) return 'unknown'
  const sameIssuer = issuerOf(entry).toLowerCase() === issuerOf(provider).toLowerCase()
  const bothArns = parseArn(entry) !== null && parseArn(provider) !== null
  return sameIssuer && !bothArns ? 'unknown' : 'false'
}

/** A service can have a name per Region beside its general one (`logs.eu-west-1.amazonaws.com`). */
function compareService(entry: string, service: string): Truth {
  if (entry === service) return 'true'
  return serviceStem(entry) === serviceStem(service) ? 'unknown' : 'false'
}

function serviceStem(service: string): string {
  const labels = service.toLowerCase().split('.')
  const end = labels.lastIndexOf('amazonaws')
  const stem = end < 0 ? labels : labels.slice(0, end)
  return stem.filter((label) => !/^[a-z]{2}(?:-[a-z]+)+-\d$/.test(label)).join('.')
}

type AwsRequester = Extract<Requester, { kind: 'aws' }>

function compareAws(entry: string, requester: AwsRequester): Entry {
  if (entry === requester.arn || entry === requester.role) return 'true'
  if (isUniqueId(entry)) {
    // IAM shows a unique id only where it can no longer be mapped to an ARN.
    return requester.uniqueId?.split(':')[0] === entry ? 'true' : 'false'
  }
  const account = accountOf(entry)
  if (account !== null) {
    if (account !== requester.account) return 'false'
    return parseArn(requester.arn)?.resource === 'root' ? 'true' : 'delegated'
  }
  const [theirs, own] = [parseArn(entry), parseArn(requester.arn)]
  if (theirs === null || own === null) return 'unknown'
  if (theirs.account !== own.account || theirs.partition !== own.partition) return 'false'
  return comparePrincipalArns(theirs, own, requester.role)
}

/** Two ARNs of one account that are not the same text. */
function comparePrincipalArns(theirs: Arn, own: Arn, role: string | undefined): Truth {
  if (own.resource === 'root') return 'false'
  const [trusted, asking] = [shapeOf(theirs), shapeOf(own)]
  if (trusted === null || asking === null) return 'unknown'
  if (trusted.name !== asking.name) return 'false'
  if (trusted.kind === 'role' && asking.kind === 'session') {
    // The names of roles are unique in an account, whatever their paths; the session's ARN leaves the path out.
    return role === undefined ? 'true' : 'unknown'
  }
  if (trusted.kind === 'session' && asking.kind === 'role') return 'unknown'
  if (trusted.kind === 'session' && asking.kind === 'session') return 'false'
  if (trusted.kind === 'user' && asking.kind === 'federated-user') return 'unknown'
  return trusted.kind === asking.kind ? 'unknown' : 'false'
}

interface Shape {
  readonly kind: 'user' | 'role' | 'session' | 'federated-user'
  /** Without path and session name. */
  readonly name: string
}

function shapeOf({ service, resource }: Arn): Shape | null {
  const parts = resource.split('/')
  const [kind] = parts
  if (parts.length < 2) return null
  if (service === 'iam' && (kind === 'user' || kind === 'role'))
    return { kind, name: parts.at(-1)! }
  if (service !== 'sts') return null
  if (kind === 'federated-user') return { kind, name: parts.slice(1).join('/') }
  return kind === 'assumed-role' && parts.length === 3 ? { kind: 'session', name: parts[1]! } : null
}

/** The account that an entry names as a whole: `123456789012` or the ARN of its root. */
export function accountOf(entry: string): string | null {
  if (/^\d{12}$/.test(entry)) return entry
  const arn = parseArn(entry)
  return arn?.service === 'iam' && arn.resource === 'root' ? arn.account : null
}

/** `AROA…`, `AIDA…`: IAM reference_identifiers. */
export function isUniqueId(entry: string): boolean {
  return /^A(?:ROA|IDA|GPA|NPA|NVA|PKA|SCA|IPA)[A-Z0-9]{8,}$/.test(entry)
}

/**
 * Everyone but the entries. "When you use NotPrincipal with Deny, you must also specify the account ARN of the not-denied principal", and of a
 * session its role; and a Deny with NotPrincipal "will always deny any IAM principal that has a permissions boundary".
 */
function evaluateNotPrincipal(
  clause: PrincipalClause,
  effect: Effect,
  requester: Requester,
  found: readonly EntryMatch[],
): PrincipalMatch {
  const named = any(found.filter((match) => !match.account).map((match) => match.result))
  const account = found.some((match) => match.account)
  if (named === 'false' && !account) {
    return { result: 'true', why: 'NotPrincipal does not name the requester' }
  }
  if (named !== 'true') {
    return { result: 'unknown', why: 'whether NotPrincipal spares the requester cannot be told' }
  }
  if (effect === 'Allow' || requester.kind !== 'aws') {
    return { result: not(named), why: 'NotPrincipal names the requester' }
  }
  if (requester.boundary === 'present') {
    return {
      result: 'true',
      why: 'a Deny with NotPrincipal reaches whoever has a permissions boundary',
    }
  }
  const everyone = clause.entries.some((entry) => entry.value === '*')
  const isRoot = parseArn(requester.arn)?.resource === 'root'
  const complete = everyone || isRoot || (account && namesRole(clause, requester))
  if (requester.boundary !== 'none' || !complete) {
    const missing = complete
      ? 'a permissions boundary would'
      : 'NotPrincipal does not name its account or role, which may'
    return {
      result: 'unknown',
      why: `NotPrincipal names the requester, but ${missing} still deny it`,
    }
  }
  return { result: 'false', why: 'NotPrincipal names the requester with its account' }
}

/** A session is spared for sure only with its role; anything else needs no more than itself. */
function namesRole(clause: PrincipalClause, requester: AwsRequester): boolean {
  const own = parseArn(requester.arn)
  const asking = own === null ? null : shapeOf(own)
  if (own === null || asking?.kind !== 'session') return true
  return clause.entries.some((entry) => {
    const arn = parseArn(entry.value)
    const shape = arn === null ? null : shapeOf(arn)
    return arn?.account === own.account && shape?.kind === 'role' && shape.name === asking.name
  })
}
