import { describe, expect, it } from 'vitest'
import { formatArn, parseArn, roleName } from '../../lib/identity/arn.ts'
import { partitionOfRegion } from '../../lib/source/region.ts'

const PARTITIONS = [
  'aws',
  'aws-cn',
  'aws-us-gov',
  'aws-iso',
  'aws-iso-b',
  'aws-iso-e',
  'aws-iso-f',
  'aws-eusc',
]

describe('an ARN', () => {
  it('is taken apart and put together again, in every partition', () => {
    for (const partition of PARTITIONS) {
      const text = `arn:${partition}:iam::111111111111:role/team/app`
      expect(parseArn(text)).toEqual({
        partition,
        service: 'iam',
        region: '',
        account: '111111111111',
        resource: 'role/team/app',
      })
      expect(formatArn(parseArn(text)!)).toBe(text)
    }
  })

  it('keeps colons in its resource', () => {
    const text = 'arn:aws:logs:eu-west-1:111111111111:log-group:/aws/eks:*'
    expect(parseArn(text)?.resource).toBe('log-group:/aws/eks:*')
    expect(formatArn(parseArn(text)!)).toBe(text)
  })

  it('is nothing else', () => {
    for (const text of [
      '',
      'arn',
      'role/app',
      'arn:aws:iam::111111111111',
      'ARN:aws:iam::1:x',
      'arn::iam::1:x',
      'arn:aws:::1:x',
      ' arn:aws:iam::1:x',
    ])
      expect(parseArn(text), text).toBeNull()
  })

  it('of a role gives its bare name, and any other text itself', () => {
    expect(roleName('arn:aws:iam::111111111111:role/app')).toBe('app')
    expect(roleName('arn:aws-cn:iam::111111111111:role/a/b/app')).toBe('app')
    expect(roleName('arn:aws:iam::111111111111:user/ada')).toBe(
      'arn:aws:iam::111111111111:user/ada',
    )
    expect(roleName('app')).toBe('app')
  })
})

describe('the partition of a region', () => {
  it('is known for every partition there is', () => {
    const seen = [
      'eu-west-1',
      'cn-north-1',
      'us-gov-west-1',
      'us-iso-east-1',
      'us-isob-east-1',
      'eu-isoe-west-1',
      'us-isof-south-1',
      'eusc-de-east-1',
    ]
    expect(seen.map(partitionOfRegion)).toEqual(PARTITIONS)
    expect(partitionOfRegion('us-east-1')).toBe('aws')
    expect(partitionOfRegion('mx-central-1')).toBe('aws')
  })
})
