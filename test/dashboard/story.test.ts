import { expect, it } from 'vitest'
import { during } from '../../dashboard/app/during.ts'
import { evidenceIn, toldOf } from '../../dashboard/parts/story.ts'
import { AT, anomaly, finding } from '../finding/samples.ts'

const BUCKET = 'arn:aws:s3:::acme-ledger'
const event = (eventId: string | null, at: number, text: string, account = '1') => ({
  ...anomaly().evidence[0]!,
  eventId,
  at,
  text,
  account,
})
const own = finding({
  rule: 'attack-system',
  via: [],
  evidence: [event('b', AT, 'took ledger-writer'), event(null, AT - 5, 'listed buckets')],
})
const other = finding({
  rule: 'new-chain',
  firstSeen: AT - 60,
  evidence: [
    event('b', AT, 'the same in other words'),
    event('c', AT, 'took ledger-writer', '2'),
    event(null, AT - 5, 'listed buckets'),
    event('a', AT - 60, 'took dev-shared'),
  ],
})

it('a story tells each event once, in order, with all that rests on it', () => {
  const { lines, from, farthest } = toldOf(own, [other])
  expect(lines.map(({ text }) => text)).toEqual([
    'took dev-shared',
    'listed buckets',
    'took ledger-writer',
  ])
  expect(lines[2]).toMatchObject({
    isOwn: true,
    rules: ['attack-system', 'new-chain'],
    events: [
      { eventId: 'b', account: '1' },
      { eventId: 'c', account: '2' },
    ],
  })
  expect(lines[0]).toMatchObject({ isOwn: false, rules: ['new-chain'] })
  expect(from).toBe('2026-11-23T02:13:07Z')
  expect(farthest).toBe(other)
})

it('is taken along event by event', () => {
  expect(evidenceIn(toldOf(own, [other])).map(({ eventId }) => eventId)).toEqual([
    'a',
    null,
    'b',
    'c',
  ])
})

it('links lead to the time of what happened, whatever the page is about', () => {
  const span = { from: '2026-11-23T02:00:00Z', to: '2026-11-23T03:00:00Z' }
  const url = new URL(during(`/resources?since=24h&arn=${BUCKET}`, span), 'http://localhost')
  expect(Object.fromEntries(url.searchParams)).toEqual({ arn: BUCKET, ...span })
})
