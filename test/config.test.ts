import { describe, expect, it } from 'vitest'
import { parseConfig, WrongConfig } from '../lib/config.ts'

const WHOLE = `
accounts: ['111122223333', '012345678901']
clusters:
  - name: prod-eks
    issuer: https://oidc.eks.us-east-1.amazonaws.com/id/ABC/
    arn: arn:aws:eks:us-east-1:111122223333:cluster/prod-eks
  - name: edge
    issuer: edge.example/issuer
network:
  egress: [198.51.100.10, 203.0.113.0/24, '2001:db8::/32']
  vpcEndpoints: [vpce-0a1b2c3d]
`

function problems(text: string): readonly string[] {
  try {
    parseConfig(text, 'podtrail.yaml')
  } catch (error) {
    if (error instanceof WrongConfig) return error.problems
    throw error
  }
  return []
}

describe('settings', () => {
  it('are read, and issuers are brought into one form', () => {
    expect(parseConfig(WHOLE, 'podtrail.yaml')).toEqual({
      accounts: ['111122223333', '012345678901'],
      clusters: [
        {
          name: 'prod-eks',
          issuer: 'oidc.eks.us-east-1.amazonaws.com/id/ABC',
          arn: 'arn:aws:eks:us-east-1:111122223333:cluster/prod-eks',
        },
        { name: 'edge', issuer: 'edge.example/issuer' },
      ],
      network: {
        egress: ['198.51.100.10', '203.0.113.0/24', '2001:db8::/32'],
        vpcEndpoints: ['vpce-0a1b2c3d'],
      },
    })
  })

  it.each([
    ['', ['missing key accounts', 'missing key clusters', 'missing key network']],
    [WHOLE.replace('network:', 'netwrok:'), ['missing key network', 'unknown key netwrok']],
    [WHOLE.replace('    name: prod-eks\n', ''), []],
    [WHOLE.replace('- name: edge\n    issuer', '- issuer'), ['missing key clusters[1].name']],
    [
      WHOLE.replace('name: edge', 'nam: edge'),
      ['missing key clusters[1].name', 'unknown key clusters[1].nam'],
    ],
    [
      WHOLE.replace('    issuer: edge.example/issuer\n', ''),
      ['clusters[1] needs an issuer, an arn, or both'],
    ],
    [WHOLE.replace('name: edge', 'name: prod-eks'), ['clusters[1].name is there twice']],
    [
      WHOLE.replace('name: edge', 'name: a/b'),
      ['clusters[1].name must be a plain name without slashes'],
    ],
    [WHOLE.replace(':eks:', ':iam:'), ['clusters[0].arn must be the ARN of an EKS cluster']],
    [WHOLE.replace('198.51.100.10', 'office'), ['network.egress[0] must be an address or CIDR']],
    [
      WHOLE.replace('vpce-0a1b2c3d', 'vpc-1'),
      ['network.vpcEndpoints[0] must look like vpce-0a1b2c3d'],
    ],
    [
      WHOLE.replace("'012345678901'", '012345678901'),
      ['accounts[1] must be a quoted string of 12 digits, such as "012345678901"'],
    ],
    ['[]', ['the file Invalid input: expected object, received array']],
  ])('%# name each problem by its key', (text, expected) => {
    expect([...problems(text)].sort()).toEqual([...expected].sort())
  })

  it.each([
    ['{}', ['missing key snapshot.regions', 'missing key snapshot.kubernetes']],
    ['{ regions: [], kubernetes: true }', ['snapshot.regions must name a region']],
    [
      '{ regions: [Ireland], kubernetes: maybe, memberRol: x }',
      [
        'snapshot.regions[0] must look like eu-west-1',
        'snapshot.kubernetes must be true or false',
        'unknown key snapshot.memberRol',
      ],
    ],
    [
      '{ regions: [eu-west-1], kubernetes: true, externalId: abc }',
      ['snapshot.externalId is of no use without memberRole'],
    ],
    [
      '{ regions: [eu-west-1], kubernetes: true, memberRole: "arn:aws:iam::111122223333:role/x" }',
      ['snapshot.memberRole must be the name of a role, not its ARN'],
    ],
    [
      '{ regions: [us-gov-east-1], kubernetes: false, memberRole: audit/reader, externalId: "a b" }',
      ['snapshot.externalId must be 2 to 1224 letters, digits or +=,.@:/-'],
    ],
    ['{ regions: [us-gov-east-1], kubernetes: false, memberRole: audit/reader }', []],
  ])('of snapshots name each problem by its key: %s', (text, expected) => {
    expect([...problems(`${WHOLE}snapshot: ${text}\n`)].sort()).toEqual([...expected].sort())
  })

  it('say where YAML itself is broken', () => {
    expect(problems('accounts: [\n')[0]).toMatch(/line \d+/)
    expect(problems('accounts: []\naccounts: []\n')[0]).toMatch(/unique/)
  })

  it('do not let aliases grow without bounds', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
      .split('')
      .map((name, i) => `${name}: &${name} [${Array(10).fill(`*${'abcdefgh'[i]}`).join(',')}]`)
      .join('\n')}\n`
    expect(problems(bomb).length).toBeGreaterThan(0)
  })
})
