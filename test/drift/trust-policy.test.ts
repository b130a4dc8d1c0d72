import { describe, expect, it } from 'vitest'
import {
  evaluateTrust,
  parseTrustPolicy,
  type TrustDecision,
  type TrustPolicy,
  type TrustRequest,
} from '../../lib/drift/trust-policy.ts'
import { conditionCases } from './trust/conditions.ts'
import { decisionCases } from './trust/decisions.ts'
import { documentCases } from './trust/documents.ts'

function policyOf(document: unknown): TrustPolicy {
  const policy = parseTrustPolicy(document)
  if (policy.kind !== 'policy') throw new Error(`${policy.reason} at ${policy.at}`)
  return policy
}

const open = { Effect: 'Allow', Principal: '*', Action: '*' }

describe('a condition', () => {
  it.each(conditionCases.map((row) => [describeRow(row), row] as const))('%s', (_, row) => {
    const request: TrustRequest = {
      action: 'sts:AssumeRole',
      principal: { kind: 'aws', arn: 'arn:aws:iam::111122223333:role/a', account: '111122223333' },
      context: new Map([...Object.entries(row.others), ['aws:Key', row.actual]]),
      otherwise: 'absent',
    }
    const test = { Condition: { [row.operator]: { 'aws:Key': row.values } } }
    const version = row.version === null ? {} : { Version: row.version }
    const decide = (Statement: unknown): TrustDecision['decision'] =>
      evaluateTrust(policyOf({ ...version, Statement }), request).decision
    const holds = { true: 'allowed', false: 'refused', unknown: 'undecidable' }[row.result]
    const denies = { true: 'refused', false: 'allowed', unknown: 'undecidable' }[row.result]
    expect([
      decide([{ ...open, ...test }]),
      decide([open, { ...open, ...test, Effect: 'Deny' }]),
    ]).toEqual([holds, denies])
  })
})

function describeRow({
  operator,
  values,
  actual,
  result,
  version,
}: (typeof conditionCases)[number]) {
  const old = version === '2012-10-17' ? '' : ` in version ${version ?? 'none'}`
  return `${operator} ${JSON.stringify(values)} against ${JSON.stringify(actual)} is ${result}${old}`
}

describe('a decision', () => {
  it.each(decisionCases.map((row) => [row.name, row.decision, row] as const))(
    '%s: %s',
    (_name, decision, row) => {
      const policy = policyOf({ Version: '2012-10-17', Statement: row.statements })
      const result = evaluateTrust(policy, {
        action: row.action,
        principal: row.principal,
        context: new Map(Object.entries(row.context)),
        otherwise: row.otherwise,
      })
      expect(result.decision, JSON.stringify(result.because, null, 1)).toBe(decision)
    },
  )
})

describe('a document', () => {
  it.each(documentCases.map((row) => [row.name, row.result, row] as const))(
    '%s: %s',
    (_name, result, row) => {
      const policy = parseTrustPolicy(row.document)
      expect(policy.kind === 'policy' ? 'policy' : policy.reason).toBe(result)
    },
  )
})

it('has at least 300 cases, each with its source', () => {
  const cases = [...conditionCases, ...decisionCases, ...documentCases]
  expect(cases.length).toBeGreaterThanOrEqual(300)
  expect(cases.filter((row) => row.source.trim() === '')).toEqual([])
})

describe('a reason', () => {
  const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/A'
  const provider = `arn:aws:iam::111122223333:oidc-provider/${issuer}`
  const policy = policyOf({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Pods',
        Effect: 'Allow',
        Principal: { Federated: provider },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: { [`${issuer}:sub`]: 'system:serviceaccount:prod:*' },
          IpAddress: { 'aws:SourceIp': '203.0.113.0/24' },
        },
      },
    ],
  })
  const { because } = evaluateTrust(policy, {
    action: 'sts:AssumeRoleWithWebIdentity',
    principal: { kind: 'federated', provider },
    context: new Map([[`${issuer}:sub`, ['system:serviceaccount:prod:app']]]),
  })

  it('names the statement, its Sid, and every clause with what was expected and found', () => {
    expect(because).toMatchObject([
      {
        statement: 0,
        sid: 'Pods',
        effect: 'Allow',
        applies: 'no',
        clauses: [
          { what: 'principal', result: 'true', actual: [provider] },
          { what: 'action', result: 'true', expected: ['sts:AssumeRoleWithWebIdentity'] },
          {
            what: 'condition',
            operator: 'StringEquals',
            key: `${issuer}:sub`,
            expected: ['system:serviceaccount:prod:*'],
            actual: ['system:serviceaccount:prod:app'],
            result: 'false',
          },
          { what: 'condition', key: 'aws:SourceIp', actual: 'unknown', result: 'unknown' },
        ],
      },
    ])
  })

  it('says in a sentence why a wildcard under StringEquals matches nothing', () => {
    expect(because[0]!.clauses[2]!.text).toBe(
      `${issuer}:sub is "system:serviceaccount:prod:app", so StringEquals "system:serviceaccount:prod:*" does not hold (under StringEquals, * and ? are plain text).`,
    )
  })

  it('says that a value is not known', () => {
    expect(because[0]!.clauses[3]!.text).toBe(
      'aws:SourceIp is not known from here, so IpAddress "203.0.113.0/24" cannot be decided.',
    )
  })
})

it('takes two spellings of one key that disagree for unknown', () => {
  const policy = policyOf({
    Statement: { ...open, Condition: { StringEquals: { 'sts:ExternalId': 'a' } } },
  })
  const decide = (...values: string[]) =>
    evaluateTrust(policy, {
      action: 'sts:AssumeRole',
      principal: { kind: 'service', service: 'ec2.amazonaws.com' },
      context: new Map([
        ['sts:externalid', [values[0]!]],
        ['STS:ExternalId', [values[1]!]],
      ]),
    }).decision
  expect([decide('a', 'b'), decide('a', 'a'), decide('b', 'b')]).toEqual([
    'undecidable',
    'allowed',
    'refused',
  ])
})
