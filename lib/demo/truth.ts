import { type AssumptionDeed, type Deed, isSession, type Session } from './deeds.ts'
import { accountPrincipal, type Principal, rolePrincipal, servicePrincipal } from './principal.ts'
import { timestamp } from './time.ts'
import { UNLOGGED } from './world.ts'

/** Where a chain starts, and the roles it went through, first hop first. */
interface Chain {
  principal: Principal
  via: string[]
}

/** One successful STS call of which at least one copy was delivered. */
interface TrueAssumption extends Chain {
  /** The access key it issued. */
  key: string
  /** The key its later calls show, when that is another one (Identity Center). */
  usedKey?: string
  at: string
  expires: string
  action: string
  role: string
  roleSessionName: string
  hop: number
  parentKey?: string
  /** False when the delivered records cannot prove the chain; `seen` is then the most they show. */
  linked: boolean
  seen?: Chain
  /** The strongest proof of the link to the parent that the delivered records allow. */
  proof?: 'accessKeyId' | 'assumedRoleId'
  /** Says that a later record names the workload: Pod Identity without tags, but with a target role. */
  namedByNextHop?: true
  sourceIp: string
  userAgent: string
  /** The delivered copies, the caller's first. */
  events: { eventId: string; account: string; copy: 'own' | 'target' }[]
}

/** One refused STS call that was delivered. */
interface TrueAttempt extends Chain {
  at: string
  /** Null when no record names it. */
  role: string | null
  action: string
  errorCode: string
  sourceIp: string
  eventId: string
  account: string
  linked: boolean
  seen?: Chain
}

/** What a principal did to a resource, added up over the whole window. */
interface TrueTouch extends Chain {
  /** The role it was done with; null for somebody with credentials of their own. */
  role: string | null
  /** `<first label of the event source>:<eventName>`. */
  action: string
  /** The container's ARN, or `*`. */
  resource: string
  outcome: 'did' | 'refused'
  count: number
  first: string
  last: string
  linked: boolean
  seen?: Chain
}

/** The same within one hour of event time, `2026-11-23T02`. */
interface TrueHourlyTouch extends TrueTouch {
  hour: string
}

export interface Truth {
  assumptions: TrueAssumption[]
  attempts: TrueAttempt[]
  touches: TrueTouch[]
  touchesByHour: TrueHourlyTouch[]
  records: {
    /** In log files; what digest and insight files hold is not counted. */
    total: number
    /** Insight, network activity, and service events without identity. */
    outOfScope: number
    /** Second deliveries of a record. */
    duplicates: number
    /** Written while the gap lasted and never delivered; not part of `total`. */
    lost: number
  }
}

/** What happened, from the deeds, without reading a single record. */
export function tellTruth(deeds: readonly Deed[], records: Truth['records']): Truth {
  const proof = proofsOf(deeds)
  const assumptions: TrueAssumption[] = []
  const attempts: TrueAttempt[] = []
  const hourly = new Map<string, TrueHourlyTouch>()
  const waiting = new Set<string>()

  for (const deed of deeds) {
    if (deed.kind === 'assumption') {
      const told = tellAssumption(deed, proof)
      if (told !== undefined) assumptions.push(told)
      if (deed.own?.delivered && deed.session.parent !== undefined && deed.selfNamed) {
        waiting.add(deed.session.parent.key)
      }
    } else if (deed.kind === 'attempt') {
      if (!deed.written.delivered) continue
      const known = proof.of(deed.by, true)
      const seen =
        deed.shownAs === undefined
          ? isSession(deed.by)
            ? extend(known, deed.by).seen
            : known.seen
          : { principal: deed.shownAs, via: [] }
      attempts.push({
        at: timestamp(deed.at),
        ...startOf(deed.by),
        role: deed.role?.arn ?? null,
        action: deed.action,
        errorCode: deed.errorCode,
        sourceIp: deed.sourceIp,
        eventId: deed.written.eventId,
        account: deed.written.account,
        linked: seen === undefined,
        ...(seen === undefined ? {} : { seen }),
      })
    } else {
      addTouch(hourly, deed, proof)
    }
  }
  for (const told of assumptions) {
    if (!told.linked && told.seen?.principal.kind === 'aws-service' && waiting.has(told.key)) {
      told.namedByNextHop = true
    }
  }
  const touchesByHour = [...hourly.values()].sort(byTime((touch) => touch.first))
  return {
    assumptions: assumptions.sort(byTime((assumption) => assumption.at)),
    attempts: attempts.sort(byTime((attempt) => attempt.at)),
    touches: fold(touchesByHour),
    touchesByHour,
    records,
  }
}

