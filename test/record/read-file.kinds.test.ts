import { describe, expect, it } from 'vitest'
import type { Attempt, FileFacts, Sighting } from '../../lib/model.ts'
import { sightingsOf } from '../../lib/record/columns.ts'
import { calls, outcome, read } from './facts.ts'
import {
  ACCOUNT,
  AT,
  aggregated,
  call,
  chained,
  denied,
  insight,
  networkActivity,
  OTHER_ACCOUNT,
  PROVIDER,
  podIdentity,
  ROLE,
  serviceEvent,
  session,
  targetCopy,
  webIdentity,
} from './synthetic.ts'

const sightings = (facts: FileFacts): Sighting[] => facts.deltas.flatMap(sightingsOf)
const attempts = (facts: FileFacts): Attempt[] => facts.deltas.flatMap((delta) => delta.attempts)
const sightingOf = (record: object): Sighting => {
  const found = sightings(read(record))
  expect(found).toHaveLength(1)
  return found[0]!
}

describe('an assumption', () => {
  it('by a web identity says which ServiceAccount got which key', () => {
    expect(sightingOf(webIdentity({ eventID: 'event-1' }))).toMatchObject({
      key: 'ASIAEXAMPLEKEY000001',
      eventId: 'event-1',
      sharedEventId: '',
      recipient: ACCOUNT,
      region: 'eu-west-1',
      action: 'AssumeRoleWithWebIdentity',
      at: AT,
      expiresAt: AT + 3600,
      role: ROLE,
      roleId: 'AROAEXAMPLEROLE000001',
      sessionName: 'worker-1',
      subject: 'system:serviceaccount:payments:ledger',
      provider: PROVIDER,
      audience: 'sts.amazonaws.com',
      tags: null,
      inheritedTags: null,
    })
  })

  it('by a role session names the calling key and when that was issued', () => {
    expect(sightingOf(chained()).identity).toEqual({
      type: 'AssumedRole',
      principalId: 'AROAEXAMPLEROLE000001:worker-1',
      arn: '',
      account: ACCOUNT,
      key: 'ASIAEXAMPLEKEY000001',
      userName: '',
      provider: '',
      invokedBy: '',
      role: ROLE,
      issuedAt: AT - 367,
      fromInstance: false,
    })
  })

  it('by Pod Identity keeps the session tags', () => {
    const { tags, identity } = sightingOf(podIdentity())
    expect(tags).toMatchObject({
      'eks-cluster-name': 'blue',
      'kubernetes-namespace': 'payments',
      'kubernetes-service-account': 'ledger',
    })
    expect(identity.invokedBy).toBe('pods.eks.amazonaws.com')
  })

  it('keeps inherited tags and the external id', () => {
    const request = {
      roleArn: ROLE,
      roleSessionName: 'x',
      externalId: 'eu-west-1/111122223333/blue/payments/ledger',
      incomingTransitiveTags: { 'kubernetes-namespace': 'payments', odd: 7 },
    }
    expect(sightingOf(chained({ requestParameters: request }))).toMatchObject({
      externalId: request.externalId,
      inheritedTags: { 'kubernetes-namespace': 'payments' },
    })
  })

  it('in the target account names the account and session of the caller only', () => {
    const { identity, sharedEventId } = sightingOf(targetCopy())
    expect(identity).toMatchObject({
      type: 'AWSAccount',
      principalId: 'AROAEXAMPLEROLE000009:caller',
      account: OTHER_ACCOUNT,
      key: '',
      role: '',
    })
    expect(sharedEventId).toBe('shared-1')
  })

  it('by SAML takes the subject of the assertion', () => {
    const record = webIdentity({
      eventName: 'AssumeRoleWithSAML',
      userIdentity: {
        type: 'SAMLUser',
        principalId: 'q:ann',
        identityProvider: 'q',
        userName: 'ann',
      },
    })
    const { credentials, assumedRoleUser } = record['responseElements']
    record['responseElements'] = { credentials, assumedRoleUser, subject: 'ann@example.com' }
    expect(sightingOf(record)).toMatchObject({
      action: 'AssumeRoleWithSAML',
      subject: 'ann@example.com',
    })
  })

  it('lies in the partition of the role, whoever called', () => {
    const role = `arn:aws:iam::${OTHER_ACCOUNT}:role/vault`
    const [delta] = read(chained({ requestParameters: { roleArn: role } })).deltas
    expect(delta!.partition).toEqual({ account: OTHER_ACCOUNT, hour: Math.floor(AT / 3600) })
  })

  it('whose response was left out is named by its event, the same in both copies', () => {
    const left = { responseElements: null }
    expect(sightingOf(chained({ ...left, eventID: 'e' })).key).toBe('event:e')
    expect(sightingOf(chained({ ...left, eventID: 'e', sharedEventID: 's' })).key).toBe('event:s')
    expect(sightingOf(targetCopy(left)).key).toBe('event:shared-1')
    expect(sightingOf(chained(left)).sessionName).toBe('worker-1')
  })

  it('under sts.amazonaws.com.cn is one', () => {
    const role = `arn:aws-cn:iam::${ACCOUNT}:role/x`
    const record = chained({
      eventSource: 'sts.amazonaws.com.cn',
      requestParameters: { roleArn: role },
    })
    expect(sightingOf(record).role).toBe(role)
  })

  it.each(['signin.amazonaws.com', 'evil-sts.amazonaws.com', 'sts.amazonaws.com.evil'])(
    'under %s is none',
    (eventSource) => {
      const facts = read(chained({ eventSource }))
      expect(sightings(facts)).toEqual([])
      expect(calls(facts)).toHaveLength(1)
    },
  )

  it.each([
    ['Mar 4, 2025 6:06:07 AM', AT + 3600],
    ['Mar 4, 2025, 6:06:07 AM', AT + 3600],
    ['Mar 4, 2025, 12:06:07 PM', AT + 7 * 3600],
    ['Mar 5, 2025, 12:06:07 AM', AT + 19 * 3600],
    ['Mar 4, 2025, 6:06:07\u202fAM', AT + 3600],
    ['2025-03-04T06:06:07Z', AT + 3600],
    ['Feb 30, 2025, 6:06:07 AM', null],
    ['Mar 4, 2025, 13:06:07 PM', null],
    ['Mar 4, 2025, 0:06:07 PM', null],
    ['Mrz 4, 2025, 6:06:07 AM', null],
    ['soon', null],
    ['', null],
  ])('whose key expires %j has that end', (expiration, expiresAt) => {
    const record = chained()
    record['responseElements'].credentials.expiration = expiration
    expect(sightingOf(record).expiresAt).toBe(expiresAt)
  })

  it('of version 1.0 without an id is named by its content, in a few characters', () => {
    const { eventID: _, ...old } = chained({ eventVersion: '1.0' })
    const facts = read([old, old, { ...old, userAgent: 'other' }])
    expect([sightings(facts).length, facts.repeated]).toEqual([2, 1])
    const ids = sightings(facts).map(({ eventId }) => eventId)
    expect(new Set(ids).size).toBe(2)
    for (const id of ids) expect(id).toMatch(/^content:[0-9a-f]{16}$/)
  })
})

