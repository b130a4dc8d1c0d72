import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Asked, Unknown } from '../../lib/graph/answer.ts'
import { answerCoverage } from '../../lib/graph/answer-coverage.ts'
import { answerGraph } from '../../lib/graph/answer-graph.ts'
import { answerTouched } from '../../lib/graph/answer-touched.ts'
import { answerTrace } from '../../lib/graph/answer-trace.ts'
import { answerWhat } from '../../lib/graph/answer-what.ts'
import { answerWho } from '../../lib/graph/answer-who.ts'
import { type Acme, acme, inWords, seconds, shownOf, storeOf, tally } from './acme.ts'

const OPTIONS = { seed: 1, days: 1, workloads: 10 }
const ALL: Asked = { limit: 0 }

let world: Acme
beforeAll(async () => {
  world = await acme(OPTIONS)
})
afterAll(() => world.store.close())

function known<Given>(answer: Given | Unknown): Given {
  if ((answer as Unknown).kind === 'Unknown') throw new Error(JSON.stringify(answer))
  return answer as Given
}

const chainLine = (principal: string, via: readonly string[], role: string | null) =>
  `${principal} | ${via.join(' ')} | ${role}`

/** What records show of a principal can be more than the truth dares to ask for: EKS's session name tells the cluster. */
function comparable(line: string): string {
  return line
    .replace(/^workload \S+\/\?\/\?/, 'aws-service pods.eks.amazonaws.com')
    .replace(
      /^(?:role arn:aws:iam::333344445555:role\/support\/reindex|account 333344445555)/,
      'gap',
    )
}

const asked = (role: string, window: Partial<Asked> = {}) => ({ ...ALL, ...window, role })

