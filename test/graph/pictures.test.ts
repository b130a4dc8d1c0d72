import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerGraph } from '../../lib/graph/answer-graph.ts'
import { answerOverview } from '../../lib/graph/answer-overview.ts'
import { answerPicture, type PictureAsked } from '../../lib/graph/answer-picture.ts'
import { answerPrincipals } from '../../lib/graph/answer-principals.ts'
import { answerRoles } from '../../lib/graph/answer-roles.ts'
import { answerSearch } from '../../lib/graph/answer-search.ts'
import { answerTimeline } from '../../lib/graph/answer-timeline.ts'
import type { EdgeItem } from '../../lib/graph/edges.ts'
import { COMFORTABLE, fold, NODES_MAX } from '../../lib/graph/fold.ts'
import { type Marks, UNMARKED } from '../../lib/graph/marks.ts'
import { type Firsts, firstsOf } from '../../lib/graph/newness.ts'
import { PictureBuilder } from '../../lib/graph/picture.ts'
import { workload } from '../../lib/identity/workload.ts'
import { type Acme, acme } from './acme.ts'

const UNMARKED_ALL: Marks = { of: () => UNMARKED, ofRole: () => UNMARKED }
const ALL: PictureAsked = { limit: 0, direction: 'both', depth: 64, fold: 'none', expand: [] }
const LEDGER = 'arn:aws:iam::222233334444:role/ledger/ledger-writer'

describe('what is drawn of the made-up company', () => {
  let it_: Acme
  let edges: readonly EdgeItem[]
  let firsts: Firsts
  beforeAll(async () => {
    it_ = await acme({ seed: 1, days: 1, workloads: 20 })
    const list = await answerGraph(it_.store, { limit: 0 }, it_.known)
    if (list.kind === 'Unknown') throw new Error('there is nothing')
    edges = list.items
    firsts = await firstsOf(it_.store, it_.known.clusters)
  })
  afterAll(() => it_.store.close())
  const drawn = (asked: Partial<PictureAsked> = {}) =>
    answerPicture(it_.store, { ...ALL, ...asked }, it_.known, UNMARKED_ALL, [], firsts)
  const sum = (items: readonly { readonly count: number }[]): number =>
    items.reduce((total, { count }) => total + count, 0)

  it('has every assumption once on the lines into roles, and once into accounts', async () => {
    const { nodes, edges: lines } = await drawn()
    const into = (type: string): number =>
      lines
        .filter(({ to }) => nodes.find(({ id }) => id === to)?.type === type)
        .reduce((total, { did }) => total + did, 0)
    expect(into('role')).toBe(sum(edges))
    expect(into('account')).toBe(sum(edges))
    const ofWorkloads = edges.filter(({ principal }) => principal.kind === 'workload')
    expect(into('namespace')).toBe(sum(ofWorkloads))
    expect(into('workload')).toBe(sum(ofWorkloads))
  })

  it('runs from left to right, and each line joins two nodes', async () => {
    const { nodes, edges: lines } = await drawn()
    const byId = new Map(nodes.map((node) => [node.id, node]))
    expect(byId.size).toBe(nodes.length)
    for (const { from, to } of lines) {
      const [a, b] = [byId.get(from)!, byId.get(to)!]
      // Roles may assume one another in a circle; all else goes right.
      if (a.type !== 'role' || b.type !== 'role') expect(a.rank).toBeLessThan(b.rank)
    }
  })

  it('shows with a focus only ways through it, with their own counts', async () => {
    const through = edges.filter(({ role }) => role === LEDGER)
    const { nodes, edges: lines } = await drawn({ focus: `role:${LEDGER}`, direction: 'in' })
    const workloads = nodes.filter(({ type }) => type === 'workload').map(({ id }) => id)
    const expected = through.flatMap(({ principal: { kind, id } }) =>
      kind === 'workload' ? [`workload:${id}`] : [],
    )
    expect(workloads.sort()).toEqual([...new Set(expected)].sort())
    const into = lines.filter(({ to }) => to === `role:${LEDGER}`)
    expect(into.reduce((total, { did }) => total + did, 0)).toBe(sum(through))
    const nothing = await drawn({ focus: 'role:none' })
    expect(nothing.nodes).toEqual([])
  })

  it('draws what could be as such, also where it was never done', async () => {
    const grant = { principal: workload('prod-eks', 'payments', 'idle'), role: LEDGER }
    const { edges: lines } = await answerPicture(
      it_.store,
      ALL,
      it_.known,
      UNMARKED_ALL,
      [grant],
      firsts,
    )
    const line = lines.find(({ from }) => from === 'workload:prod-eks/payments/idle')
    expect(line).toMatchObject({
      to: `role:${LEDGER}`,
      did: 0,
      refused: 0,
      could: true,
      proof: null,
    })
  })

  it('calls new what was never there before', async () => {
    const { incident } = it_.company
    const from = Date.parse(incident.window.from) / 1000
    const { fresh } = await answerOverview(it_.store, { limit: 0, from }, it_.known, firsts)
    const step = incident.steps.at(-1)!
    expect(fresh.items.map(({ role, principal }) => `${principal.id} ${role}`)).toContain(
      `dev-eks/sandbox/debug ${step.role}`,
    )
    const whole = await answerOverview(it_.store, { limit: 0 }, it_.known, firsts)
    expect(whole.fresh.total).toBe(0)
  })

  it('adds up to the same in lists of principals, of roles, over time, and in flows', async () => {
    const principals = await answerPrincipals(it_.store, { limit: 0 }, it_.known, UNMARKED_ALL)
    const roles = await answerRoles(it_.store, { limit: 0 }, it_.known, UNMARKED_ALL, null)
    const { buckets } = await answerTimeline(it_.store, { limit: 0 }, it_.known).then((given) => {
      if (given.kind === 'Unknown') throw new Error('there is nothing')
      return given
    })
    const over = buckets.map(({ assumptions }) =>
      Object.values(assumptions).reduce((total, n) => total + n, 0),
    )
    const overview = await answerOverview(it_.store, { limit: 0 }, it_.known, firsts)
    for (const total of [
      sum(principals.items),
      sum(roles.items),
      over.reduce((total, n) => total + n, 0),
      overview.total.assumptions,
    ])
      expect(total).toBe(sum(edges))
    expect(principals.items.reduce((total, { refused }) => total + refused, 0)).toBe(
      overview.total.refused,
    )
    expect(buckets.reduce((total, { refused }) => total + refused, 0)).toBe(overview.total.refused)
  })

  it('finds what is pasted, whatever it is', async () => {
    const { incident } = it_.company
    const [first] = incident.steps
    const find = async (q: string) =>
      (await answerSearch(it_.store, q, { limit: 0 }, it_.known)).items.map(
        ({ type, path }) => `${type} ${path}`,
      )
    const workloadPath = 'workload /identities/dev-eks/sandbox/debug'
    expect(await find('sandbox/debug')).toContain(workloadPath)
    expect(await find('system:serviceaccount:sandbox:debug')).toEqual([workloadPath])
    expect(await find(first!.accessKeyId)).toEqual([`session /sessions?q=${first!.accessKeyId}`])
    expect(await find('192.0.2.77')).toEqual(['network /sessions?q=192.0.2.77'])
    expect(await find(LEDGER)).toEqual([`role /roles?arn=${encodeURIComponent(LEDGER)}`])
    expect((await find('222233334444'))[0]).toContain('account /graph?focus=account')
    expect(await find('acme-ledger')).toContain(
      'resource /resources?arn=arn%3Aaws%3As3%3A%3A%3Aacme-ledger',
    )
    expect(await find('no such thing')).toEqual([])
  })
})

