// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables of IAM look like template strings
import fc from 'fast-check'
import type { ContextValue, Requester, TrustRequest } from '../../../lib/drift/trust-policy.ts'

const account = '111122223333'
const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/A'
const provider = `arn:aws:iam::${account}:oidc-provider/${issuer}`

const stringKeys = [
  'sts:ExternalId',
  `${issuer}:sub`,
  'aws:PrincipalTag/team',
  'aws:TagKeys',
  'aws:username',
]
const cased = (key: string) => fc.constantFrom(key, key.toLowerCase(), key.toUpperCase())

const word = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('a', 'b', 'ab', 'A', 'aab', '') },
  { weight: 3, arbitrary: fc.constantFrom('*', '?', 'a*', '*b', 'a?', '*a*b*', '?*') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '${aws:username}',
      'a${aws:username}',
      '${aws:username}*',
      "${aws:username, 'b'}",
      '${*}',
      'a${?}',
      '${$}',
      '${AWS:USERNAME}',
      '${aws:TagKeys}',
      '${aws:PrincipalTag/team}b',
    ),
  },
)
const value = fc.constantFrom(
  'a',
  'b',
  'ab',
  'A',
  'aab',
  '',
  '*',
  '?',
  'a*',
  '${aws:username}',
  'b?',
)
const arn = fc.constantFrom(
  'arn:aws:iam::1:role/a',
  'arn:aws:iam::*:role/*',
  'arn:aws:iam::?:role/a*',
  'arn:aws:iam::2:user/a',
  'arn:*:iam::1:*',
  'arn:aws:sns:x:1:a:b',
  'arn:aws:iam::1:user/${aws:username}',
  'arn:aws:*',
  'a',
)
const number = fc.constantFrom('0', '1', '2', '10', '-1', '1.5', '1.50')
const date = fc.constantFrom(
  '2020-01-01T00:00:00Z',
  '2020-01-01T01:00:00+01:00',
  '2020-01-02',
  '1577836800',
  '2019-12-31T23:59:59Z',
)
const range = fc.constantFrom(
  '203.0.113.0/24',
  '203.0.113.4/30',
  '0.0.0.0/0',
  '203.0.113.5',
  '2001:db8::/32',
  '2001:db8:0:0:1::/80',
)
const address = fc.constantFrom(
  '203.0.113.5',
  '203.0.113.6',
  '203.0.113.200',
  '198.51.100.1',
  '2001:db8::1',
  '2001:db8::1:0:0:1',
)
const boolean = fc.constantFrom('true', 'false')

const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | readonly T[]> =>
  fc.oneof(arbitrary, fc.array(arbitrary, { maxLength: 3 }))

/** One operator with one key that fits it, and values. */
const condition = fc
  .constantFrom(
    {
      names: [
        'StringEquals',
        'StringNotEquals',
        'StringEqualsIgnoreCase',
        'StringNotEqualsIgnoreCase',
        'StringLike',
        'StringNotLike',
      ],
      keys: stringKeys,
      values: word,
    },
    { names: ['StringLike', 'StringEquals', 'StringNotLike'], keys: stringKeys, values: word },
    {
      names: ['ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike'],
      keys: ['aws:SourceArn', 'aws:PrincipalArn'],
      values: arn,
    },
    {
      names: [
        'NumericEquals',
        'NumericNotEquals',
        'NumericLessThan',
        'NumericLessThanEquals',
        'NumericGreaterThan',
        'NumericGreaterThanEquals',
      ],
      keys: ['sts:DurationSeconds'],
      values: number,
    },
    {
      names: [
        'DateEquals',
        'DateNotEquals',
        'DateLessThan',
        'DateLessThanEquals',
        'DateGreaterThan',
        'DateGreaterThanEquals',
      ],
      keys: ['aws:CurrentTime'],
      values: date,
    },
    { names: ['IpAddress', 'NotIpAddress'], keys: ['aws:SourceIp'], values: range },
    { names: ['Bool'], keys: ['aws:SecureTransport'], values: boolean },
    { names: ['BinaryEquals'], keys: ['test:Binary'], values: fc.constantFrom('YQ==', 'YWI=') },
    { names: ['Null'], keys: [...stringKeys, 'aws:SourceIp'], values: boolean },
  )
  .chain(({ names, keys, values }) =>
    fc.record({
      name: fc.constantFrom(...names),
      set: fc.constantFrom('', '', '', 'ForAllValues:', 'ForAnyValue:'),
      suffix: fc.constantFrom('', '', 'IfExists'),
      key: fc.constantFrom(...keys).chain(cased),
      values: optional(values),
    }),
  )
  .map(({ name, set, suffix, key, values }) => ({
    operator: `${set}${name}${name === 'Null' ? '' : suffix}`,
    key,
    values,
  }))

