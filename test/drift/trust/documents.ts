import type { UnparseableReason } from '../../../lib/drift/trust-policy.ts'
import { type Page, pages } from './pages.ts'

/** A document, and what reading it gives: a policy, or the reason why not. */
export interface DocumentCase {
  readonly name: string
  readonly document: unknown
  readonly result: 'policy' | UnparseableReason
  readonly source: Page
}

const statement = { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'sts:AssumeRole' }
const policy = { Version: '2012-10-17', Statement: [statement] }
const text = JSON.stringify(policy)
const withStatement = (more: object) => ({ ...policy, Statement: [{ ...statement, ...more }] })
const without = (element: string) => ({
  ...policy,
  Statement: [Object.fromEntries(Object.entries(statement).filter(([name]) => name !== element))],
})
const withCondition = (Condition: unknown) => withStatement({ Condition })

export const documentCases: readonly DocumentCase[] = [
  { name: 'an object', document: policy, result: 'policy', source: pages.grammar },
  { name: 'JSON text', document: text, result: 'policy', source: pages.grammar },
  {
    name: 'URL-encoded',
    document: encodeURIComponent(text),
    result: 'policy',
    source: pages.getRole,
  },
  {
    name: 'URL-encoded in small letters',
    document: encodeURIComponent(text).replace(/%../g, (code) => code.toLowerCase()),
    result: 'policy',
    source: pages.getRole,
  },
  {
    name: 'indented',
    document: `\n ${JSON.stringify(policy, null, 2)}\n`,
    result: 'policy',
    source: pages.grammar,
  },
  { name: 'a byte order mark', document: `\uFEFF${text}`, result: 'policy', source: pages.grammar },
  {
    name: 'one statement without a list',
    document: { ...policy, Statement: statement },
    result: 'policy',
    source: pages.grammar,
  },
  {
    name: 'without a version',
    document: { Statement: [statement] },
    result: 'policy',
    source: pages.version,
  },
  {
    name: 'the old version',
    document: { ...policy, Version: '2008-10-17' },
    result: 'policy',
    source: pages.version,
  },
  {
    name: 'another version',
    document: { ...policy, Version: '2012-10-18' },
    result: 'unknown-version',
    source: pages.version,
  },
  { name: 'an id', document: { ...policy, Id: 'x' }, result: 'policy', source: pages.grammar },
  {
    name: 'a Sid twice',
    document: {
      ...policy,
      Statement: [
        { ...statement, Sid: 'a' },
        { ...statement, Sid: 'a' },
      ],
    },
    result: 'policy',
    source: pages.sid,
  },
  {
    name: 'an empty Sid',
    document: withStatement({ Sid: '' }),
    result: 'policy',
    source: pages.sid,
  },
  {
    name: 'a list as Sid',
    document: withStatement({ Sid: ['a'] }),
    result: 'bad-sid',
    source: pages.sid,
  },
  {
    name: 'ALLOW',
    document: withStatement({ Effect: 'ALLOW' }),
    result: 'bad-effect',
    source: pages.effect,
  },
  {
    name: 'allow',
    document: withStatement({ Effect: 'allow' }),
    result: 'bad-effect',
    source: pages.effect,
  },
  { name: 'no effect', document: without('Effect'), result: 'bad-effect', source: pages.effect },
  {
    name: 'no principal',
    document: without('Principal'),
    result: 'no-principal',
    source: pages.grammar,
  },
  { name: 'no action', document: without('Action'), result: 'no-action', source: pages.grammar },
  {
    name: 'a resource',
    document: withStatement({ Resource: '*' }),
    result: 'unknown-element',
    source: pages.prohibitedResource,
  },
  {
    name: 'a misspelt element',
    document: withStatement({ condition: {} }),
    result: 'unknown-element',
    source: pages.grammar,
  },
  {
    name: 'Principal and NotPrincipal',
    document: withStatement({ NotPrincipal: '*' }),
    result: 'bad-principal',
    source: pages.grammar,
  },
  {
    name: 'Action and NotAction',
    document: withStatement({ NotAction: '*' }),
    result: 'bad-action',
    source: pages.grammar,
  },
  {
    name: 'a principal as text',
    document: withStatement({ Principal: '111122223333' }),
    result: 'bad-principal',
    source: pages.grammar,
  },
  {
    name: 'a principal as list',
    document: withStatement({ Principal: ['*'] }),
    result: 'bad-principal',
    source: pages.grammar,
  },
  {
    name: 'a principal map without entries',
    document: withStatement({ Principal: {} }),
    result: 'no-principal',
    source: pages.grammar,
  },
  {
    name: 'a principal type in small letters',
    document: withStatement({ Principal: { aws: '*' } }),
    result: 'bad-principal',
    source: pages.grammar,
  },
  {
    name: 'an account as JSON number',
    document: withStatement({ Principal: { AWS: 111122223333 } }),
    result: 'policy',
    source: pages.grammar,
  },
  {
    name: 'a wildcard inside an ARN',
    document: withStatement({ Principal: { AWS: 'arn:aws:iam::111122223333:role/*' } }),
    result: 'wildcard-in-principal',
    source: pages.principal,
  },
  {
    name: 'a wildcard inside a session',
    document: withStatement({ Principal: { AWS: 'arn:aws:sts::111122223333:assumed-role/a/*' } }),
    result: 'wildcard-in-principal',
    source: pages.principal,
  },
  {
    name: 'a wildcard inside a provider',
    document: withStatement({ Principal: { Federated: 'arn:aws:iam::*:oidc-provider/x' } }),
    result: 'wildcard-in-principal',
    source: pages.principal,
  },
  {
    name: 'all four types of principals',
    document: withStatement({
      Principal: { AWS: '*', Federated: 'x', Service: ['a', 'b'], CanonicalUser: 'c' },
    }),
    result: 'policy',
    source: pages.grammar,
  },
  {
    name: 'a nested principal',
    document: withStatement({ Principal: { AWS: { a: 1 } } }),
    result: 'bad-principal',
    source: pages.grammar,
  },
  {
    name: 'no actions',
    document: withStatement({ Action: [] }),
    result: 'no-action',
    source: pages.grammar,
  },
  {
    name: 'an action that is no text',
    document: withStatement({ Action: [null] }),
    result: 'bad-action',
    source: pages.grammar,
  },
  {
    name: 'an empty condition',
    document: withCondition({}),
    result: 'policy',
    source: pages.grammar,
  },
  {
    name: 'an operator without keys',
    document: withCondition({ StringEquals: {} }),
    result: 'policy',
    source: pages.grammar,
  },
  {
    name: 'no condition block',
    document: withCondition(null),
    result: 'bad-condition',
    source: pages.grammar,
  },
  {
    name: 'an operator in small letters',
    document: withCondition({ stringEquals: { a: 'b' } }),
    result: 'unknown-operator',
    source: pages.operatorCase,
  },
  {
    name: 'an operator that is none',
    document: withCondition({ StringMatches: { a: 'b' } }),
    result: 'unknown-operator',
    source: pages.operators,
  },
  {
    name: 'NullIfExists',
    document: withCondition({ NullIfExists: { a: 'true' } }),
    result: 'unknown-operator',
    source: pages.operators,
  },
  {
    name: 'two set operators',
    document: withCondition({ 'ForAllValues:ForAnyValue:StringLike': { a: 'b' } }),
    result: 'unknown-operator',
    source: pages.operators,
  },
  {
    name: 'a set operator in small letters',
    document: withCondition({ 'forAllValues:StringLike': { a: 'b' } }),
    result: 'unknown-operator',
    source: pages.operatorCase,
  },
  {
    name: 'the name of a method as operator',
    document: withCondition({ toString: { a: 'b' } }),
    result: 'unknown-operator',
    source: pages.operators,
  },
  {
    name: 'a number as value',
    document: withCondition({ NumericEquals: { a: 5 } }),
    result: 'policy',
    source: pages.grammar,
  },
  {
    name: 'a boolean as value',
    document: withCondition({ Bool: { a: true } }),
    result: 'policy',
    source: pages.grammar,
  },
  {
    name: 'null as value',
    document: withCondition({ StringEquals: { a: null } }),
    result: 'bad-value',
    source: pages.grammar,
  },
  {
    name: 'an object as value',
    document: withCondition({ StringEquals: { a: {} } }),
    result: 'bad-value',
    source: pages.grammar,
  },
  {
    name: 'a number that JSON rounds',
    document: text.replace(
      '"sts:AssumeRole"',
      '"sts:AssumeRole","Condition":{"NumericEquals":{"a":90071992547409931}}',
    ),
    result: 'bad-value',
    source: pages.grammar,
  },
  {
    name: 'a list as condition block',
    document: withCondition({ StringEquals: ['a'] }),
    result: 'bad-condition',
    source: pages.grammar,
  },
  {
    name: 'one key in two spellings',
    document: withCondition({ StringEquals: { 'aws:SourceIp': 'a', 'AWS:sourceip': 'b' } }),
    result: 'duplicate-key',
    source: pages.condition,
  },
  {
    name: 'one key under two operators',
    document: withCondition({ StringEquals: { 'aws:x': 'a' }, StringLike: { 'aws:x': 'b' } }),
    result: 'policy',
    source: pages.logic,
  },
  {
    name: 'an element twice in the text',
    document: text.replace('"Effect":"Allow"', '"Effect":"Deny","Effect":"Allow"'),
    result: 'duplicate-key',
    source: pages.grammar,
  },
  {
    name: 'an element twice, once with an escape',
    document: text.replace('"Effect":"Allow"', '"Effe\\u0063t":"Deny","Effect":"Allow"'),
    result: 'duplicate-key',
    source: pages.grammar,
  },
  {
    name: 'a trailing comma',
    document: text.replace(']', ',]'),
    result: 'not-json',
    source: pages.grammar,
  },
  { name: 'no JSON', document: 'Allow everyone', result: 'not-json', source: pages.grammar },
  { name: 'cut short', document: text.slice(0, -3), result: 'not-json', source: pages.grammar },
  { name: 'a broken URL encoding', document: '%7B%', result: 'not-json', source: pages.getRole },
  { name: 'nothing', document: '', result: 'not-json', source: pages.grammar },
  { name: 'null', document: null, result: 'not-an-object', source: pages.grammar },
  { name: 'undefined', document: undefined, result: 'not-an-object', source: pages.grammar },
  {
    name: 'a list of policies',
    document: [policy],
    result: 'not-an-object',
    source: pages.grammar,
  },
  { name: 'JSON text of a number', document: '5', result: 'not-an-object', source: pages.grammar },
  {
    name: 'no statement',
    document: { Version: '2012-10-17' },
    result: 'no-statement',
    source: pages.grammar,
  },
  {
    name: 'an empty list of statements',
    document: { ...policy, Statement: [] },
    result: 'no-statement',
    source: pages.grammar,
  },
  {
    name: 'a statement that is text',
    document: { ...policy, Statement: ['a'] },
    result: 'not-an-object',
    source: pages.grammar,
  },
  {
    name: 'far more text than IAM stores',
    document: `${text}${' '.repeat(140_000)}`,
    result: 'too-large',
    source: pages.quotas,
  },
  {
    name: 'an object of far more text than IAM stores',
    document: withStatement({ Action: ['x'.repeat(140_000)] }),
    result: 'too-large',
    source: pages.quotas,
  },
  {
    name: 'a thousand stars',
    document: withCondition({ StringLike: { a: '*a'.repeat(1000) } }),
    result: 'policy',
    source: pages.quotas,
  },
]
