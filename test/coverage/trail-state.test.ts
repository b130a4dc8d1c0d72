import { describe, expect, it } from 'vitest'
import { trailHistory } from '../../lib/coverage/trail-history.ts'
import {
  type AdvancedSelector,
  type BasicSelector,
  type TrailState,
  trailProblems,
} from '../../lib/coverage/trail-state.ts'

const ARN = 'arn:aws:cloudtrail:eu-west-1:111122223333:trail/main'
const ALL: BasicSelector = { hasManagementEvents: true, readWrite: 'All', excludedSources: [] }
const SOUND: TrailState = {
  arn: ARN,
  isMultiRegion: true,
  hasGlobalEvents: true,
  isValidated: true,
  isLogging: true,
  deliveryError: '',
  digestError: '',
  selectors: [ALL],
  advanced: [],
}
const codesOf = (change: Partial<TrailState>): string[] =>
  trailProblems({ ...SOUND, ...change }).map(({ code }) => code)

const field = (
  name: string,
  equals: readonly string[],
  notEquals: readonly string[] = [],
): AdvancedSelector[number] => ({ field: name, equals, notEquals, hasMore: false })
const MANAGEMENT = field('eventCategory', ['Management'])
const advanced = (...selectors: AdvancedSelector[]): Partial<TrailState> => ({
  selectors: [],
  advanced: selectors,
})

describe('the state of a trail', () => {
  it('is sound where it records all management events everywhere, and signs', () => {
    expect(codesOf({})).toEqual([])
    expect(codesOf({ selectors: [{ ...ALL, excludedSources: ['kms.amazonaws.com'] }] })).toEqual([])
    expect(
      codesOf({
        selectors: [
          { ...ALL, readWrite: 'ReadOnly' },
          { ...ALL, readWrite: 'WriteOnly' },
        ],
      }),
    ).toEqual([])
  })

  it('is not, one thing at a time', () => {
    expect(codesOf({ isLogging: false })).toEqual(['stopped'])
    expect(codesOf({ deliveryError: 'AccessDenied' })).toEqual(['not-delivered'])
    expect(codesOf({ digestError: 'AccessDenied' })).toEqual(['digests-not-delivered'])
    expect(codesOf({ isValidated: false, digestError: 'x' })).toEqual(['no-digests'])
    expect(codesOf({ isMultiRegion: false })).toEqual(['one-region'])
    expect(codesOf({ hasGlobalEvents: false })).toEqual(['no-global-events'])
  })

  it('is not where selectors leave something out', () => {
    for (const selectors of [
      [],
      [{ ...ALL, hasManagementEvents: false }],
      [{ ...ALL, readWrite: 'WriteOnly' }],
      [{ ...ALL, readWrite: 'ReadOnly' }],
      [{ ...ALL, excludedSources: ['sts.amazonaws.com'] }],
    ])
      expect(codesOf({ selectors }), JSON.stringify(selectors)).toEqual(['events-left-out'])
    expect(
      trailProblems({ ...SOUND, selectors: [{ ...ALL, readWrite: 'WriteOnly' }] })[0]?.text,
    ).toContain('issuing a session is one')
  })

  it('is understood through advanced selectors too, which take the place of the others', () => {
    const data = [field('eventCategory', ['Data']), field('resources.type', ['AWS::S3::Object'])]
    const sound: AdvancedSelector[][] = [
      [[MANAGEMENT]],
      [data, [MANAGEMENT, field('eventSource', [], ['kms.amazonaws.com'])]],
      [
        [MANAGEMENT, field('readOnly', ['true'])],
        [MANAGEMENT, field('readOnly', ['false'])],
      ],
    ]
    for (const some of sound) expect(codesOf(advanced(...some)), JSON.stringify(some)).toEqual([])
    const narrow: AdvancedSelector[][] = [
      [data],
      [[MANAGEMENT, field('readOnly', ['false'])]],
      [[MANAGEMENT, field('eventSource', [], ['sts.amazonaws.com'])]],
      [[MANAGEMENT, field('eventSource', ['s3.amazonaws.com'])]],
      [[MANAGEMENT, field('eventName', ['CreateUser'])]],
      [[MANAGEMENT, { ...field('eventSource', []), hasMore: true }]],
      [[field('readOnly', ['true'])]],
    ]
    for (const some of narrow)
      expect(codesOf(advanced(...some)), JSON.stringify(some)).toEqual(['events-left-out'])
    expect(codesOf({ ...advanced(data), selectors: [ALL] })).toEqual(['events-left-out'])
  })
})

describe('what is known of trails', () => {
  const stopped = {
    verdict: 'failed',
    code: 'stopped',
    trail: ARN,
    text: 'it does not log',
  } as const
  const unreadable = { verdict: 'not-looked', code: 'unreadable', trail: ARN, text: 'no' } as const
  const DAY = 86_400

  it('begins when it is first found, and ends when it is found no more', () => {
    const first = trailHistory([], [stopped], 1000)
    expect(first).toEqual([{ ...stopped, since: 1000, until: null }])
    expect(trailHistory(first, [stopped], 2000)).toEqual(first)
    const over = trailHistory(first, [], 3000)
    expect(over).toEqual([{ ...stopped, since: 1000, until: 3000 }])
    expect(trailHistory(over, [stopped], 4000)).toEqual([
      ...over,
      { ...stopped, since: 4000, until: null },
    ])
    expect(trailHistory(over, [], 3000 + 31 * DAY)).toEqual([])
  })

  it('is no better for not being looked at', () => {
    const first = trailHistory([], [stopped], 1000)
    const unread = trailHistory(first, [unreadable], 2000)
    expect(unread).toContainEqual({ ...stopped, since: 1000, until: null })
    expect(unread).toContainEqual({ ...unreadable, since: 2000, until: null })
    const none = { ...unreadable, code: 'not-found', trail: '' } as const
    expect(trailHistory(first, [none], 2000)).toContainEqual(first[0])
    // Once it can be read again, nothing is left of that.
    expect(trailHistory(unread, [], 3000)).toEqual([{ ...stopped, since: 1000, until: 3000 }])
  })
})