describe('an attempt', () => {
  it('refused names its role in the message only', () => {
    expect(attempts(read(denied()))).toEqual([
      expect.objectContaining({
        action: 'AssumeRole',
        at: AT,
        role: `arn:aws:iam::${OTHER_ACCOUNT}:role/vault`,
        error: 'AccessDenied',
      }),
    ])
  })

  it('of a web identity names its role in the request', () => {
    const record = webIdentity({
      errorCode: 'AccessDenied',
      errorMessage: 'An unknown error occurred',
      responseElements: null,
    })
    expect(attempts(read(record))).toEqual([expect.objectContaining({ role: ROLE })])
    expect(sightings(read(record))).toEqual([])
  })

  it('may name its role among its resources, or nowhere', () => {
    const lost = { errorMessage: 'no', errorCode: 'AccessDenied' }
    const named = denied({ ...lost, resources: [{ ARN: 'arn:aws:s3:::x' }, { ARN: ROLE }] })
    expect(attempts(read(named))[0]!.role).toBe(ROLE)
    expect(attempts(read(denied(lost)))[0]!.role).toBe('')
  })

  it('lies in the partition of the caller', () => {
    expect(read(denied()).deltas[0]!.partition.account).toBe(ACCOUNT)
  })
})

describe('a call', () => {
  it('says who did what to which container, from where', () => {
    expect(calls(read(call()))).toEqual([
      {
        account: ACCOUNT,
        at: AT,
        identity: expect.objectContaining({ key: 'ASIAEXAMPLEKEY000001', role: ROLE }),
        action: 's3:GetObject',
        resource: 'arn:aws:s3:::ledger',
        error: '',
        network: '192.0.2.10',
        userAgent: 'aws-sdk-go-v2/1.30.0',
        isShared: false,
      },
    ])
  })

  it('through an endpoint comes from there', () => {
    const [made] = calls(read(call({ vpcEndpointId: 'vpce-1', sourceIPAddress: '10.0.0.1' })))
    expect(made!.network).toBe('vpce-1')
  })

  it('in another account lies in the partition of the caller', () => {
    const record = call({ recipientAccountId: OTHER_ACCOUNT })
    expect(read(record).deltas[0]!.partition.account).toBe(ACCOUNT)
  })

  it('from an instance is marked', () => {
    const identity = session()
    identity['sessionContext'].ec2RoleDelivery = '2.0'
    expect(calls(read(call({ userIdentity: identity })))[0]!.identity.fromInstance).toBe(true)
  })

  it('by a service for a session has no key', () => {
    const { accessKeyId: _, ...identity } = session()
    const record = call({ userIdentity: { ...identity, invokedBy: 'ec2fleet.amazonaws.com' } })
    expect(calls(read(record))[0]!.identity).toMatchObject({
      key: '',
      invokedBy: 'ec2fleet.amazonaws.com',
      role: ROLE,
    })
  })

  it('in copies is marked as shared; an empty shared id shares nothing', () => {
    const isShared = (record: object) => calls(read(record))[0]!.isShared
    expect(isShared(call({ sharedEventID: 's' }))).toBe(true)
    expect(isShared(call({ sharedEventID: '' }))).toBe(false)
    expect(isShared(call())).toBe(false)
  })

  it('comes in any minor version, and without one', () => {
    for (const eventVersion of ['1.01', '1.05', '1.11', '1.99', undefined])
      expect(outcome(call({ eventVersion }))).toEqual({ taken: 1, bad: [] })
  })

  it('is counted once in a file, however often it stands there', () => {
    const record = call()
    const facts = read([record, call(), record, record])
    expect([calls(facts).length, facts.repeated, facts.records]).toEqual([2, 2, 4])
  })

  it('is two where two accounts received it', () => {
    const record = call()
    const facts = read([record, { ...record, recipientAccountId: OTHER_ACCOUNT }])
    expect([calls(facts).length, facts.repeated]).toEqual([2, 0])
  })

  it('is spread over hours and accounts, each with its own dictionary', () => {
    const facts = read([
      call({ eventTime: '2025-03-04T05:59:59Z' }),
      call({ eventTime: '2025-03-04T06:00:00Z', userAgent: 'late' }),
    ])
    expect(facts.deltas.map(({ partition }) => partition.hour * 3600 - AT)).toEqual([
      -367,
      3600 - 367,
    ])
    const { strings } = facts.deltas[0]!
    expect(Array.from({ length: strings.length }, (_, i) => strings.at(i))).not.toContain('late')
    expect(calls(facts).map(({ at }) => at % 3600)).toEqual([3599, 0])
  })
})

