import { describe, expect, it } from 'vitest'
import { whoCalled } from '../../lib/identity/principal.ts'
import type { Identity, Sighting } from '../../lib/model.ts'
import { type Ref, refsOf } from '../../lib/session/refs.ts'
import {
  AwaitedRefs,
  CANDIDATES_MAX,
  type Origin,
  Resolver,
  ROLES_MAX,
} from '../../lib/session/resolver.ts'
import { identity, sighting } from '../identity/of.ts'

const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/AAAA'
const T = 1_000_000
const role = (name: string, account = '111111111111'): string =>
  `arn:aws:iam::${account}:role/${name}`

/** The pod of a ServiceAccount gets a session. */
function pod(key: string, said: Partial<Sighting> = {}, serviceAccount = 'checkout'): Sighting {
  return sighting({
    key,
    eventId: `event-${key}`,
    action: 'AssumeRoleWithWebIdentity',
    provider: `arn:aws:iam::111111111111:oidc-provider/${ISSUER}`,
    subject: `system:serviceaccount:shop:${serviceAccount}`,
    at: T,
    expiresAt: T + 3600,
    ...said,
  })
}

/** What a session that `from` issued calls itself. */
function callerOf(from: Sighting, said: Partial<Identity> = {}): Identity {
  return identity({
    type: 'AssumedRole',
    principalId: `${from.roleId}:${from.sessionName}`,
    account: '111111111111',
    key: from.key,
    role: from.role,
    issuedAt: from.at,
    ...said,
  })
}

/** A session assumes another role. */
function chained(key: string, caller: Identity, said: Partial<Sighting> = {}): Sighting {
  return sighting({
    key,
    eventId: `event-${key}`,
    at: T + 60,
    expiresAt: T + 3660,
    role: role(`role-${key}`),
    roleId: `AROA${key}`,
    sessionName: `session-${key}`,
    identity: caller,
    ...said,
  })
}

/** Asks until nothing is missing; what is asked for is looked for among `known`. */
function resolve(known: readonly Sighting[], ask: (resolver: Resolver) => Origin | null): Origin {
  const resolver = new Resolver()
  for (let round = 0; round < 200; round++) {
    const origin = ask(resolver)
    if (origin !== null) return origin
    expect(resolver.missing.size).toBeGreaterThan(0)
    for (const ref of [...resolver.missing])
      resolver.learn(
        ref,
        known.filter((one) => refsOf(one).includes(ref)),
      )
  }
  throw new Error('no end in sight')
}

const ofCall = (known: readonly Sighting[], caller: Identity, at = T + 100): Origin =>
  resolve(known, (resolver) => resolver.originOf(whoCalled(caller), at))
const ofAssumption = (known: readonly Sighting[], one: Sighting): Origin =>
  resolve(known, (resolver) => resolver.originOfAssumption(one))

function awaitedBy({ awaits }: Origin): Ref[] {
  const refs = new AwaitedRefs()
  refs.add(awaits)
  return refs.sorted()
}

/** An origin in a line. */
function line({ principal, roles, hops, proof, known }: Origin): string {
  const names = roles.map((arn) => arn.slice(arn.indexOf('role/') + 5)).join('>')
  return `${principal.kind} ${principal.id} via ${names || 'nothing'} ${hops} ${proof}${known ? '' : ' unknown'}`
}

const WORKLOAD = `workload ${ISSUER}/shop/checkout`
const first = pod('A')

