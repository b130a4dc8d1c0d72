import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evidenceText } from '../../lib/detect/words.ts'
import { thingOf, trailOf } from '../../lib/record/trail.ts'
import { runs } from '../property-runs.ts'
import { calls, read } from './facts.ts'
import { managementCall } from './synthetic.ts'

const AT = { region: 'eu-west-1', account: '111122223333' }
const MAIN = 'arn:aws:cloudtrail:eu-west-1:111122223333:trail/main'

const told = (request: object, event = 'PutEventSelectors'): string =>
  trailOf(event, { [event === 'PutEventSelectors' ? 'trailName' : 'name']: 'main', ...request }, AT)
const basic = (...eventSelectors: object[]): string => told({ eventSelectors })
const advanced = (...selectors: object[][]): string =>
  told({
    advancedEventSelectors: selectors.map((fieldSelectors) => ({ name: 'x', fieldSelectors })),
  })
const MANAGEMENT = { field: 'eventCategory', equals: ['Management'] }
const DATA = [
  { field: 'eventCategory', equals: ['Data'] },
  { field: 'resources.type', equals: ['AWS::S3::Object'] },
]

describe('what a trail is asked for by', () => {
  it.each([
    [`${MAIN}#management-events=off`, MAIN],
    [MAIN, MAIN],
    [`${MAIN}#a#b`, MAIN],
    ['arn:aws:logs:eu-west-1:111122223333:log-group:a#b', null],
    ['a:cloudtrail:#b', null],
    ['', null],
  ])('%s', (resource, thing) => {
    expect(thingOf(resource)).toBe(thing ?? resource)
  })
})

describe('what a trail is told to record', () => {
  it.each([
    [
      basic({ readWriteType: 'All', includeManagementEvents: true }),
      'management-events=all,data-events=none',
    ],
    [basic({ readWriteType: 'WriteOnly' }), 'management-events=writes-only,data-events=none'],
    [
      basic({ readWriteType: 'WriteOnly' }, { readWriteType: 'ReadOnly' }),
      'management-events=all,data-events=none',
    ],
    [
      basic({ includeManagementEvents: false, dataResources: [{ type: 'AWS::S3::Object' }] }),
      'management-events=off,data-events=1-selected',
    ],
    [
      basic({ excludeManagementEventSources: ['kms.amazonaws.com'] }),
      'management-events=all,without=kms.amazonaws.com,data-events=none',
    ],
    [advanced([MANAGEMENT]), 'management-events=all,data-events=none'],
    [
      advanced([MANAGEMENT, { field: 'readOnly', equals: ['false'] }]),
      'management-events=writes-only,data-events=none',
    ],
    [
      advanced([MANAGEMENT, { field: 'eventSource', notEquals: ['sts.amazonaws.com'] }], DATA),
      'management-events=all,without=sts.amazonaws.com,data-events=1-selected',
    ],
    [
      advanced([MANAGEMENT, { field: 'eventName', equals: ['CreateUser'] }]),
      'management-events=some,data-events=none',
    ],
    [advanced(DATA), 'management-events=off,data-events=1-selected'],
    [advanced(), 'management-events=off,data-events=none'],
    [
      told({ isMultiRegionTrail: false, enableLogFileValidation: false }, 'UpdateTrail'),
      'other-regions=off,log-file-validation=off',
    ],
  ])('%s', (resource, settings) => {
    expect(resource).toBe(`${MAIN}#${settings}`)
  })

  it('is nothing where the call says nothing of it, and the trail alone is named', () => {
    expect(told({}, 'StopLogging')).toBe(MAIN)
    expect(trailOf('DeleteTrail', { name: MAIN }, AT)).toBe(MAIN)
    for (const request of [
      null,
      7,
      [],
      {},
      { trailName: 7 },
      { trailName: 'a b#c' },
      { name: 'x'.repeat(500) },
    ])
      expect(trailOf('StopLogging', request, AT)).toBe('')
  })

  it('is short and plain whatever somebody writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (eventSelectors, advancedEventSelectors) => {
        const resource = told({ eventSelectors, advancedEventSelectors })
        expect(resource).toMatch(/^[\w:/.#=,+-]{1,400}$/)
      }),
      runs(300),
    )
    const many = Array.from({ length: 10_000 }, (_, index) => `a${index}.amazonaws.com`)
    expect(basic({ excludeManagementEventSources: many })).toMatch(/\+9997-more,data-events=none$/)
  })

  it('is read from the record, and told in words', () => {
    const facts = read(
      managementCall('cloudtrail.amazonaws.com', 'PutEventSelectors', {
        requestParameters: { trailName: 'main', eventSelectors: [{ readWriteType: 'WriteOnly' }] },
      }),
    )
    const { resource } = calls(facts)[0]!
    expect(resource).toMatch(/:trail\/main#management-events=writes-only,data-events=none$/)
    const use = {
      kind: 'call',
      role: '',
      action: 'cloudtrail:PutEventSelectors',
      network: '',
      client: 'aws-cli',
      count: 1,
      outcome: 'did',
      more: '',
      via: [],
      what: resource,
    }
    expect(evidenceText(use as never)).toMatch(
      /on arn:\S+:trail\/main \(management events: writes only; data events: none\) with the AWS CLI$/,
    )
  })
})