describe('who', () => {
  it('tells for every role who assumed it, on which way, how often, first and last', async () => {
    const { assumptions } = world.company.truth
    const expected = Map.groupBy(assumptions, ({ role }) => role)
    expect(expected.size).toBeGreaterThan(40)
    for (const [role, told] of expected) {
      const { items } = known(await answerWho(world.store, asked(role), world.known))
      const found = tally(
        items.map(({ principal: { kind, id }, via, count }) => [
          comparable(chainLine(`${kind} ${id}`, via, role)),
          count,
        ]),
      )
      const truth = tally(
        told.map((one) => {
          const { principal, via } = shownOf(one)
          return [comparable(chainLine(inWords(principal), via, role)), 1]
        }),
      )
      expect(found, role).toEqual(truth)
      const times = told.map(({ at }) => seconds(at))
      expect(Math.min(...items.map(({ firstSeen }) => seconds(firstSeen)))).toBe(Math.min(...times))
      expect(Math.max(...items.map(({ lastSeen }) => seconds(lastSeen)))).toBe(Math.max(...times))
      for (const item of items) expect(item).toMatchObject({ role, hop: item.via.length + 1 })
    }
  })

  it('counts exactly what lies in the window, to the second', async () => {
    const { assumptions } = world.company.truth
    for (const role of new Set(assumptions.map((one) => one.role))) {
      const times = assumptions.filter((one) => one.role === role).map(({ at }) => seconds(at))
      const [from = 0, to = 0] = [Math.min(...times), Math.max(...times)]
      const within = await answerWho(world.store, asked(role, { from, to }), world.known)
      const count = known(within).items.reduce((sum, item) => sum + item.count, 0)
      expect(count, role).toBe(times.filter((at) => at >= from && at < to).length)
    }
  })

  it('finds the thief on the way over two roles, and the rightful user apart', async () => {
    const { incident } = world.company
    const [first, second, third] = incident.steps
    const { items, subject } = known(
      await answerWho(world.store, asked('ledger-writer'), world.known),
    )
    expect(subject).toEqual({ roles: [third!.role] })
    expect(items.map(({ principal }) => principal.id)).toEqual([
      'dev-eks/sandbox/debug',
      'prod-eks/payments/checkout',
    ])
    expect(items[0]).toEqual({
      outcome: 'did',
      principal: {
        kind: 'workload',
        id: 'dev-eks/sandbox/debug',
        cluster: 'dev-eks',
        namespace: 'sandbox',
        serviceAccount: 'debug',
        name: null,
        account: '444455556666',
      },
      role: third!.role,
      hop: 3,
      via: [first!.role, second!.role],
      proof: 'accessKeyId',
      count: 1,
      firstSeen: third!.at,
      lastSeen: third!.at,
    })
  })

  it('takes a role by ARN, without path, by session and by name', async () => {
    const arn = world.company.incident.steps[2]!.role
    const full = known(await answerWho(world.store, asked(arn), world.known))
    for (const text of [
      'ledger-writer',
      'arn:aws:iam::222233334444:role/ledger-writer',
      'arn:aws:sts::222233334444:assumed-role/ledger-writer/test',
    ])
      expect(known(await answerWho(world.store, asked(text), world.known))).toEqual(full)
  })

  it('suggests names for one that is not there', async () => {
    const answer = await answerWho(world.store, asked('ledger-writr'), world.known)
    expect(answer).toEqual({
      kind: 'Unknown',
      what: 'role',
      text: 'ledger-writr',
      suggestions: ['ledger-writer'],
    })
  })

  it('keeps what was refused apart from what was done', async () => {
    const refused = world.company.truth.attempts.filter(
      ({ role, errorCode }) => role !== null && errorCode === 'AccessDenied',
    )
    expect(refused.length).toBeGreaterThan(0)
    for (const role of new Set(refused.map((one) => one.role!))) {
      const answer = known(await answerWho(world.store, asked(role), world.known))
      const count = answer.refused
        .filter(({ error }) => error === 'AccessDenied')
        .reduce((sum, attempt) => sum + attempt.count, 0)
      expect(count, role).toBe(refused.filter((one) => one.role === role).length)
      expect(answer.refused.every(({ outcome }) => outcome === 'refused')).toBe(true)
      expect(answer.items.every(({ outcome }) => outcome === 'did')).toBe(true)
    }
  })

  it('shows what failed otherwise only when asked', async () => {
    const role = 'arn:aws:iam::111122223333:role/app'
    const store = await storeOf([
      {
        eventVersion: '1.08',
        userIdentity: {
          type: 'WebIdentityUser',
          userName: 'system:serviceaccount:shop:cart',
          identityProvider: 'arn:aws:iam::111122223333:oidc-provider/issuer.example/id/1',
        },
        eventTime: '2026-11-23T02:00:00Z',
        eventSource: 'sts.amazonaws.com',
        eventName: 'AssumeRoleWithWebIdentity',
        awsRegion: 'us-east-1',
        sourceIPAddress: '198.51.100.1',
        userAgent: 'test',
        errorCode: 'ExpiredTokenException',
        errorMessage: 'Token expired',
        requestParameters: { roleArn: role, roleSessionName: 's' },
        responseElements: null,
        eventID: '00000000-0000-4000-8000-000000000001',
        eventType: 'AwsApiCall',
        recipientAccountId: '111122223333',
        eventCategory: 'Management',
      },
    ])
    const plain = known(await answerWho(store, asked(role), world.known))
    expect(plain).toMatchObject({ items: [], refused: [], total: { refused: 0, failed: 1 } })
    expect(plain.failed).toBeUndefined()
    const more = known(await answerWho(store, { ...asked('app'), failed: true }, world.known))
    expect(more.failed).toMatchObject([
      { outcome: 'failed', role, error: 'ExpiredTokenException', count: 1 },
    ])
    expect(more.refused).toEqual([])
    store.close()
  })
})