describe('a call', () => {
  it('by a principal is its own', () => {
    const user = identity({ type: 'IAMUser', arn: 'arn:aws:iam::111111111111:user/ada' })
    expect(line(ofCall([], user))).toBe(
      'iam-user arn:aws:iam::111111111111:user/ada via nothing 0 accessKeyId',
    )
  })

  it('with a key is of whoever was issued that key, whatever its session is called', () => {
    const twin = pod('B', {}, 'stock')
    expect(line(ofCall([first, twin], callerOf(first)))).toBe(`${WORKLOAD} via app 1 accessKeyId`)
    expect(awaitedBy(ofCall([first, twin], callerOf(first)))).toEqual([])
  })

  it('without its key is of the session of that name and time of issuing', () => {
    const later = pod('B', { at: T + 2 }, 'stock')
    for (const skew of [0, 1])
      expect(line(ofCall([first, later], callerOf(first, { key: '', issuedAt: T + skew })))).toBe(
        `${WORKLOAD} via app 1 assumedRoleId`,
      )
    for (const issuedAt of [T - 1, T + 4, T + 60])
      expect(ofCall([first, later], callerOf(first, { key: '', issuedAt })).known).toBe(false)
  })

  it('with a key that was never issued is of the session of that name and time: IAM Identity Center signs so', () => {
    expect(line(ofCall([first], callerOf(first, { key: 'OTHER' })))).toBe(
      `${WORKLOAD} via app 1 assumedRoleId`,
    )
    expect(awaitedBy(ofCall([first], callerOf(first, { key: 'OTHER' })))).toEqual([
      'k:OTHER',
      'n:AROAAPP:worker',
    ])
  })

  it('of which only a name is known is of the one session of that name that is alive', () => {
    const stranger = callerOf(first, { type: 'AWSAccount', key: '', issuedAt: null, role: '' })
    const old = pod('B', { at: T - 8000, expiresAt: T - 4400 }, 'stock')
    expect(line(ofCall([old, first], stranger))).toBe(`${WORKLOAD} via app 1 sessionName`)
    expect(ofCall([old, first], stranger, T + 3601).known).toBe(false)
    expect(ofCall([old, first], stranger, T - 1).known).toBe(false)
    expect(line(ofCall([old, first], stranger, T - 5000))).toContain('/shop/stock')
  })

  it('is nobody in particular where two could have made it', () => {
    const twin = pod('B', {}, 'stock')
    const keyless = callerOf(first, { key: '' })
    expect(line(ofCall([first, twin], keyless))).toBe(
      `role ${first.role} via nothing 0 sessionName unknown`,
    )
    expect(awaitedBy(ofCall([first, twin], keyless))).toEqual(['n:AROAAPP:worker'])
  })

  it('is of a workload where all that could have made it are of that workload', () => {
    const twin = pod('B')
    expect(line(ofCall([first, twin], callerOf(first, { key: '' })))).toBe(
      `${WORKLOAD} via app 1 assumedRoleId`,
    )
  })

  it('is no better proven than the weakest of those that could have made it', () => {
    const direct = pod('B', { role: role('one'), roleId: 'AROAONE' })
    const strong = chained('C', callerOf(direct), {
      roleId: 'AROAX',
      sessionName: 'x',
      role: role('two'),
    })
    const weak = chained('D', callerOf(direct, { key: '' }), {
      roleId: 'AROAX',
      sessionName: 'x',
      role: role('two'),
    })
    const keyless = callerOf(strong, { key: '' })
    for (const known of [
      [direct, strong, weak],
      [weak, strong, direct],
    ])
      expect(line(ofCall(known, keyless))).toBe(`${WORKLOAD} via one>two 2 assumedRoleId`)
    const onlyName = callerOf(strong, { key: '', issuedAt: null, type: 'AWSAccount', role: '' })
    expect(ofCall([direct, strong, weak], onlyName).proof).toBe('sessionName')
  })

  it('is of nobody where more sessions go by its name than are looked at', () => {
    const many = Array.from({ length: CANDIDATES_MAX + 1 }, (_, index) => pod(`K${index}`))
    const stranger = callerOf(first, { type: 'AWSAccount', key: '', issuedAt: null, role: '' })
    expect(ofCall(many.slice(1), stranger).known).toBe(true)
    expect(ofCall(many, stranger).known).toBe(false)
    // Too many stay too many: no further one could change that.
    expect(awaitedBy(ofCall(many, stranger))).toEqual([])
    expect(awaitedBy(ofCall(many.slice(1), stranger))).toEqual(['n:AROAAPP:worker'])
  })

  it('of a session that EC2 handed out is of its instance, whether or not its issuing is known', () => {
    const instance = { sessionName: 'i-0123456789abcdef0' }
    const caller = callerOf({ ...first, ...instance }, { fromInstance: true })
    expect(line(ofCall([], caller))).toBe('node i-0123456789abcdef0 via app 1 accessKeyId')
    const issued = sighting({
      ...instance,
      key: 'A',
      at: T,
      identity: identity({ type: 'AWSService', invokedBy: 'ec2.amazonaws.com' }),
    })
    expect(line(ofCall([issued], caller))).toBe('node i-0123456789abcdef0 via app 1 accessKeyId')
  })

  it('of a session that only calls itself like an instance is not of an instance', () => {
    const caller = callerOf({ ...first, sessionName: 'i-0123456789abcdef0' })
    expect(ofCall([], caller).principal.kind).toBe('role')
    const other = callerOf({ ...first, sessionName: 'not-an-instance' }, { fromInstance: true })
    expect(ofCall([], other).principal.kind).toBe('role')
  })
})