describe('folding', () => {
  /** A picture of so many workloads of so many namespaces, each with a role of its own. */
  function pictureOf(workloads: number, namespaces: number, marks: Marks = UNMARKED_ALL) {
    const builder = new PictureBuilder(marks, [])
    for (let n = 0; n < workloads; n++)
      builder.add(
        {
          outcome: 'did',
          principal: workload('prod', `ns-${n % namespaces}`, `sa-${n}`),
          role: `arn:aws:iam::111122223333:role/r-${n}`,
          hop: 1,
          via: [],
          proof: 'accessKeyId',
          count: n + 1,
          firstSeen: '2026-11-23T00:00:00Z',
          lastSeen: '2026-11-23T01:00:00Z',
        },
        false,
      )
    return builder.picture()
  }
  const OPEN = new Set<string>()

  it('leaves a small picture as it is, and brings a large one down to what can be looked at', () => {
    const small = pictureOf(100, 10)
    expect(fold(small, { mode: 'auto', expand: OPEN })).toMatchObject({
      folded: 0,
      truncated: false,
    })
    const large = fold(pictureOf(3000, 40), { mode: 'auto', expand: OPEN })
    expect(large.nodes.length).toBeLessThanOrEqual(COMFORTABLE)
    expect(large.total).toBe(6042)
    expect(large.nodes.length + large.folded).toBe(large.total)
  })

  it('never draws more than can be drawn, and says so', () => {
    const { nodes, truncated } = fold(pictureOf(3000, 40), { mode: 'none', expand: OPEN })
    expect(nodes.length).toBe(NODES_MAX)
    expect(truncated).toBe(true)
  })

  it('loses no assumption, keeps what is to stay open, and never folds what has a finding', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 900 }),
        fc.integer({ min: 1, max: 30 }),
        fc.constantFrom('auto' as const, 'ns' as const),
        fc.nat(899),
        (workloads, namespaces, mode, n) => {
          const bad = `prod/ns-${n % namespaces}/sa-${n}`
          const picture = pictureOf(workloads, namespaces, {
            of: ({ id }) => (id === bad ? { findings: 1, worst: 'high' } : UNMARKED),
            ofRole: () => UNMARKED,
          })
          const expand = new Set(['namespace:prod/ns-0'])
          const folded = fold(picture, { mode, expand })
          const ids = new Set(folded.nodes.map(({ id }) => id))
          const into = (nodes: typeof picture, account: string) =>
            nodes.edges.filter(({ to }) => to === account).reduce((sum, { did }) => sum + did, 0)
          expect(into(folded, 'account:111122223333')).toBe(into(picture, 'account:111122223333'))
          for (const { from, to } of folded.edges) expect(ids.has(from) && ids.has(to)).toBe(true)
          if (n < workloads) expect(ids.has(`workload:${bad}`)).toBe(true)
          for (const { id, type, namespace } of picture.nodes)
            if (type === 'workload' && namespace === 'ns-0') expect(ids.has(id)).toBe(true)
        },
      ),
      { numRuns: 60 },
    )
  })
})