const principal = fc.oneof(
  { weight: 3, arbitrary: fc.constant('*') },
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      { AWS: '*' },
      { AWS: account },
      { AWS: `arn:aws:iam::${account}:root` },
      { AWS: `arn:aws:iam::${account}:role/app` },
      { AWS: [`arn:aws:iam::${account}:role/app`, account] },
      {
        AWS: [
          `arn:aws:sts::${account}:assumed-role/app/s`,
          `arn:aws:iam::${account}:role/app`,
          account,
        ],
      },
      { AWS: [`arn:aws:iam::${account}:role/team/app`] },
      { AWS: `arn:aws:sts::${account}:assumed-role/app/s` },
      { AWS: 'AROAEXAMPLEDELETED01' },
      { AWS: ['444455556666', `arn:aws:iam::${account}:user/bob`] },
      { Federated: provider },
      { Federated: ['accounts.google.com', provider] },
      { Service: 'ec2.amazonaws.com' },
      {
        Service: ['ec2.amazonaws.com', 'pods.eks.amazonaws.com'],
        AWS: `arn:aws:iam::${account}:user/bob`,
      },
      { Federated: '*' },
    ),
  },
)

const statement = fc
  .record({
    effect: fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny'),
    principals: fc.tuple(
      fc.constantFrom('Principal', 'Principal', 'Principal', 'Principal', 'NotPrincipal'),
      principal,
    ),
    actions: fc.tuple(
      fc.constantFrom('Action', 'Action', 'Action', 'Action', 'NotAction'),
      optional(
        fc.constantFrom(
          '*',
          'sts:*',
          'sts:AssumeRole',
          'STS:assumeROLE*',
          'sts:TagSession',
          'sts:Assume?ole',
        ),
      ),
    ),
    conditions: fc.array(condition, { maxLength: 3 }),
    sid: fc.option(fc.constantFrom('A', 'B'), { nil: undefined }),
  })
  .map(({ effect, principals, actions, conditions, sid }) => {
    const blocks: Record<string, Record<string, unknown>> = {}
    for (const { operator, key, values } of conditions) {
      blocks[operator] ??= {}
      const block = blocks[operator]
      if (!Object.keys(block).some((name) => name.toLowerCase() === key.toLowerCase())) {
        block[key] = values
      }
    }
    return {
      ...(sid === undefined ? {} : { Sid: sid }),
      Effect: effect,
      [principals[0]]: principals[1],
      [actions[0]]: Array.isArray(actions[1]) && actions[1].length === 0 ? '*' : actions[1],
      ...(conditions.length === 0 ? {} : { Condition: blocks }),
    }
  })

/** A policy that IAM could hold. */
export const policies = fc
  .record({
    Version: fc.constantFrom('2012-10-17', '2012-10-17', '2012-10-17', '2008-10-17', undefined),
    Statement: fc.oneof(statement, fc.array(statement, { minLength: 1, maxLength: 3 })),
  })
  .map(({ Version, Statement }) => (Version === undefined ? { Statement } : { Version, Statement }))

const requesters: fc.Arbitrary<Requester> = fc.oneof(
  fc.constantFrom<Requester>(
    { kind: 'federated', provider },
    { kind: 'service', service: 'ec2.amazonaws.com' },
    { kind: 'aws', arn: `arn:aws:iam::${account}:root`, account },
  ),
  fc
    .record({
      arn: fc.constantFrom(
        `arn:aws:iam::${account}:user/bob`,
        `arn:aws:iam::${account}:role/app`,
        `arn:aws:sts::${account}:assumed-role/app/s`,
        `arn:aws:sts::${account}:assumed-role/web/s`,
      ),
      ownPolicy: fc.constantFrom<'allows' | 'refuses' | 'unknown'>('allows', 'refuses', 'unknown'),
      boundary: fc.constantFrom<'none' | 'present' | 'unknown'>(
        'none',
        'none',
        'present',
        'unknown',
      ),
    })
    .map((fields): Requester => ({ kind: 'aws', account, ...fields })),
)