describe('what', () => {
  it('tells for every workload which roles it used', async () => {
    const { assumptions } = world.company.truth
    const workloads = assumptions.filter((one) => shownOf(one).principal.kind === 'workload')
    const byWorkload = Map.groupBy(workloads, (one) => inWords(shownOf(one).principal))
    expect(byWorkload.size).toBeGreaterThan(20)
    for (const [name, told] of byWorkload) {
      const principal = name.replace(/^workload /, '')
      const { items } = known(await answerWhat(world.store, { ...ALL, principal }, world.known))
      const found = tally(items.map(({ via, role, count }) => [chainLine('', via, role), count]))
      const truth = tally(told.map((one) => [chainLine('', shownOf(one).via, one.role), 1]))
      expect(found, name).toEqual(truth)
    }
  })

  it('takes issuer and ARN for one cluster once the settings say so', async () => {
    const { assumptions } = world.company.truth
    const named = (await world.store.principals({ kind: 'workload' })).map(
      (one) => world.known.clusters.named(one).id,
    )
    expect(new Set(named).size).toBeLessThan(named.length)
    const twice = named.find((id, index) => named.indexOf(id) < index)!
    const answer = known(await answerWhat(world.store, { ...ALL, principal: twice }, world.known))
    expect(answer.subject.principals).toEqual([twice])
    const keys = answer.items.map(({ role, via }) => chainLine('', via, role))
    expect(new Set(keys).size).toBe(keys.length)
    const count = answer.items.reduce((sum, item) => sum + item.count, 0)
    const truth = assumptions.filter(
      (one) => inWords(shownOf(one).principal) === `workload ${twice}`,
    )
    expect(count).toBe(truth.length)
  })

  it('tells what was done with the roles, as often as it was done', async () => {
    const { touches } = world.company.truth
    const principal = 'dev-eks/sandbox/debug'
    const { activity } = known(
      await answerWhat(world.store, { ...ALL, principal, activity: true }, world.known),
    )
    const found = tally(
      activity!.map((one) => [`${one.outcome} ${one.role} ${one.action}`, one.count]),
    )
    const truth = tally(
      touches
        .filter((one) => inWords(shownOf(one).principal) === `workload ${principal}`)
        .map((one) => [`${one.outcome} ${one.role} ${one.action}`, one.count]),
    )
    expect(truth.size).toBeGreaterThan(5)
    for (const [line, count] of truth) expect(found.get(line), line).toBe(count)
  })

  it('takes a token subject, a cluster, and the id of any principal', async () => {
    const ask = (principal: string, cluster?: string) =>
      answerWhat(
        world.store,
        { ...ALL, principal, ...(cluster === undefined ? {} : { cluster }) },
        world.known,
      )
    const whole = known(await ask('dev-eks/sandbox/debug'))
    expect(known(await ask('system:serviceaccount:sandbox:debug'))).toEqual(whole)
    expect(known(await ask('sandbox/debug', 'dev-eks'))).toEqual(whole)
    const { issuer } = world.company.clusters.find(({ name }) => name === 'dev-eks')!
    expect(known(await ask('sandbox/debug', `https://${issuer}`))).toEqual(whole)
    expect(known(await ask(`${issuer}/sandbox/debug`))).toEqual(whole)
    const github = world.company.truth.assumptions.find(
      ({ principal }) => principal.kind === 'web-identity',
    )!.principal
    expect(known(await ask(github.id)).items[0]?.principal.id).toBe(github.id)
  })

  it('does not know a workload of another cluster', async () => {
    const answer = await answerWhat(
      world.store,
      { ...ALL, principal: 'sandbox/debug', cluster: 'prod-eks' },
      world.known,
    )
    expect(answer).toMatchObject({ kind: 'Unknown', what: 'workload' })
  })

  it('suggests a workload for a misspelt one', async () => {
    const answer = await answerWhat(
      world.store,
      { ...ALL, principal: 'sandbox/debgu' },
      world.known,
    )
    expect(answer).toMatchObject({ kind: 'Unknown', suggestions: ['sandbox/debug'] })
  })
})

