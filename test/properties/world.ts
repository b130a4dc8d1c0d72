import fc from 'fast-check'
import {
  ACCOUNTS,
  assume,
  byService,
  call,
  denied,
  eventId,
  type Json,
  keyOf,
  pod,
  podTags,
  roleOf,
  type Session,
  START,
  sessionIdentity,
  strangerIdentity,
  userIdentity,
  webIdentity,
} from './records.ts'

/** One thing that happens. Numbers choose among what there is, so that a world stays one when steps are taken out of it. */
export type Step = {
  readonly wait: number
  readonly session: number
  readonly role: number
  readonly name: number
} & (
  | { readonly deed: 'start'; readonly who: number; readonly lost: boolean }
  | { readonly deed: 'chain'; readonly kept: Kept }
  | { readonly deed: 'call'; readonly kept: Kept; readonly keyless: boolean; readonly ok: boolean }
  | { readonly deed: 'refused' }
)

/** Which accounts' records of a call are there. Where one account is both, only `none` matters. */
type Kept = 'both' | 'caller' | 'target' | 'none'

const ROLES = [
  roleOf(ACCOUNTS[0], 'app'),
  roleOf(ACCOUNTS[0], 'reader'),
  roleOf(ACCOUNTS[1], 'ledger'),
  roleOf(ACCOUNTS[1], 'vault'),
  roleOf(ACCOUNTS[2], 'audit'),
]
/** Few, so that sessions share them. */
const NAMES = ['worker', 'job-7', 'i-0123456789abcdef0']
const BUCKETS = ['ledger', 'photos']
const STARTS = [
  (id: string, session: Session) => pod(id, session, 'checkout'),
  (id: string, session: Session) => pod(id, session, 'stock'),
  (id: string, session: Session) => pod(id, session, 'checkout', 1),
  (id: string, session: Session) =>
    webIdentity(id, session, 'token.actions.githubusercontent.com', 'repo:acme/shop:ref:main'),
  (id: string, session: Session) => {
    const request = {
      roleArn: session.role.arn,
      roleSessionName: session.name,
      tags: podTags('blue', 'shop', 'basket'),
    }
    return byService(id, session, 'pods.eks.amazonaws.com', { requestParameters: request })
  },
  (id: string, session: Session) => byService(id, session, 'lambda.amazonaws.com'),
  (id: string, session: Session) => assume(id, session, userIdentity('ada'), ACCOUNTS[0]),
]

const kept = fc.constantFrom<Kept>('both', 'both', 'both', 'caller', 'target', 'none')
const choices = {
  wait: fc.constantFrom(0, 0, 1, 2, 700, 1799, 3600),
  session: fc.nat(5),
  role: fc.nat(ROLES.length - 1),
  name: fc.nat(NAMES.length - 1),
}
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    deed: fc.constant('start' as const),
    ...choices,
    who: fc.nat(STARTS.length - 1),
    lost: fc.constantFrom(false, false, true),
  }),
  fc.record({ deed: fc.constant('chain' as const), ...choices, kept }),
  fc.record({
    deed: fc.constant('call' as const),
    ...choices,
    kept,
    keyless: fc.constantFrom(false, false, true),
    ok: fc.constantFrom(true, true, false),
  }),
  fc.record({ deed: fc.constant('refused' as const), ...choices }),
)

export function stepsOf(maxLength: number): fc.Arbitrary<Step[]> {
  return fc.array(step, { minLength: 1, maxLength, size: 'max' })
}

