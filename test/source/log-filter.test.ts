import fc from 'fast-check'
import { expect, it } from 'vitest'
import { EVERY_LOG, heldIn, isChosen, type LogFilter } from '../../lib/source/log-filter.ts'
import { parseLogKey } from '../../lib/source/log-key.ts'

const at = (text: string): number => Date.parse(text) / 1000

const FILTER: LogFilter = {
  accounts: new Set(['111122223333']),
  regions: new Set(['eu-west-1']),
  from: at('2026-11-02T12:00:00Z'),
  to: at('2026-11-20T00:00:00Z'),
}

it.each([
  ['', 'some'],
  ['logs/', 'some'],
  ['AWSLogs/', 'some'],
  ['AWSLogs/o-exampleorgid/', 'some'],
  ['AWSLogs/111122223333/', 'some'],
  ['AWSLogs/o-exampleorgid/111122223333/', 'some'],
  ['AWSLogs/222233334444/', 'none'],
  ['AWSLogs/111122223333/CloudTrail-Digest/', 'none'],
  ['AWSLogs/111122223333/Config/', 'none'],
  ['logs/AWSLogs/111122223333/CloudTrail/', 'some'],
  ['AWSLogs/111122223333/CloudTrail/eu-west-1/', 'some'],
  ['AWSLogs/111122223333/CloudTrail/us-east-1/', 'none'],
  ['AWSLogs/111122223333/CloudTrail/eu-west-1/2025/', 'none'],
  ['AWSLogs/111122223333/CloudTrail/eu-west-1/2026/', 'some'],
  ['AWSLogs/111122223333/CloudTrail/eu-west-1/2026/10/', 'none'],
  ['AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/', 'some'],
  ['AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/02/', 'all'],
  ['AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/10/', 'all'],
  ['AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/25/', 'none'],
] as const)('in %j there are %s of them', (folder, held) => {
  expect(heldIn(folder, FILTER)).toBe(held)
  expect(heldIn(folder, EVERY_LOG)).toBe('all')
})

it('no file that is meant lies in a folder that is left out', () => {
  const minute = fc
    .integer({ min: at('2025-12-30T00:00:00Z') / 60, max: at('2026-03-02T00:00:00Z') / 60 })
    .map((minutes) => minutes * 60)
  const account = fc.constantFrom('111122223333', '222233334444')
  const region = fc.constantFrom('eu-west-1', 'us-east-1')
  const some = <Value>(values: fc.Arbitrary<Value>) =>
    fc.option(fc.uniqueArray(values, { minLength: 1 }).map((all) => new Set(all)))
  const filters: fc.Arbitrary<LogFilter> = fc.record({
    accounts: some(account),
    regions: some(region),
    from: fc.option(minute),
    to: fc.option(minute),
  })
  // Called by the minute it was made, and put into the folder of the day it was delivered.
  const file = fc.tuple(account, region, minute, fc.integer({ min: 0, max: 3600 }), fc.boolean())
  fc.assert(
    fc.property(filters, file, (filter, [id, place, made, late, isOfOrganization]) => {
      const day = new Date((made + late) * 1000).toISOString().slice(0, 10).replaceAll('-', '/')
      const stamp = `${new Date(made * 1000).toISOString().slice(0, 16).replaceAll(/[-:]/g, '')}Z`
      const root = `AWSLogs/${isOfOrganization ? 'o-exampleorgid/' : ''}${id}/CloudTrail/${place}`
      const key = `${root}/${day}/${id}_CloudTrail_${place}_${stamp}_ABCDEFGHIJKLMNOP.json.gz`
      const parsed = parseLogKey(key)
      expect(parsed.deliveredAt).toBe(made)
      const isMeant =
        filter.accounts?.has(id) !== false &&
        filter.regions?.has(place) !== false &&
        made >= (filter.from ?? 0) &&
        made < (filter.to ?? Number.POSITIVE_INFINITY)
      expect(isChosen(parsed, filter)).toBe(isMeant)
      if (!isMeant) return
      for (let slash = key.indexOf('/'); slash > 0; slash = key.indexOf('/', slash + 1))
        expect(heldIn(key.slice(0, slash + 1), filter)).not.toBe('none')
    }),
  )
})
