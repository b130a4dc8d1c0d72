import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { diffBaseline, type ObservedEdge } from '../../lib/finding/baseline.ts'
import { baselineFile, parseBaseline, WrongBaseline } from '../../lib/finding/baseline-file.ts'
import type { ApprovedEdge } from '../../lib/finding/finding.ts'
import { DEV, LEDGER } from './samples.ts'

function edge(given: Partial<ApprovedEdge> = {}): ApprovedEdge {
  return {
    principal: { kind: 'workload', id: 'dev-eks/sandbox/debug' },
    via: [DEV],
    role: LEDGER,
    owner: 'ana',
    reason: 'nightly export, agreed with finance',
    approvedAt: '2026-11-23T08:00:00Z',
    expires: null,
    ...given,
  }
}
const other = edge({ via: [], role: DEV, expires: '2027-01-01T00:00:00Z' })

describe('a baseline as a file', () => {
  const text = stringify(baselineFile([edge(), other]))

  it('is read as it was written, from YAML and from JSON', () => {
    const read = parseBaseline(text, 'baseline.yaml')
    expect(baselineFile(read)).toEqual(baselineFile([edge(), other]))
    expect(parseBaseline(JSON.stringify(baselineFile([edge(), other])), 'x.json')).toEqual(read)
  })

  it('is the same text for the same paths, in whichever order they come', () => {
    expect(stringify(baselineFile([other, edge(), edge()]))).toBe(text)
  })

  it.each([
    [
      'owner: ana',
      'ownr: ana',
      ['line 4: missing key edges[0].owner', 'line 4: unknown key edges[0].ownr'],
    ],
    [
      'kind: workload',
      'kind: pod',
      [expect.stringMatching(/^line 5: edges\[0\]\.principal\.kind must be one of/)],
    ],
    [
      'role: arn:aws:iam::222233334444:role/ledger-writer',
      'role: ledger-writer',
      ['line 7: edges[0].role must be the ARN of a role'],
    ],
    [
      'reason: nightly export, agreed with finance',
      'reason: ok',
      ['line 11: edges[0].reason must have at least 10 characters'],
    ],
    [
      'expires: null',
      'expires: tomorrow',
      ['line 13: edges[0].expires must be a time such as 2027-01-31T00:00:00Z'],
    ],
    ['kind: Baseline', 'kind: Other', ['line 2: kind must be Baseline']],
  ])('names the line and the key of what is wrong: %s', (right, wrong, problems) => {
    expect(text).toContain(right)
    const one = stringify(baselineFile([edge()])).replace(right, wrong)
    try {
      parseBaseline(one, 'baseline.yaml')
      expect.unreachable()
    } catch (error) {
      expect((error as WrongBaseline).problems).toEqual(problems)
    }
  })

  it('has no path twice, is YAML at all, and does not grow without end', () => {
    const twice = stringify({ ...baselineFile([]), edges: [edge(), { ...edge(), owner: 'ben' }] })
    expect(() => parseBaseline(twice, 'f')).toThrow(/edges\[1\] is the same path as edges\[0\]/)
    expect(() => parseBaseline('edges: [', 'f')).toThrow(WrongBaseline)
    const bomb = `a: &a [${'x,'.repeat(50)}]\n${[...'bcdefgh'].map((name, n) => `${name}: &${name} [${`*${'abcdefg'[n]},`.repeat(50)}]`).join('\n')}`
    expect(() => parseBaseline(bomb, 'f')).toThrow(WrongBaseline)
  })
})

describe('the difference', () => {
  const NOW = '2026-12-01T00:00:00Z'
  const seen = (given: ApprovedEdge): ObservedEdge => {
    const { principal, via, role } = given
    return { principal, via, role, count: 1, firstSeen: NOW, lastSeen: NOW }
  }

  it('is what was observed and is not approved, and the other way round', () => {
    const stranger = edge({ role: 'arn:aws:iam::222233334444:role/admin' })
    const diff = diffBaseline([edge(), other], null, [seen(edge()), seen(stranger)], NOW)
    expect(diff).toMatchObject({
      added: null,
      removed: null,
      changed: null,
      expired: [],
      unseen: [other],
    })
    expect(diff.unapproved.map(({ role }) => role)).toEqual([stranger.role])
  })

  it('counts what has expired as not approved', () => {
    const diff = diffBaseline([other], null, [seen(other)], '2027-01-01T00:00:00Z')
    expect(diff.expired).toEqual([other])
    expect(diff.unapproved).toHaveLength(1)
    expect(diff.unseen).toEqual([])
  })

  it('of two baselines is what one of them does not have, or has in other words', () => {
    const changed = edge({ owner: 'ben' })
    const diff = diffBaseline([edge(), other], [changed, edge({ via: [] })], [], NOW)
    expect(diff.added).toEqual([edge({ via: [] })])
    expect(diff.removed).toEqual([other])
    expect(diff.changed).toEqual([{ before: edge(), after: changed }])
  })
})