describe('trace', () => {
  const trace = async (text: string, window: Partial<Asked> = {}) =>
    known(await answerTrace(world.store, { ...ALL, ...window, text }, world.known))

  it('leads from the key of the thief back to the workload, root first', async () => {
    const { steps, sourceIp, userAgent } = world.company.incident
    const { items } = await trace(steps[2]!.accessKeyId)
    expect(items).toHaveLength(1)
    const [chain] = items
    expect(chain).toMatchObject({
      principal: { id: 'dev-eks/sandbox/debug' },
      start: 'known',
      truncated: false,
      children: [],
    })
    expect(chain!.steps).toMatchObject(
      steps.map(({ role, sessionName, accessKeyId, at }) => ({
        role,
        session: sessionName,
        accessKeyId,
        issuedAt: at,
        sourceIp,
        userAgent,
        sourceKnown: false,
        proof: 'accessKeyId',
      })),
    )
    chain!.steps.forEach((step, index) => {
      const ids = step.events.map(({ eventId }) => eventId)
      expect(ids.sort()).toEqual([...steps[index]!.eventIds].sort())
      expect(ids).toContain(step.eventId)
    })
  })

  it('leads from the first key down to what was issued with it', async () => {
    const [first, second, third] = world.company.incident.steps
    const { items } = await trace(first!.accessKeyId)
    expect(items[0]!.steps).toHaveLength(1)
    expect(items[0]!.children).toMatchObject([
      {
        accessKeyId: second!.accessKeyId,
        children: [{ accessKeyId: third!.accessKeyId, children: [] }],
      },
    ])
  })

  it('finds the principal of every key that was issued', async () => {
    const { assumptions } = world.company.truth
    expect(assumptions.length).toBeGreaterThan(500)
    for (const told of assumptions.filter((_, index) => index % 7 === 0)) {
      const { items } = await trace(told.key)
      const { principal, via } = shownOf(told)
      expect(items).toHaveLength(1)
      const [{ principal: found, steps }] = items as [(typeof items)[0]]
      expect(comparable(`${found.kind} ${found.id}`)).toBe(comparable(inWords(principal)))
      expect(steps.at(-1)).toMatchObject({ role: told.role, session: told.roleSessionName })
      if (told.linked) expect(steps.map(({ role }) => role)).toEqual([...via, told.role])
      // With the target account's copy alone, no creation date says which session of that name it was.
      const isBare = told.events.every(({ copy }) => copy === 'target')
      if (told.proof !== undefined)
        expect(steps.at(-1)!.proof).toBe(isBare ? 'sessionName' : told.proof)
    }
  })

  it('takes event ids, session names, role sessions, role id and name, and addresses', async () => {
    const { steps, sourceIp, eventIds } = world.company.incident
    const last = steps[2]!
    const keysOf = async (text: string) =>
      (await trace(text)).items.map(({ steps: found }) => found.at(-1)!.accessKeyId)
    for (const eventId of last.eventIds) expect(await keysOf(eventId)).toEqual([last.accessKeyId])
    expect(await keysOf('arn:aws:sts::222233334444:assumed-role/ledger-writer/test')).toEqual([
      last.accessKeyId,
    ])
    expect(await keysOf(steps[0]!.sessionName)).toEqual([steps[0]!.accessKeyId])
    expect(await keysOf(sourceIp)).toEqual(steps.map(({ accessKeyId }) => accessKeyId))
    const call = eventIds.find((id) => !steps.some((step) => step.eventIds.includes(id)))!
    expect(await keysOf(call)).toEqual([steps[0]!.accessKeyId])
  })

  it('shows only sessions issued in the window', async () => {
    const { steps, sourceIp } = world.company.incident
    const { items } = await trace(sourceIp, { from: seconds(steps[1]!.at) })
    expect(items).toHaveLength(2)
  })

  it('shows what was issued to a key that nobody issued in sight', async () => {
    const user = world.company.files
      .flatMap(
        ({ records }) =>
          records as {
            userIdentity?: Record<string, string>
            eventName?: string
            errorCode?: string
          }[],
      )
      .find(
        ({ userIdentity, eventName, errorCode }) =>
          userIdentity?.['type'] === 'IAMUser' &&
          eventName === 'AssumeRole' &&
          errorCode === undefined,
      )!.userIdentity!
    const { items, subject } = await trace(user['accessKeyId']!)
    expect(subject.isCaller).toBe(true)
    expect(items.length).toBeGreaterThan(0)
    for (const { principal } of items)
      expect(principal).toMatchObject({ kind: 'iam-user', id: user['arn'] })
  })

  it('does not know what was never seen', async () => {
    for (const text of [
      'ASIAZZZZZZZZZZZZZZZZ',
      '203.0.113.254',
      'no-such-session',
      'arn:aws:s3:::x',
    ])
      expect(await answerTrace(world.store, { ...ALL, text }, world.known)).toMatchObject({
        kind: 'Unknown',
        what: 'session',
      })
  })
})

