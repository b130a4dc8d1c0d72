import { describe, expect, it } from 'vitest'
import { changesDeclared } from '../../lib/drift/declaring-events.ts'
import { FileReader } from '../../lib/record/read-file.ts'
import { managementCall } from '../record/synthetic.ts'

const AT = '2026-11-23T06:10:00Z'
const HOUR = Math.floor(Date.parse(AT) / 3_600_000)

function fileWith(eventSource: string, eventName: string, errorCode?: string) {
  const record = managementCall(eventSource, eventName, {
    eventTime: AT,
    ...(errorCode === undefined ? {} : { errorCode }),
  })
  const bytes = Buffer.from(JSON.stringify({ Records: [record] }))
  const facts = new FileReader().read(bytes, { id: 'x', source: 'test', deliveredAt: null })
  expect(facts.quarantined).toEqual([])
  return facts
}

describe('a change of what is declared', () => {
  it.each([
    ['iam.amazonaws.com', 'UpdateAssumeRolePolicy'],
    ['iam.amazonaws.com', 'CreateOpenIDConnectProvider'],
    ['eks.amazonaws.com', 'CreatePodIdentityAssociation'],
    ['eks.amazonaws.com', 'UpdatePodIdentityAssociation'],
    ['eks.amazonaws.com', 'DeleteFargateProfile'],
  ])('is seen in %s %s', (source, name) => {
    expect(changesDeclared(fileWith(source, name), HOUR)).toBe(true)
  })

  it.each([
    ['iam.amazonaws.com', 'GetRole', undefined],
    ['iam.amazonaws.com', 'UpdateAssumeRolePolicy', 'AccessDenied'],
    ['example.amazonaws.com', 'UpdateAssumeRolePolicy', undefined],
    ['s3.amazonaws.com', 'ListBuckets', undefined],
  ])('is not in %s %s %s', (source, name, error) => {
    expect(changesDeclared(fileWith(source, name, error), HOUR)).toBe(false)
  })

  it('is news for a while only', () => {
    expect(changesDeclared(fileWith('iam.amazonaws.com', 'UpdateAssumeRolePolicy'), HOUR + 1)).toBe(
      false,
    )
  })
})