/** What happened, as the records that CloudTrail delivered of it. */
export function recordsOf(steps: readonly Step[]): Json[] {
  const records: Json[] = []
  const sessions: Session[] = []
  let at = START
  steps.forEach((one, index) => {
    at += one.wait
    const id = eventId(2 * index)
    const issued: Session = {
      role: ROLES[one.role]!,
      name: NAMES[one.name]!,
      key: keyOf(index),
      at,
    }
    // The newest is number 0, since calls follow soon on what issued their credentials.
    const from = sessions[sessions.length - 1 - (one.session % Math.max(1, sessions.length))]
    const skew = one.session % 2
    if (one.deed === 'start') {
      const started = STARTS[one.who]!(id, issued)
      if (!one.lost) records.push(started)
      sessions.push(issued)
    } else if (from === undefined)
      records.push(call(id, at, userIdentity('bob'), ACCOUNTS[0], 'photos'))
    else if (one.deed === 'refused')
      records.push(denied(id, at, sessionIdentity(from, false, skew), issued.role))
    else if (one.deed === 'chain') {
      const make = (copy: string, identity: Json, recipient: string, extra: Json): Json =>
        assume(copy, issued, identity, recipient, extra)
      const identity = sessionIdentity(from, false, skew)
      records.push(...copies(index, from, identity, issued.role.account, one.kept, make))
      sessions.push(issued)
    } else {
      const bucket = BUCKETS[one.role % 2]!
      const make = (copy: string, identity: Json, recipient: string, extra: Json): Json =>
        call(copy, at, identity, recipient, bucket, {
          ...extra,
          ...(one.ok ? {} : { errorCode: 'AccessDenied' }),
        })
      const identity = sessionIdentity(from, one.keyless, skew)
      records.push(...copies(index, from, identity, ACCOUNTS[one.name]!, one.kept, make))
    }
  })
  return records
}

/** The caller's record, and that of the account it reached into, as far as they were kept. */
function copies(
  index: number,
  from: Session,
  identity: Json,
  target: string,
  which: Kept,
  make: (id: string, identity: Json, recipient: string, extra: Json) => Json,
): Json[] {
  if (which === 'none') return []
  const caller = from.role.account
  if (caller === target) return [make(eventId(2 * index), identity, caller, {})]
  const extra = { sharedEventID: `shared-${index}` }
  const made: Json[] = []
  if (which !== 'target') made.push(make(eventId(2 * index), identity, caller, extra))
  if (which !== 'caller')
    made.push(make(eventId(2 * index + 1), strangerIdentity(from), target, extra))
  return made
}

const AT_ONCE = { wait: 0, session: 0, role: 0, name: 0 }

/** A small world with something of everything, for tests that cannot try many. */
export const SAMPLE: readonly Json[] = recordsOf([
  { ...AT_ONCE, deed: 'start', who: 0, lost: false },
  { ...AT_ONCE, deed: 'chain', role: 2, name: 1, wait: 1, kept: 'both' },
  { ...AT_ONCE, deed: 'call', kept: 'both', keyless: false, ok: true, wait: 2, name: 1 },
  { ...AT_ONCE, deed: 'chain', role: 4, kept: 'target', wait: 1, session: 0 },
  { ...AT_ONCE, deed: 'call', kept: 'both', keyless: true, ok: false, role: 1, name: 2 },
  { ...AT_ONCE, deed: 'refused', role: 3, wait: 700 },
  { ...AT_ONCE, deed: 'start', who: 4, lost: false, role: 1 },
  { ...AT_ONCE, deed: 'start', who: 1, lost: true, role: 3, name: 1, wait: 3600 },
  { ...AT_ONCE, deed: 'chain', role: 1, name: 1, kept: 'caller' },
  { ...AT_ONCE, deed: 'call', kept: 'both', keyless: false, ok: true, wait: 1 },
])

/** Some records of a world that is the same every time. */
export function bigWorld(count: number): Json[] {
  let state = 12_345
  const below = (bound: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff
    return (state >>> 8) % bound
  }
  const steps = Array.from({ length: count }, (): Step => {
    const some = {
      wait: [0, 1, 2, 60, 400][below(5)]!,
      session: below(6),
      role: below(ROLES.length),
      name: below(NAMES.length),
    }
    const which = (['both', 'both', 'caller', 'target'] as const)[below(4)]!
    const deed = below(8)
    if (deed < 2) return { ...some, deed: 'start', who: below(STARTS.length), lost: below(6) === 0 }
    if (deed < 4) return { ...some, deed: 'chain', kept: which }
    if (deed < 7)
      return { ...some, deed: 'call', kept: which, keyless: below(3) === 0, ok: below(3) > 0 }
    return { ...some, deed: 'refused' }
  })
  return recordsOf(steps).slice(0, count)
}