describe('touched', () => {
  const touched = async (resource: string, window: Partial<Asked> = {}) =>
    known(await answerTouched(world.store, { ...ALL, ...window, resource }, world.known))

  it('tells for every resource who did touch it and who was refused, hour by hour', async () => {
    const { touchesByHour } = world.company.truth
    const byResource = Map.groupBy(
      touchesByHour.filter(({ resource }) => resource.startsWith('arn:')),
      ({ resource, hour }) => `${resource} ${hour}`,
    )
    expect(byResource.size).toBeGreaterThan(200)
    const checked = [...byResource].filter((_, index) => index % 5 === 0)
    for (const [key, told] of checked) {
      const [resource, hour] = key.split(' ') as [string, string]
      const from = seconds(`${hour}:00:00Z`)
      const { items } = await touched(resource, { from, to: from + 3600 })
      const line = (outcome: string, who: string, role: string | null, action: string) =>
        comparable(`${who} | ${role} | ${outcome} ${action}`)
      const found = tally(
        items.map(({ outcome, principal: { kind, id }, role, action, count }) => [
          line(outcome, `${kind} ${id}`, role, action),
          count,
        ]),
      )
      const truth = tally(
        told.map((one) => [
          line(one.outcome, inWords(shownOf(one).principal), one.role, one.action),
          one.count,
        ]),
      )
      for (const [expected, count] of truth)
        expect(found.get(expected), `${key} ${expected}`).toBe(count)
    }
  })

  it('tells the theft from the daily work', async () => {
    const { incident } = world.company
    const from = seconds(incident.window.from)
    const { items, notes } = await touched(incident.resource, { from, to: from + 3600 })
    const reads = items.find(
      ({ principal, action }) =>
        principal.id === 'dev-eks/sandbox/debug' && action === 's3:GetObject',
    )
    expect(reads).toMatchObject({ outcome: 'did', count: incident.objectsRead })
    const refused = items.filter(({ outcome }) => outcome === 'refused')
    expect(refused).toMatchObject([
      { principal: { id: 'dev-eks/sandbox/debug' }, action: 's3:PutBucketPolicy', count: 1 },
    ])
    expect(items.map(({ outcome }) => outcome)).toEqual(
      [...items.map(({ outcome }) => outcome)].sort(),
    )
    expect(notes).toEqual([])
  })

  it('takes a bucket by name, and an object as its bucket, and says so', async () => {
    const whole = await touched('arn:aws:s3:::acme-ledger')
    const named = await touched('acme-ledger')
    expect(named.items).toEqual(whole.items)
    const object = await touched('arn:aws:s3:::acme-ledger/entries/1.json')
    expect(object.items).toEqual(whole.items)
    expect(object.notes).toEqual([
      'Activity is kept by container: arn:aws:s3:::acme-ledger/entries/1.json was taken as arn:aws:s3:::acme-ledger.',
    ])
    expect((await touched('s3://acme-ledger/entries/1.json')).items).toEqual(whole.items)
  })

  it('widens the window to whole hours, and says so', async () => {
    const from = seconds('2026-11-23T02:10:00Z')
    const answer = await touched('acme-ledger', { from, to: from + 600 })
    expect(answer.window).toEqual({ from: '2026-11-23T02:00:00Z', to: '2026-11-23T03:00:00Z' })
    expect(answer.notes).toContain(
      'Activity is kept to the hour, so the window was widened to whole hours.',
    )
  })

  it('does not know a resource that no call was ever made on', async () => {
    const answer = await answerTouched(world.store, { ...ALL, resource: 'acme-leger' }, world.known)
    expect(answer).toMatchObject({ kind: 'Unknown', what: 'resource' })
  })
})

describe('graph', () => {
  it('has every edge that who and what have, once', async () => {
    const whole = known(await answerGraph(world.store, ALL, world.known))
    const count = whole.items.reduce((sum, item) => sum + item.count, 0)
    expect(count).toBe(world.company.truth.assumptions.length)
    const lines = whole.items.map(({ principal: { kind, id }, via, role }) =>
      chainLine(`${kind} ${id}`, via, role),
    )
    expect(new Set(lines).size).toBe(lines.length)
    const sandbox = known(
      await answerGraph(world.store, { ...ALL, namespace: 'sandbox' }, world.known),
    )
    expect(sandbox.items).toEqual(
      whole.items.filter(({ principal }) => principal.namespace === 'sandbox'),
    )
    const dev = known(await answerGraph(world.store, { ...ALL, cluster: 'dev-eks' }, world.known))
    expect(dev.items).toEqual(
      whole.items.filter(({ principal }) => principal.cluster === 'dev-eks'),
    )
  })

  it('does not know a namespace that was never seen', async () => {
    expect(
      await answerGraph(world.store, { ...ALL, namespace: 'sandbx' }, world.known),
    ).toMatchObject({ kind: 'Unknown', what: 'namespace', suggestions: ['sandbox'] })
  })
})