describe('a chain', () => {
  const second = chained('B', callerOf(first))
  const third = chained('C', callerOf(second))

  it('is followed to its start, first hop first', () => {
    expect(line(ofAssumption([first, second, third], first))).toBe(
      `${WORKLOAD} via nothing 0 accessKeyId`,
    )
    expect(line(ofAssumption([first, second, third], second))).toBe(
      `${WORKLOAD} via app 1 accessKeyId`,
    )
    expect(line(ofAssumption([first, second, third], third))).toBe(
      `${WORKLOAD} via app>role-B 2 accessKeyId`,
    )
    expect(line(ofCall([first, second, third], callerOf(third)))).toBe(
      `${WORKLOAD} via app>role-B>role-C 3 accessKeyId`,
    )
  })

  it('is as strong as its weakest link', () => {
    const byName = chained('B', callerOf(first, { key: '' }))
    expect(ofAssumption([first, byName, third], third).proof).toBe('assumedRoleId')
  })

  it('without its start begins with the role it is first seen in, and waits for that', () => {
    const origin = ofAssumption([second, third], third)
    expect(line(origin)).toBe(`role ${first.role} via role-B 1 sessionName unknown`)
    expect(awaitedBy(origin)).toEqual(['k:A', 'n:AROAAPP:worker'])
  })

  it("waits for the caller's copy where it has only the target's", () => {
    const target = chained(
      'B',
      callerOf(first, { type: 'AWSAccount', key: '', issuedAt: null, role: '' }),
    )
    const origin = ofCall([first, target], callerOf(target))
    expect(line(origin)).toBe(`${WORKLOAD} via app>role-B 2 sessionName`)
    expect(awaitedBy(origin)).toEqual(['k:B', 'n:AROAAPP:worker'])
    const both = ofCall([first, target, { ...second, eventId: 'other' }], callerOf(target))
    expect(line(both)).toBe(`${WORKLOAD} via app>role-B 2 accessKeyId`)
    expect(awaitedBy(both)).toEqual([])
  })

  it('of any length is followed, and names its first roles only', () => {
    const long = [first]
    for (let hop = 1; hop < 20_000; hop++) long.push(chained(`H${hop}`, callerOf(long[hop - 1]!)))
    const byKey = new Map(long.map((one) => [`k:${one.key}`, [one]]))
    const resolver = new Resolver()
    for (const one of long) resolver.learn(`k:${one.key}`, byKey.get(`k:${one.key}`)!)
    const origin = resolver.originOfAssumption(long.at(-1)!)!
    expect(origin.hops).toBe(19_999)
    expect(origin.roles.length).toBe(ROLES_MAX)
    expect(origin.roles[0]).toBe(first.role)
  })

  it('branches only where sessions do: what one waits for is kept once, however many ways lead there', () => {
    const known: Sighting[] = []
    for (let level = 0; level < 60; level++)
      for (const twin of ['x', 'y'])
        known.push(
          chained(
            `${level}${twin}`,
            identity({
              type: 'AWSAccount',
              principalId: `AROA${(level + 1) % 2}:same`,
              account: '9',
            }),
            {
              at: T + level,
              expiresAt: null,
              roleId: `AROA${level % 2}`,
              sessionName: 'same',
            },
          ),
        )
    const origin = ofAssumption(known, known.at(-1)!)
    expect(origin.known).toBe(false)
    expect(awaitedBy(origin).length).toBeLessThan(10)
  })
})

describe('a ring', () => {
  const stranger = (of: string): Identity =>
    identity({
      type: 'AWSAccount',
      principalId: `AROA${of}:session-${of}`,
      account: '222222222222',
    })

  it('of sessions that each could have issued the next ends, the same wherever one begins', () => {
    const ring = ['A', 'B', 'C'].map((key, index) =>
      chained(key, stranger(['C', 'A', 'B'][index]!), { at: T }),
    )
    for (const start of [0, 1, 2]) {
      const resolver = new Resolver()
      const seen = ring.map((_, step) => {
        const one = ring[(start + step) % 3]!
        for (;;) {
          const origin = resolver.originOfAssumption(one)
          if (origin !== null) return line(origin)
          for (const ref of [...resolver.missing])
            resolver.learn(
              ref,
              ring.filter((other) => refsOf(other).includes(ref)),
            )
        }
      })
      expect(new Set(seen)).toEqual(
        new Set(['account 222222222222 via nothing 0 sessionName unknown']),
      )
    }
  })

  it('of keys, which only a forger can make, ends too', () => {
    const a = chained('A', callerOf(sighting({ key: 'B' })))
    const b = chained('B', callerOf(sighting({ key: 'A' })))
    for (const one of [a, b]) expect(ofAssumption([a, b], one).known).toBe(false)
    const own = chained('A', callerOf(sighting({ key: 'A' })))
    expect(ofAssumption([own], own).known).toBe(false)
    expect(ofCall([a, b], callerOf(a)).hops).toBe(1)
  })

  it('does not take with it who was there before: a parent outside the ring is still waited for', () => {
    const a = chained('A', stranger('B'), { at: T })
    const b = chained('B', stranger('A'), { at: T })
    const parent = chained(
      'P',
      identity({
        type: 'AssumedRole',
        principalId: 'AROAZ:z',
        key: 'Z',
        issuedAt: T - 50,
        account: '1',
      }),
      {
        at: T - 10,
        roleId: 'AROAA',
        sessionName: 'session-A',
      },
    )
    const origin = ofAssumption([a, b, parent], b)
    expect(origin.known).toBe(false)
    expect(awaitedBy(origin)).toEqual([
      'k:Z',
      'n:AROAA:session-A',
      'n:AROAB:session-B',
      'n:AROAZ:z',
    ])
  })

  it('is not seen in a session that assumes its own role again', () => {
    const again = chained('B', callerOf(first, { key: '' }), {
      at: T,
      roleId: first.roleId,
      sessionName: first.sessionName,
      role: first.role,
    })
    expect(line(ofAssumption([first, again], again))).toBe(`${WORKLOAD} via app 1 assumedRoleId`)
  })
})