const known = <T extends string>(values: fc.Arbitrary<T>): fc.Arbitrary<ContextValue> =>
  fc.oneof(
    { weight: 6, arbitrary: values.map((one) => [one]) },
    { weight: 2, arbitrary: fc.array(values, { maxLength: 3 }) },
    { weight: 2, arbitrary: fc.constant('absent' as const) },
    { weight: 1, arbitrary: fc.constant('unknown' as const) },
  )

export const requests: fc.Arbitrary<TrustRequest> = fc
  .record({
    action: fc.constantFrom<TrustRequest['action'][]>(
      'sts:AssumeRole',
      'sts:AssumeRole',
      'sts:TagSession',
      'sts:AssumeRoleWithWebIdentity',
    ),
    principal: requesters,
    strings: fc.tuple(...stringKeys.map((key) => fc.tuple(cased(key), known(value)))),
    arn: known(
      fc.constantFrom(
        'arn:aws:iam::1:role/a',
        'arn:aws:iam::2:user/a',
        'arn:aws:sns:x:1:a:b',
        'arn:aws:iam::1:user/ab',
        'a',
      ),
    ),
    number: known(number),
    date: known(date),
    address: known(address),
    secure: known(boolean),
    binary: known(fc.constantFrom('YQ==', 'YWI=')),
    otherwise: fc.constantFrom<('absent' | 'unknown')[]>('absent', 'absent', 'unknown'),
  })
  .map(
    ({
      action,
      principal: who,
      strings,
      arn: source,
      number: seconds,
      date: now,
      address: ip,
      secure,
      binary,
      otherwise,
    }) => ({
      action,
      principal: who,
      context: new Map<string, ContextValue>([
        ...strings,
        ['aws:SourceArn', source],
        ['sts:DurationSeconds', seconds],
        ['aws:CurrentTime', now],
        ['aws:SourceIp', ip],
        ['aws:SecureTransport', secure],
        ['test:Binary', binary],
      ]),
      otherwise,
    }),
  )

/** Anything shaped a little like a policy, and anything at all. */
export const documents: fc.Arbitrary<unknown> = fc.oneof(
  fc.anything({ maxDepth: 4 }),
  fc.jsonValue(),
  fc.string({ unit: 'binary' }),
  fc.json(),
  policies.map((policy) => JSON.stringify(policy)),
  fc.tuple(policies, fc.nat(), fc.nat(9)).map(([policy, at, length]) => {
    const text = JSON.stringify(policy)
    const from = at % text.length
    return text.slice(0, from) + text.slice(from + length)
  }),
  fc.tuple(policies, fc.nat(), fc.string()).map(([policy, at, more]) => {
    const text = encodeURIComponent(JSON.stringify(policy))
    return text.slice(0, at % text.length) + more + text.slice(at % text.length)
  }),
  fc.letrec((tie) => ({
    node: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom('*', 'Allow', 'Deny', 'sts:*', '2012-10-17', null, 1, true, ''),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom(
          'Version',
          'Statement',
          'Effect',
          'Principal',
          'NotPrincipal',
          'Action',
          'Condition',
          'AWS',
          'StringLike',
          'aws:x',
          '__proto__',
        ),
        tie('node'),
      ),
    ),
  })).node,
)

/** Patterns and texts that are short enough for recursion. */
export const shortGlobs = fc.tuple(
  fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 }),
  fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 }),
)

/** Long ones, of the kind that makes a matcher go back and forth. */
export const longGlobs = fc.tuple(
  fc
    .tuple(
      fc.constantFrom(
        '*a',
        '*ab',
        '*a?b',
        'a*',
        '**',
        '*aaaaaaab',
        '?',
        'a',
        '*?a',
        `*${'a?'.repeat(300)}b`,
        `*?${'a'.repeat(900)}b`,
      ),
      fc.integer({ min: 1, max: 1000 }),
    )
    .map(([part, times]) => part.repeat(times).slice(0, 4000)),
  fc
    .tuple(fc.constantFrom('a', 'ab', 'aab', 'b'), fc.integer({ min: 0, max: 2000 }))
    .map(([part, times]) => part.repeat(times).slice(0, 4000)),
  fc.constantFrom('', 'b', 'c*', '*c'),
)