describe('other events', () => {
  it.each([
    ['insight', insight()],
    ['network activity', networkActivity()],
    ['network activity, as one page spells it', networkActivity({ eventType: 'AwsVpceEvents' })],
    ['aggregated', aggregated()],
    ['insight by its category alone', insight({ eventType: 'x' })],
    ['without an identity', call({ userIdentity: undefined })],
    ['with null for an identity', call({ userIdentity: null })],
  ])('are left aside knowingly: %s', (_, record) => {
    const facts = read([record, call()])
    expect([facts.outOfScope, calls(facts).length, facts.quarantined]).toEqual([1, 1, []])
  })

  it('of services are calls of the service', () => {
    expect(calls(read(serviceEvent()))[0]).toMatchObject({
      action: 'kms:RotateKey',
      identity: { type: '', invokedBy: 'kms.amazonaws.com', account: ACCOUNT },
    })
  })
})

describe('coverage', () => {
  const deliveredAt = AT + 500

  it('says in which five minutes an account and region had events, and how late the latest came', async () => {
    const { FileReader } = await import('../../lib/record/read-file.ts')
    const file = JSON.stringify([
      call(),
      call({ eventTime: '2025-03-04T05:05:00Z' }),
      call({ eventTime: '2025-03-05T00:00:00Z' }),
      call({ awsRegion: 'us-east-1' }),
    ])
    const facts = new FileReader().read(Buffer.from(file), { id: 'x', source: 'x', deliveredAt })
    const slots = facts.coverage.map(({ region, day, slots, first, last, lagMax }) => ({
      region,
      day,
      slots: Array.from({ length: 288 }, (_, slot) => slot).filter(
        (slot) => slots[slot >> 3]! & (1 << (slot & 7)),
      ),
      span: last - first,
      lagMax,
    }))
    const day = Math.floor(AT / 86_400)
    expect(slots).toEqual([
      { region: 'eu-west-1', day, slots: [61], span: 67, lagMax: 567 },
      { region: 'eu-west-1', day: day + 1, slots: [0], span: 0, lagMax: 0 },
      { region: 'us-east-1', day, slots: [61], span: 0, lagMax: 500 },
    ])
  })

  it('does not count what was refused, left aside or repeated', () => {
    const facts = read([insight(), call({ eventVersion: '2.0' })])
    expect(facts.coverage).toEqual([])
  })
})