describe('coverage', () => {
  it('finds the hole in the logs, and no other', async () => {
    const { gap } = world.company
    const { coverage, items } = await answerCoverage(world.store, {}, world.known)
    expect(coverage.status).toBe('partial')
    expect(coverage.gaps).toHaveLength(1)
    const [found] = coverage.gaps
    expect(found).toMatchObject({ account: gap.account, region: gap.region })
    expect(Math.abs(seconds(found!.from) - seconds(gap.from))).toBeLessThanOrEqual(300)
    expect(Math.abs(seconds(found!.to) - seconds(gap.to))).toBeLessThanOrEqual(300)
    expect(items.filter(({ gaps }) => gaps.length > 0)).toMatchObject([
      { account: gap.account, region: gap.region, status: 'gap' },
    ])
  })

  it('is complete for a window that the hole does not touch', async () => {
    const { coverage } = await answerCoverage(
      world.store,
      { from: seconds('2026-11-22T12:00:00Z'), to: seconds('2026-11-22T18:00:00Z') },
      world.known,
    )
    expect(coverage).toMatchObject({ status: 'complete', gaps: [], missing: [] })
  })

  it('is blind where nothing was seen, and partial beyond what was seen', async () => {
    const at = (time: string) => seconds(time)
    const later = { from: at('2026-11-25T00:00:00Z'), to: at('2026-11-26T00:00:00Z') }
    expect((await answerCoverage(world.store, later, world.known)).coverage.status).toBe('blind')
    const across = { from: at('2026-11-23T03:00:00Z'), to: at('2026-11-24T00:00:00Z') }
    expect((await answerCoverage(world.store, across, world.known)).coverage.status).toBe('partial')
  })

  it('misses an account in scope that never sent anything', async () => {
    const accounts = [...world.known.accounts, '999900001111']
    const { coverage, items } = await answerCoverage(world.store, {}, { accounts })
    expect(coverage.missing).toEqual(['999900001111'])
    expect(items.at(-1)).toMatchObject({ account: '999900001111', region: null, status: 'missing' })
  })
})

describe('an answer', () => {
  it('has the envelope, and times in UTC', async () => {
    const answer = known(
      await answerWho(
        world.store,
        asked('ledger-writer', {
          from: seconds('2026-11-23T02:00:00Z'),
          to: seconds('2026-11-23T03:00:00Z'),
        }),
        world.known,
      ),
    )
    expect(answer).toMatchObject({
      apiVersion: 'podtrail/v1',
      kind: 'EdgeList',
      window: { from: '2026-11-23T02:00:00Z', to: '2026-11-23T03:00:00Z' },
      coverage: { status: 'partial' },
      next: null,
    })
  })

  it('comes in pages that together are the whole, each row once', async () => {
    const whole = known(await answerGraph(world.store, ALL, world.known))
    const items: unknown[] = []
    const refused: unknown[] = []
    let cursor: string | undefined
    let pages = 0
    do {
      const page = known(
        await answerGraph(
          world.store,
          { limit: 7, ...(cursor === undefined ? {} : { cursor }) },
          world.known,
        ),
      )
      items.push(...page.items)
      refused.push(...page.refused)
      expect(page.items.length + page.refused.length).toBeLessThanOrEqual(7)
      expect(page.total).toEqual(whole.total)
      cursor = page.next ?? undefined
      pages++
    } while (cursor !== undefined)
    expect(pages).toBeGreaterThan(10)
    expect(items).toEqual(whole.items)
    expect(refused).toEqual(whole.refused)
  })

  it('refuses the cursor of another question, and one that was cut', async () => {
    const { next } = known(await answerGraph(world.store, { limit: 1 }, world.known))
    const other = answerWho(
      world.store,
      { limit: 1, cursor: next!, role: 'dev-shared' },
      world.known,
    )
    await expect(other).rejects.toThrow('another question')
    const cut = answerGraph(world.store, { limit: 1, cursor: next!.slice(0, -9) }, world.known)
    await expect(cut).rejects.toThrow('cursor')
  })

  it('is the same to the byte in whatever order files came, and whenever they were rolled up', async () => {
    const orders = [
      acme(OPTIONS, (files) => [...files].reverse(), 97),
      acme(OPTIONS, (files) =>
        [...files].sort((a, b) => (a.path.slice(-20) < b.path.slice(-20) ? -1 : 1)),
      ),
    ]
    const expected = await everything(world)
    for (const order of orders) {
      const other = await order
      expect(await everything(other)).toEqual(expected)
      other.store.close()
    }
  })
})

/** All answers about a company, as text. */
async function everything({ store, known: settings, company }: Acme): Promise<string[]> {
  const { steps, sourceIp } = company.incident
  const answers = [
    await answerGraph(store, { ...ALL, failed: true }, settings),
    await answerWho(store, asked('*'), settings),
    await answerWhat(store, { ...ALL, principal: 'sandbox/debug', activity: true }, settings),
    await answerTrace(store, { ...ALL, text: sourceIp }, settings),
    await answerTrace(store, { ...ALL, text: steps[0]!.accessKeyId }, settings),
    await answerTouched(store, { ...ALL, resource: 'acme-ledger', failed: true }, settings),
    await answerCoverage(store, {}, settings),
    await answerGraph(store, { limit: 3 }, settings),
  ]
  return answers.map((answer) => JSON.stringify(answer))
}
