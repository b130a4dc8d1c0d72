import { describe, expect, it } from 'vitest'
import {
  evaluateTrust,
  parseTrustPolicy,
  principalTrusts,
  type TrustPolicy,
  webIdentityRequest,
  webIdentityTrusts,
} from '../../lib/drift/trust-policy.ts'

const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/ABC123'
const provider = `arn:aws:iam::111122223333:oidc-provider/${issuer}`

function policyOf(...statements: object[]): TrustPolicy {
  const policy = parseTrustPolicy({
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({ Effect: 'Allow', ...statement })),
  })
  if (policy.kind !== 'policy') throw new Error(policy.reason)
  return policy
}

function pods(Condition: object, more: object = {}): object {
  return {
    Principal: { Federated: provider },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition,
    ...more,
  }
}

describe('the web identities that a policy admits', () => {
  it('are subjects and audiences with their operator and statement', () => {
    const policy = policyOf(
      { Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
      pods({
        StringEquals: { [`${issuer}:sub`]: 'system:serviceaccount:a:b', [`${issuer}:aud`]: 'x' },
        IpAddress: { 'aws:SourceIp': '203.0.113.0/24' },
      }),
    )
    expect(webIdentityTrusts(policy)).toEqual([
      {
        statement: 1,
        sid: null,
        provider,
        issuer,
        subjects: [
          {
            claim: 'sub',
            issuer,
            operator: 'StringEquals',
            key: `${issuer}:sub`,
            form: 'exact',
            values: ['system:serviceaccount:a:b'],
            passesWhenAbsent: false,
          },
        ],
        audiences: [expect.objectContaining({ claim: 'aud', values: ['x'] })],
        otherClaims: [],
        foreignClaims: [],
        restrictions: [
          {
            key: 'aws:SourceIp',
            operator: 'IpAddress',
            values: ['203.0.113.0/24'],
            negated: false,
            passesWhenAbsent: false,
          },
        ],
      },
    ])
  })

  it.each([
    ['StringEquals', 'a:*', 'exact', false],
    ['StringEqualsIfExists', 'a', 'exact', true],
    ['StringEqualsIgnoreCase', 'a', 'exact-ignoring-case', false],
    ['StringLike', 'a:*', 'pattern', false],
    ['StringLike', 'a:?', 'pattern', false],
    ['StringLike', 'a:b', 'exact', false],
    ['ForAnyValue:StringLike', 'a:*', 'pattern', false],
    ['ForAllValues:StringLike', 'a:*', 'pattern', true],
    ['ForAnyValue:StringEqualsIfExists', 'a', 'exact', false],
    ['StringNotEquals', 'a', 'negated', true],
    ['StringNotLike', 'a*', 'negated', true],
    ['ForAnyValue:StringNotLike', 'a*', 'negated', false],
    ['Null', 'true', 'presence', true],
    ['Null', 'false', 'presence', false],
    ['ArnLike', 'arn:aws:iam::*:role/x', 'other', false],
  ])('%s %s is %s', (operator, value, form, passesWhenAbsent) => {
    const [trust] = webIdentityTrusts(policyOf(pods({ [operator]: { [`${issuer}:sub`]: value } })))
    expect(trust?.subjects).toMatchObject([{ operator, form, values: [value], passesWhenAbsent }])
  })

  it('are any where no claim is tested', () => {
    expect(webIdentityTrusts(policyOf(pods({})))).toMatchObject([{ subjects: [], audiences: [] }])
  })

  it('keep the claims of another issuer apart', () => {
    const key = 'oidc.eks.eu-west-1.amazonaws.com/id/OTHER:sub'
    expect(webIdentityTrusts(policyOf(pods({ StringEquals: { [key]: 'a' } })))).toMatchObject([
      { subjects: [], foreignClaims: [{ key, claim: 'sub' }] },
    ])
  })

  it('find the issuer whatever its case, and other claims of it', () => {
    expect(
      webIdentityTrusts(
        policyOf(
          pods({
            StringEquals: { [`${issuer.toUpperCase()}:SUB`]: 'a', [`${issuer}:amr`]: 'b' },
          }),
        ),
      ),
    ).toMatchObject([{ subjects: [{ values: ['a'] }], otherClaims: [{ claim: 'amr' }] }])
  })

  it('are one item per provider, for all of them with *', () => {
    const two = policyOf(
      pods({}, { Principal: { Federated: [provider, 'accounts.google.com', provider] } }),
      pods({ StringEquals: { [`${issuer}:sub`]: 'a' } }, { Principal: { AWS: '*' } }),
      pods({}, { Principal: { Federated: 'arn:aws:iam::111122223333:saml-provider/corp' } }),
      pods({}, { Principal: { Federated: provider }, Action: 'sts:AssumeRole' }),
      pods({}, { Effect: 'Deny' }),
    )
    expect(webIdentityTrusts(two)).toMatchObject([
      { statement: 0, provider, issuer },
      { statement: 0, provider: 'accounts.google.com', issuer: 'accounts.google.com' },
      { statement: 1, provider: '*', issuer: '*', subjects: [{ values: ['a'] }] },
    ])
  })
})

describe('the other principals that a policy admits', () => {
  it('are named by kind, with what restricts them', () => {
    const policy = policyOf({
      Sid: 'Chain',
      Principal: {
        AWS: [
          '111122223333',
          'arn:aws:iam::444455556666:root',
          'arn:aws:iam::111122223333:role/app',
          'AROAEXAMPLEDELETED01',
          '*',
        ],
        Service: 'pods.eks.amazonaws.com',
        Federated: ['arn:aws:iam::111122223333:saml-provider/corp', provider],
        CanonicalUser: 'c',
      },
      Action: ['sts:AssumeRole', 'sts:TagSession'],
      Condition: {
        StringEquals: { 'sts:ExternalId': 'x' },
        ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/y' },
      },
    })
    const trusts = principalTrusts(policy)
    expect(trusts.map(({ trusted }) => trusted)).toEqual([
      { kind: 'account', account: '111122223333' },
      { kind: 'account', account: '444455556666' },
      {
        kind: 'principal',
        arn: 'arn:aws:iam::111122223333:role/app',
        account: '111122223333',
      },
      { kind: 'deleted', uniqueId: 'AROAEXAMPLEDELETED01' },
      { kind: 'everyone' },
      { kind: 'service', service: 'pods.eks.amazonaws.com' },
      { kind: 'saml', provider: 'arn:aws:iam::111122223333:saml-provider/corp' },
      { kind: 'other', type: 'CanonicalUser', value: 'c' },
    ])
    expect(trusts[0]).toMatchObject({
      statement: 0,
      sid: 'Chain',
      actions: ['sts:AssumeRole', 'sts:TagSession'],
      restrictions: [
        { key: 'sts:ExternalId', negated: false, passesWhenAbsent: false },
        { key: 'aws:PrincipalArn', negated: true, passesWhenAbsent: true },
      ],
    })
  })

  it('are everyone but some under NotPrincipal', () => {
    expect(
      principalTrusts(policyOf({ NotPrincipal: { AWS: '111122223333' }, Action: 'sts:*' })),
    ).toMatchObject([
      { trusted: { kind: 'everyone-except', except: [{ type: 'AWS', value: '111122223333' }] } },
    ])
  })

  it('are none where a statement is about web identities alone', () => {
    expect(principalTrusts(policyOf(pods({})))).toEqual([])
  })
})

describe('the request of a pod', () => {
  const request = webIdentityRequest({
    provider,
    subject: 'system:serviceaccount:a:b',
    audience: 'sts.amazonaws.com',
    context: new Map([['AWS:SourceIp', ['203.0.113.1']]]),
  })
  const decide = (Condition: object) => evaluateTrust(policyOf(pods(Condition)), request).decision

  it('has its subject, its audience and what is added', () => {
    expect([
      decide({ StringEquals: { [`${issuer}:sub`]: 'system:serviceaccount:a:b' } }),
      decide({ StringEquals: { [`${issuer}:aud`]: 'sts.amazonaws.com' } }),
      decide({ IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }),
    ]).toEqual(['allowed', 'allowed', 'allowed'])
  })

  it('has no claim of another issuer, and leaves everything else open', () => {
    expect([
      decide({ StringLike: { 'token.actions.githubusercontent.com:sub': '*' } }),
      decide({ StringLike: { [`${issuer}:amr`]: '*' } }),
      decide({ StringLike: { 'aws:UserAgent': '*' } }),
    ]).toEqual(['refused', 'undecidable', 'undecidable'])
  })
})