describe('a call to STS that carries a hint', () => {
  const tags = {
    'eks-cluster-name': 'blue',
    'kubernetes-namespace': 'shop',
    'kubernetes-service-account': 'basket',
  }
  const externalId = 'eu-west-1/111111111111/blue/shop/stock'

  it('is of the workload that its inherited tags name, else that of its external id, where its session is not known', () => {
    const both = chained('B', callerOf(first), { inheritedTags: tags, externalId })
    expect(line(ofAssumption([], both))).toBe('workload blue/shop/basket via app 1 transitiveTags')
    const one = chained('B', callerOf(first), { externalId })
    expect(line(ofAssumption([], one))).toBe(
      'workload arn:aws:eks:eu-west-1:111111111111:cluster/blue/shop/stock via app 1 externalId',
    )
    expect(awaitedBy(ofAssumption([], one))).toEqual(['k:A', 'n:AROAAPP:worker'])
  })

  it('is of whoever the session is known to be, whatever the hint says', () => {
    const hinted = chained('B', callerOf(first), { inheritedTags: tags, externalId })
    expect(line(ofAssumption([first], hinted))).toBe(`${WORKLOAD} via app 1 accessKeyId`)
  })

  it('names the workload of an untagged Pod Identity session, unless two of its calls disagree', () => {
    const session = sighting({
      key: 'P',
      at: T,
      sessionName: 'eks-blue-stock-7d9f-00000000-0000-4000-8000-000000000001',
      identity: identity({ type: 'AWSService', invokedBy: 'pods.eks.amazonaws.com' }),
    })
    const call = chained('B', callerOf(session), { externalId })
    const other = chained('C', callerOf(session), {
      externalId: externalId.replace('stock', 'other'),
    })
    expect(line(ofAssumption([], session))).toBe(
      'workload 111111111111/blue/?/? via nothing 0 sessionName',
    )
    expect(line(ofAssumption([call], session))).toBe(
      'workload arn:aws:eks:eu-west-1:111111111111:cluster/blue/shop/stock via nothing 0 externalId',
    )
    expect(ofAssumption([call, other], session).proof).toBe('sessionName')
    expect(awaitedBy(ofAssumption([], session))).toEqual([
      'x:AROAAPP:eks-blue-stock-7d9f-00000000-0000-4000-8000-000000000001',
      'x:P',
    ])
  })
})

describe('the parents of an assumption', () => {
  it('are the sessions that may have made it, with their proof; a principal has none', () => {
    const second = chained('B', callerOf(first))
    const resolver = new Resolver()
    expect(resolver.parentsOf(first)).toEqual([])
    expect(resolver.parentsOf(second)).toBeNull()
    resolver.learn('k:A', [first])
    expect(resolver.parentsOf(second)).toEqual([{ sighting: first, proof: 'accessKeyId' }])
  })
})

describe('what was concluded', () => {
  it('is thought over again once a ref is learned anew', () => {
    const resolver = new Resolver()
    const second = chained('B', callerOf(first))
    for (const ref of ['k:A', 'n:AROAAPP:worker', 'k:B']) resolver.learn(ref, [])
    resolver.learn('k:B', [second])
    expect(resolver.originOf(whoCalled(callerOf(second)), T + 90)?.known).toBe(false)
    expect(resolver.differs('k:A', [first])).toBe(true)
    expect(resolver.differs('k:A', [])).toBe(false)
    resolver.forgetOrigins()
    resolver.learn('k:A', [first])
    expect(resolver.differs('k:A', [first])).toBe(false)
    expect(line(resolver.originOf(whoCalled(callerOf(second)), T + 90)!)).toBe(
      `${WORKLOAD} via app>role-B 2 accessKeyId`,
    )
  })
})
