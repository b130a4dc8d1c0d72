import { describe, expect, it } from 'vitest'
import { type LogKey, parseLogKey } from '../../lib/source/log-key.ts'

const NAME = '111122223333_CloudTrail_eu-west-1_20250304T0505Z_AbCdEfGh12345678.json.gz'
const TREE = 'AWSLogs/111122223333/CloudTrail/eu-west-1/2025/03/04'
/** 2025-03-04T05:05:00Z. */
const DELIVERED = 1_741_064_700

const log: LogKey = {
  kind: 'log',
  account: '111122223333',
  region: 'eu-west-1',
  organization: null,
  deliveredAt: DELIVERED,
}

describe('parseLogKey', () => {
  it.each([
    `${TREE}/${NAME}`,
    `some/prefix/${TREE}/${NAME}`,
    `/home/me/bucket/${TREE}/${NAME}`,
    `./${TREE}/${NAME}`,
    NAME,
    `downloads/${NAME}`,
    `downloads/${NAME.replace('.gz', '')}`,
  ])('knows a log file: %s', (key) => {
    expect(parseLogKey(key)).toEqual(log)
  })

  it('knows the tree of an organization', () => {
    const key = `p/${TREE.replace('AWSLogs/', 'AWSLogs/o-abcdefghij/')}/${NAME}`
    expect(parseLogKey(key)).toEqual({ ...log, organization: 'o-abcdefghij' })
  })

  it.each(['us-gov-west-1', 'cn-north-1', 'us-isob-east-1', 'ap-southeast-12', 'eusc-de-east-1'])(
    'knows region %s',
    (region) => {
      const key = `${TREE}/${NAME}`.replaceAll('eu-west-1', region)
      expect(parseLogKey(key)).toEqual({ ...log, region })
    },
  )

  it('takes the last AWSLogs for the root of the tree', () => {
    const outer = 'AWSLogs/o-zzzzzzzzzz/999999999999/Config'
    expect(parseLogKey(`${outer}/${TREE}/${NAME}`)).toEqual(log)
    expect(parseLogKey(`${outer}/${TREE}/notes.json`).kind).toBe('other')
  })

  const digest = `111122223333_CloudTrail-Digest_eu-west-1_my_trail_us-east-1_20250304T050500Z.json.gz`
  it.each([
    ['digest', `AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2025/03/04/${digest}`],
    ['digest', digest],
    ['digest', digest.replace('.json', '_backfill.json')],
    ['insight', `${TREE}/${NAME}`.replaceAll('CloudTrail', 'CloudTrail-Insight')],
    ['aggregated', `${TREE}/${NAME}`.replaceAll('CloudTrail', 'CloudTrail-Aggregated')],
    ['network-activity', `${TREE}/${NAME}`.replaceAll('CloudTrail', 'CloudTrail-NetworkActivity')],
  ])('knows a sibling: %s', (kind, key) => {
    expect(parseLogKey(key)).toEqual({ ...log, kind })
  })

  it.each([
    ['digest', 'AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2025/03/04/x.json.gz'],
    ['foreign', 'AWSLogs/111122223333/Config/eu-west-1/2025/3/4/ConfigHistory/x.json.gz'],
    ['foreign', 'AWSLogs/111122223333/vpcflowlogs/eu-west-1/2025/03/04/x.log.gz'],
    ['foreign', 'AWSLogs/o-abcdefghij/111122223333/elasticloadbalancing/eu-west-1/x.log.gz'],
    ['foreign', 'AWSLogs/111122223333/__proto__/eu-west-1/x.json.gz'],
    ['other', `${TREE}/renamed.json.gz`],
    ['other', `${TREE}/`],
  ])('goes by the folder where the name says nothing: %s', (kind, key) => {
    expect(parseLogKey(key)).toMatchObject({ kind, account: '111122223333', deliveredAt: null })
    expect(parseLogKey(key).region).toBe('eu-west-1')
  })

  it.each([
    '',
    '-',
    'events.json',
    'a/b/c.json.gz',
    'AWSLogs',
    'AWSLogs/',
    'AWSLogs/12/CloudTrail/eu-west-1/x.json.gz',
    'myAWSLogs/111122223333/CloudTrail/eu-west-1/x.json.gz',
    'CloudTrail/eu-west-1/x.json.gz',
    NAME.replace('_CloudTrail_', '_CloudTrail-Other_'),
    NAME.replace('20250304T0505Z', '20250230T0505Z'),
    NAME.replace('20250304T0505Z', '20250304T2460Z'),
    NAME.replace('AbCdEfGh12345678', 'short'),
    `x${NAME}`,
    `${NAME}.bak`,
  ])('says of any other path only that it is another: %j', (key) => {
    expect(parseLogKey(key)).toEqual({
      kind: 'other',
      account: null,
      region: null,
      organization: null,
      deliveredAt: null,
    })
  })

  it('stays quick on long names', () => {
    const started = performance.now()
    for (const part of ['AWSLogs/', '111122223333_', '/', 'a-', 'AWSLogs/111122223333/CloudTrail/'])
      expect(parseLogKey(part.repeat(20_000)).kind).toMatch(/^(other|foreign)$/)
    // A few milliseconds; S3 keys have at most 1024 bytes.
    expect(performance.now() - started).toBeLessThan(1000)
  })
})