/** What the delivered records prove of a session: nothing missing, or the most they show. */
interface Proven {
  linked: boolean
  seen?: Chain
  /** The session itself is all that is known: it was issued out of sight. */
  bare?: boolean
  proof?: 'accessKeyId' | 'assumedRoleId'
}

interface Proofs {
  session(session: Session): Proven
  of(by: Session | Principal, keyed: boolean): Proven
}

function proofsOf(deeds: readonly Deed[]): Proofs {
  const byName = new Map<string, Session[]>()
  const deedOf = new Map<string, AssumptionDeed>()
  for (const deed of deeds) {
    if (deed.kind !== 'assumption') continue
    deedOf.set(deed.session.key, deed)
    if (!isVisible(deed)) continue
    const id = deed.session.identity.principalId
    const same = byName.get(id)
    if (same === undefined) byName.set(id, [deed.session])
    else same.push(deed.session)
  }
  const known = new Map<string, Proven>()

  function session(of: Session): Proven {
    const before = known.get(of.key)
    if (before !== undefined) return before
    const deed = deedOf.get(of.key)
    const result = deed !== undefined && isVisible(deed) ? prove(deed) : bareRole(of)
    known.set(of.key, result)
    return result
  }

  function prove(deed: AssumptionDeed): Proven {
    const { parent } = deed.session
    if (parent === undefined) {
      if (deed.session.principal.kind === 'account') {
        return { linked: false, seen: chainOf(deed.session) }
      }
      if (deed.named) return { linked: true }
      const principal = servicePrincipal('pods.eks.amazonaws.com')
      return { linked: false, seen: { principal, via: [] } }
    }
    if (deed.selfNamed) {
      return {
        linked: true,
        proof: deed.own?.delivered && deed.keyed ? 'accessKeyId' : 'assumedRoleId',
      }
    }
    if (deed.own?.delivered === true) {
      if (deed.keyed && parent.key === parent.usedKey) {
        return { ...extend(session(parent), parent), proof: 'accessKeyId' }
      }
      const twins = issuedWith(parent)
      return { ...extend(agree(parent, twins), parent), proof: 'assumedRoleId' }
    }
    const alive = (byName.get(parent.identity.principalId) ?? []).filter(
      (other) => other.issuedAt <= deed.at && deed.at < other.expiresAt,
    )
    return { ...extend(agree(parent, alive), parent), proof: 'assumedRoleId' }
  }

  // Keyless calls and Identity Center are told apart by role id, session name and creation date.
  function issuedWith(of: Session): Session[] {
    return (byName.get(of.identity.principalId) ?? []).filter(
      (other) => Math.abs(other.issuedAt - of.issuedAt) <= 1_000,
    )
  }

  function agree(of: Session, candidates: readonly Session[]): Proven {
    const [first, ...others] = candidates
    if (first === undefined) return bareRole(of)
    const same = others.every((other) => chainKey(chainOf(other)) === chainKey(chainOf(first)))
    return same ? session(first) : bareRole(of)
  }

  return {
    session,
    of(by, keyed) {
      if (!isSession(by)) return { linked: true }
      return keyed && by.key === by.usedKey ? session(by) : agree(by, issuedWith(by))
    },
  }
}

function bareRole(session: Session): Proven {
  const { role, issuer } = session
  const principal = UNLOGGED.has(role.account)
    ? accountPrincipal(role.account)
    : rolePrincipal(role.arn, role.account)
  // Its calls still name the provider of the token, and so the cluster.
  const shows = issuer !== undefined && principal.kind === 'role'
  const hinted = shows ? { ...principal, cluster: issuer } : principal
  return { linked: false, bare: true, seen: { principal: hinted, via: [] } }
}

function extend(parent: Proven, session: Session): Proven {
  if (parent.linked || parent.seen === undefined) return { linked: true }
  const { principal, via } = parent.seen
  const further = parent.bare === true ? via : [...via, session.role.arn]
  return { linked: false, seen: { principal, via: further } }
}

function isVisible(deed: AssumptionDeed): boolean {
  return deed.own?.delivered === true || deed.target?.delivered === true
}

function tellAssumption(deed: AssumptionDeed, proofs: Proofs): TrueAssumption | undefined {
  if (!isVisible(deed)) return undefined
  const { session, own, target } = deed
  const { linked, seen, proof } = proofs.session(session)
  const events: TrueAssumption['events'] = []
  if (own?.delivered) events.push({ eventId: own.eventId, account: own.account, copy: 'own' })
  if (target?.delivered) {
    events.push({ eventId: target.eventId, account: target.account, copy: 'target' })
  }
  return {
    key: session.key,
    ...(session.usedKey === session.key ? {} : { usedKey: session.usedKey }),
    at: timestamp(deed.at),
    expires: timestamp(session.expiresAt),
    action: deed.action,
    role: session.role.arn,
    roleSessionName: session.name,
    principal: session.principal,
    via: session.via,
    hop: session.hop,
    ...(session.parent === undefined ? {} : { parentKey: session.parent.key }),
    linked,
    ...(seen === undefined ? {} : { seen }),
    ...(proof === undefined ? {} : { proof }),
    sourceIp: deed.sourceIp,
    userAgent: deed.userAgent,
    events,
  }
}

function addTouch(
  hourly: Map<string, TrueHourlyTouch>,
  deed: Extract<Deed, { kind: 'touch' }>,
  proofs: Proofs,
): void {
  const { linked, seen } = proofs.of(deed.by, deed.keyed)
  const { principal, via } = touchStart(deed.by)
  const role = isSession(deed.by) ? deed.by.role.arn : null
  const at = timestamp(deed.at)
  const hour = at.slice(0, 13)
  const key = `${hour} ${touchKey({ principal, via, role, ...deed, ...(seen ? { seen } : {}) })}`
  const before = hourly.get(key)
  if (before === undefined) {
    hourly.set(key, {
      hour,
      principal,
      via,
      role,
      action: deed.action,
      resource: deed.resource,
      outcome: deed.outcome,
      count: 1,
      first: at,
      last: at,
      linked,
      ...(seen === undefined ? {} : { seen }),
    })
    return
  }
  before.count += 1
  if (at < before.first) before.first = at
  if (at > before.last) before.last = at
}

function fold(hourly: readonly TrueHourlyTouch[]): TrueTouch[] {
  const whole = new Map<string, TrueTouch>()
  for (const { hour: _, ...touch } of hourly) {
    const key = touchKey(touch)
    const before = whole.get(key)
    if (before === undefined) {
      whole.set(key, touch)
      continue
    }
    before.count += touch.count
    if (touch.first < before.first) before.first = touch.first
    if (touch.last > before.last) before.last = touch.last
  }
  return [...whole.values()]
}

function touchKey(
  touch: Pick<TrueTouch, 'principal' | 'via' | 'role' | 'action' | 'resource' | 'outcome' | 'seen'>,
): string {
  const seen = touch.seen === undefined ? '' : chainKey(touch.seen)
  const { role, action, resource, outcome } = touch
  return `${chainKey(touch)} ${role} ${action} ${resource} ${outcome} ${seen}`
}

const chainKey = (chain: Chain) => `${chain.principal.kind} ${chain.principal.id} ${chain.via}`

const chainOf = (session: Session): Chain => ({ principal: session.principal, via: session.via })

// Via of an attempt includes the role the caller held, as that of the assumption would have.
function startOf(by: Session | Principal): Chain {
  if (!isSession(by)) return { principal: by, via: [] }
  return { principal: by.principal, via: [...by.via, by.role.arn] }
}

// A touch names its role apart, so via stops before it.
function touchStart(by: Session | Principal): Chain {
  return isSession(by) ? chainOf(by) : { principal: by, via: [] }
}

function byTime<T>(of: (item: T) => string): (left: T, right: T) => number {
  return (left, right) => (of(left) < of(right) ? -1 : of(left) > of(right) ? 1 : 0)
}
