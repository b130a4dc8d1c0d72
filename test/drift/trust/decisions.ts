import type {
  ContextValue,
  Requester,
  TrustAction,
  TrustDecision,
} from '../../../lib/drift/trust-policy.ts'
import { type Page, pages } from './pages.ts'

/** A whole policy against a whole request. */
export interface DecisionCase {
  readonly name: string
  readonly statements: unknown
  readonly action: TrustAction
  readonly principal: Requester
  readonly context: Readonly<Record<string, ContextValue>>
  readonly otherwise: 'absent' | 'unknown'
  readonly decision: TrustDecision['decision']
  readonly source: Page
}

const account = '111122223333'
const other = '444455556666'
const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/ABC123'
const provider = `arn:aws:iam::${account}:oidc-provider/${issuer}`
const issuer2 = 'oidc.eks.eu-west-1.amazonaws.com/id/DEF456'
const provider2 = `arn:aws:iam::${account}:oidc-provider/${issuer2}`
const sub = `${issuer}:sub`
const aud = `${issuer}:aud`
const app = 'system:serviceaccount:prod:app'

function allow(Condition?: unknown, more: object = {}): object {
  return {
    Effect: 'Allow',
    Principal: { Federated: provider },
    Action: 'sts:AssumeRoleWithWebIdentity',
    ...(Condition === undefined ? {} : { Condition }),
    ...more,
  }
}

function pod(
  name: string,
  statements: unknown,
  decision: DecisionCase['decision'],
  source: Page,
  more: Partial<DecisionCase> = {},
): DecisionCase {
  return {
    name,
    statements,
    action: 'sts:AssumeRoleWithWebIdentity',
    principal: { kind: 'federated', provider },
    context: { [sub]: [app], [aud]: ['sts.amazonaws.com'] },
    otherwise: 'unknown',
    decision,
    source,
    ...more,
  }
}

const exact = { StringEquals: { [sub]: app, [aud]: 'sts.amazonaws.com' } }

/** The sixteen cases of IRSA that other evaluators get wrong, and what is near them. */
const irsa: readonly DecisionCase[] = [
  pod('exact sub and aud', [allow(exact)], 'allowed', pages.irsa),
  pod(
    'a pattern of a namespace',
    [allow({ StringLike: { [sub]: 'system:serviceaccount:prod:*' } })],
    'allowed',
    pages.operators,
  ),
  pod(
    'a pattern across namespaces',
    [allow({ StringLike: { [sub]: 'system:serviceaccount:prod*:app' } })],
    'allowed',
    pages.operators,
  ),
  pod(
    'aud alone',
    [allow({ StringEquals: { [aud]: 'sts.amazonaws.com' } })],
    'allowed',
    pages.irsa,
  ),
  pod(
    'ForAnyValue:StringLike',
    [allow({ 'ForAnyValue:StringLike': { [sub]: 'system:serviceaccount:prod:*' } })],
    'allowed',
    pages.sets,
  ),
  pod(
    'an explicit deny wins',
    [allow(exact), { ...allow({ StringEquals: { [sub]: app } }), Effect: 'Deny' }],
    'refused',
    pages.evaluation,
  ),
  pod(
    'StringEqualsIgnoreCase',
    [allow({ StringEqualsIgnoreCase: { [sub]: 'SYSTEM:serviceaccount:Prod:App' } })],
    'allowed',
    pages.operators,
  ),
  pod(
    'another sub',
    [allow({ StringEquals: { [sub]: 'system:serviceaccount:prod:web' } })],
    'refused',
    pages.irsa,
  ),
  pod(
    'another aud',
    [allow({ StringEquals: { [sub]: app, [aud]: 'amazonaws.com' } })],
    'refused',
    pages.irsa,
  ),
  pod(
    'a wildcard under StringEquals',
    [allow({ StringEquals: { [sub]: 'system:serviceaccount:prod:*' } })],
    'refused',
    pages.operators,
  ),
  pod('no condition', [allow()], 'allowed', pages.condition),
  pod(
    'ForAllValues with a key that the token lacks',
    [allow({ 'ForAllValues:StringEquals': { [`${issuer}:amr`]: 'mfa' } })],
    'allowed',
    pages.sets,
    { otherwise: 'absent' },
  ),
  pod(
    'IfExists with a key that the token lacks',
    [allow({ StringEqualsIfExists: { [`${issuer}:amr`]: 'mfa' } })],
    'allowed',
    pages.operators,
    { otherwise: 'absent' },
  ),
  pod(
    'StringNotEquals with a key that the token lacks',
    [allow({ StringNotEquals: { [`${issuer}:amr`]: 'mfa' } })],
    'allowed',
    pages.operators,
    { otherwise: 'absent' },
  ),
  pod(
    'another provider',
    [allow(exact, { Principal: { Federated: provider2 } })],
    'refused',
    pages.principal,
  ),
  pod('sts:*', [allow(exact, { Action: 'sts:*' })], 'allowed', pages.action),
  pod(
    'a claim of another issuer',
    [allow({ StringEquals: { [`${issuer2}:sub`]: app } })],
    'refused',
    pages.stsKeys,
  ),
  pod(
    'a negated claim of another issuer',
    [allow({ StringNotEquals: { [`${issuer2}:sub`]: app } })],
    'allowed',
    pages.operators,
  ),
  pod(
    'a key in another case',
    [allow({ StringEquals: { [sub.toUpperCase()]: app } })],
    'allowed',
    pages.condition,
  ),
  pod(
    'a sub in another case',
    [allow({ StringEquals: { [sub]: app.toUpperCase() } })],
    'refused',
    pages.operators,
  ),
  pod(
    'several subs',
    [allow({ StringEquals: { [sub]: ['system:serviceaccount:prod:web', app] } })],
    'allowed',
    pages.logic,
  ),
  pod(
    'two operators, of which one fails',
    [allow({ StringLike: { [sub]: '*' }, StringEquals: { [aud]: 'x' } })],
    'refused',
    pages.logic,
  ),
  pod('a claim that is not known', [allow(exact)], 'undecidable', pages.logic, {
    context: { [aud]: ['sts.amazonaws.com'] },
  }),
  pod('a claim that is not known beside one that fails', [allow(exact)], 'refused', pages.logic, {
    context: { [aud]: ['x'] },
  }),
  pod(
    'a sub with a blank',
    [allow({ StringEquals: { [sub]: 'system:serviceaccount: prod:app' } })],
    'refused',
    pages.operators,
  ),
  pod(
    'the provider in a list',
    [allow(exact, { Principal: { Federated: [provider2, provider] } })],
    'allowed',
    pages.principal,
  ),
  pod(
    'two clusters in two statements',
    [allow(exact, { Principal: { Federated: provider2 } }), allow(exact)],
    'allowed',
    pages.evaluation,
  ),
  pod('a single statement without a list', allow(exact), 'allowed', pages.grammar),
  pod(
    'GitHub by pattern',
    [
      allow(
        { StringLike: { 'token.actions.githubusercontent.com:sub': 'repo:acme/*' } },
        {
          Principal: {
            Federated: `arn:aws:iam::${account}:oidc-provider/token.actions.githubusercontent.com`,
          },
        },
      ),
    ],
    'allowed',
    pages.stsKeys,
    {
      principal: {
        kind: 'federated',
        provider: `arn:aws:iam::${account}:oidc-provider/token.actions.githubusercontent.com`,
      },
      context: { 'token.actions.githubusercontent.com:sub': ['repo:acme/app:ref:refs/heads/main'] },
    },
  ),
  pod(
    'a provider in another account',
    [allow(exact, { Principal: { Federated: `arn:aws:iam::${other}:oidc-provider/${issuer}` } })],
    'refused',
    pages.principal,
  ),
  pod(
    'a bare name where the request has an ARN',
    [allow(exact, { Principal: { Federated: issuer } })],
    'undecidable',
    pages.silent,
  ),
  pod(
    'the provider in another case',
    [allow(exact, { Principal: { Federated: provider.toLowerCase() } })],
    'undecidable',
    pages.silent,
  ),
  pod(
    'a built-in provider',
    [
      allow(
        { StringEquals: { 'accounts.google.com:aud': 'x' } },
        { Principal: { Federated: 'accounts.google.com' } },
      ),
    ],
    'allowed',
    pages.principal,
    {
      principal: { kind: 'federated', provider: 'accounts.google.com' },
      context: { 'accounts.google.com:aud': ['x'] },
    },
  ),
  pod('the principal *', [allow(exact, { Principal: '*' })], 'allowed', pages.principal),
  pod(
    'the principal * of AWS',
    [allow(exact, { Principal: { AWS: '*' } })],
    'undecidable',
    pages.silent,
  ),
  pod(
    'the principal * of Federated',
    [allow(exact, { Principal: { Federated: '*' } })],
    'undecidable',
    pages.silent,
  ),
  pod(
    'a service',
    [allow(exact, { Principal: { Service: 'pods.eks.amazonaws.com' } })],
    'refused',
    pages.principal,
  ),
  pod('an account', [allow(exact, { Principal: { AWS: account } })], 'refused', pages.principal),
  pod(
    'a Deny of * that applies',
    [allow(exact), { Effect: 'Deny', Principal: '*', Action: '*' }],
    'refused',
    pages.principal,
  ),
  pod(
    'a Deny that may apply',
    [
      allow(exact),
      {
        Effect: 'Deny',
        Principal: '*',
        Action: 'sts:*',
        Condition: { NotIpAddress: { 'aws:SourceIp': '203.0.113.0/24' } },
      },
    ],
    'undecidable',
    pages.evaluation,
  ),
  pod(
    'a Deny that does not apply',
    [
      allow(exact),
      {
        Effect: 'Deny',
        Principal: '*',
        Action: 'sts:*',
        Condition: { NotIpAddress: { 'aws:SourceIp': '203.0.113.0/24' } },
      },
    ],
    'allowed',
    pages.evaluation,
    {
      context: { [sub]: [app], [aud]: ['sts.amazonaws.com'], 'aws:SourceIp': ['203.0.113.9'] },
    },
  ),
  pod(
    'a Deny that may apply, and nothing that allows',
    [
      {
        Effect: 'Deny',
        Principal: '*',
        Action: 'sts:*',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ],
    'refused',
    pages.evaluation,
  ),
  pod(
    'a Deny of another action',
    [allow(exact), { Effect: 'Deny', Principal: '*', Action: 'sts:AssumeRole' }],
    'allowed',
    pages.action,
  ),
  pod(
    'a Deny before the Allow',
    [{ Effect: 'Deny', Principal: '*', Action: 'sts:*' }, allow(exact)],
    'refused',
    pages.evaluation,
  ),
]

function aws(
  name: string,
  principal: unknown,
  requester: Requester,
  decision: DecisionCase['decision'],
  source: Page,
  more: Partial<DecisionCase> & { statement?: object } = {},
): DecisionCase {
  const { statement, ...rest } = more
  return {
    name,
    statements: [{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole', ...statement }],
    action: 'sts:AssumeRole',
    principal: requester,
    context: {},
    otherwise: 'absent',
    decision,
    source,
    ...rest,
  }
}

const user: Requester = { kind: 'aws', arn: `arn:aws:iam::${account}:user/bob`, account }
const role: Requester = { kind: 'aws', arn: `arn:aws:iam::${account}:role/app`, account }
const session: Requester = {
  kind: 'aws',
  arn: `arn:aws:sts::${account}:assumed-role/app/pod-1`,
  account,
}
const pathed: Requester = { ...session, role: `arn:aws:iam::${account}:role/team/app` }
const root: Requester = { kind: 'aws', arn: `arn:aws:iam::${account}:root`, account }
const federatedUser: Requester = {
  kind: 'aws',
  arn: `arn:aws:sts::${account}:federated-user/bob`,
  account,
}
const service = (name: string): Requester => ({ kind: 'service', service: name })
const rootArn = `arn:aws:iam::${account}:root`

const principals: readonly DecisionCase[] = [
  aws(
    'a user by ARN',
    { AWS: `arn:aws:iam::${account}:user/bob` },
    user,
    'allowed',
    pages.principal,
  ),
  aws(
    'another user',
    { AWS: `arn:aws:iam::${account}:user/eve` },
    user,
    'refused',
    pages.principal,
  ),
  aws(
    'a user in another case',
    { AWS: `arn:aws:iam::${account}:user/Bob` },
    user,
    'refused',
    pages.principal,
  ),
  aws(
    'a user of that name in another account',
    { AWS: `arn:aws:iam::${other}:user/bob` },
    user,
    'refused',
    pages.principal,
  ),
  aws(
    'a role by ARN',
    { AWS: `arn:aws:iam::${account}:role/app` },
    role,
    'allowed',
    pages.principal,
  ),
  aws(
    'a session of the role',
    { AWS: `arn:aws:iam::${account}:role/app` },
    session,
    'allowed',
    pages.principal,
  ),
  aws(
    'a session of the role, whose path its ARN leaves out',
    { AWS: `arn:aws:iam::${account}:role/team/app` },
    session,
    'allowed',
    pages.identifiers,
  ),
  aws(
    'a session whose role is known with its path',
    { AWS: `arn:aws:iam::${account}:role/team/app` },
    pathed,
    'allowed',
    pages.identifiers,
  ),
  aws(
    'the role of that name under another path',
    { AWS: `arn:aws:iam::${account}:role/app` },
    pathed,
    'undecidable',
    pages.identifiers,
  ),
  aws(
    'a session of another role',
    { AWS: `arn:aws:iam::${account}:role/web` },
    session,
    'refused',
    pages.principal,
  ),
  aws(
    'the session by ARN',
    { AWS: `arn:aws:sts::${account}:assumed-role/app/pod-1` },
    session,
    'allowed',
    pages.principal,
  ),
  aws(
    'another session of the role',
    { AWS: `arn:aws:sts::${account}:assumed-role/app/pod-2` },
    session,
    'refused',
    pages.principal,
  ),
  aws(
    'a session, asked for the role',
    { AWS: `arn:aws:sts::${account}:assumed-role/app/pod-1` },
    role,
    'undecidable',
    pages.principal,
  ),
  aws(
    'a user of the name of the role',
    { AWS: `arn:aws:iam::${account}:user/app` },
    session,
    'refused',
    pages.principal,
  ),
  aws(
    'another partition',
    { AWS: `arn:aws-cn:iam::${account}:role/app` },
    session,
    'refused',
    pages.identifiers,
  ),
  aws(
    'a federated user session by ARN',
    { AWS: `arn:aws:sts::${account}:federated-user/bob` },
    federatedUser,
    'allowed',
    pages.principal,
  ),
  aws(
    'the user that a federated session may come from',
    { AWS: `arn:aws:iam::${account}:user/bob` },
    federatedUser,
    'undecidable',
    pages.silent,
  ),
  aws(
    'the account by ARN leaves it to the account',
    { AWS: rootArn },
    session,
    'undecidable',
    pages.principal,
  ),
  aws(
    'the account by number leaves it to the account',
    { AWS: account },
    session,
    'undecidable',
    pages.principal,
  ),
  aws(
    'the account, where the own policy allows',
    { AWS: rootArn },
    { ...session, ownPolicy: 'allows' },
    'allowed',
    pages.principal,
  ),
  aws(
    'the account, where the own policy refuses',
    { AWS: rootArn },
    { ...session, ownPolicy: 'refuses' },
    'refused',
    pages.principal,
  ),
  aws(
    'the account by a JSON number',
    { AWS: Number(account) },
    { ...session, ownPolicy: 'allows' },
    'allowed',
    pages.grammar,
  ),
  aws('the account for its root', { AWS: account }, root, 'allowed', pages.principal),
  aws('another account', { AWS: other }, session, 'refused', pages.principal),
  aws(
    'another account by ARN',
    { AWS: `arn:aws:iam::${other}:root` },
    session,
    'refused',
    pages.principal,
  ),
  aws(
    'an account and the role itself',
    { AWS: [rootArn, `arn:aws:iam::${account}:role/app`] },
    session,
    'allowed',
    pages.principal,
  ),
  aws('*', '*', session, 'allowed', pages.principal),
  aws('* of AWS', { AWS: '*' }, session, 'allowed', pages.principal),
  aws('* of Federated', { Federated: '*' }, session, 'refused', pages.principal),
  aws('* of Service', { Service: '*' }, session, 'refused', pages.principal),
  aws('* with an organization', { AWS: '*' }, session, 'allowed', pages.keys, {
    statement: { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } },
    context: { 'aws:PrincipalOrgID': ['o-1'] },
  }),
  aws('* with another organization', { AWS: '*' }, session, 'refused', pages.keys, {
    statement: { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } },
    context: { 'aws:PrincipalOrgID': ['o-2'] },
  }),
  aws(
    '* with an organization that is not known',
    { AWS: '*' },
    session,
    'undecidable',
    pages.keys,
    {
      statement: { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } },
      otherwise: 'unknown',
    },
  ),
  aws('a deleted role', { AWS: 'AROAEXAMPLEDELETED01' }, session, 'refused', pages.principal),
  aws(
    'a unique id that is the requester',
    { AWS: 'AROAEXAMPLEDELETED01' },
    { ...session, uniqueId: 'AROAEXAMPLEDELETED01:pod-1' },
    'allowed',
    pages.principal,
  ),
  aws('a deleted user', { AWS: 'AIDAEXAMPLEDELETED01' }, user, 'refused', pages.principal),
  aws(
    'a service',
    { Service: 'ec2.amazonaws.com' },
    service('ec2.amazonaws.com'),
    'allowed',
    pages.principal,
  ),
  aws(
    'another service',
    { Service: 'ec2.amazonaws.com' },
    service('lambda.amazonaws.com'),
    'refused',
    pages.principal,
  ),
  aws(
    'a list of services',
    { Service: ['ecs.amazonaws.com', 'elasticloadbalancing.amazonaws.com'] },
    service('elasticloadbalancing.amazonaws.com'),
    'allowed',
    pages.principal,
  ),
  aws(
    'EKS Pod Identity',
    { Service: 'pods.eks.amazonaws.com' },
    service('pods.eks.amazonaws.com'),
    'allowed',
    pages.podIdentity,
  ),
  aws(
    'EKS is not EKS Pod Identity',
    { Service: 'eks.amazonaws.com' },
    service('pods.eks.amazonaws.com'),
    'refused',
    pages.podIdentity,
  ),
  aws(
    'a service by the name of a Region',
    { Service: 'logs.amazonaws.com' },
    service('logs.eu-west-1.amazonaws.com'),
    'undecidable',
    pages.silent,
  ),
  aws(
    'a service is no user',
    { AWS: `arn:aws:iam::${account}:user/bob` },
    service('ec2.amazonaws.com'),
    'refused',
    pages.principal,
  ),
  aws(
    '* of AWS for a service',
    { AWS: '*' },
    service('ec2.amazonaws.com'),
    'undecidable',
    pages.silent,
  ),
  aws('* for a service', '*', service('ec2.amazonaws.com'), 'allowed', pages.principal),
  aws(
    'a canonical user',
    { CanonicalUser: '79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be' },
    session,
    'undecidable',
    pages.silent,
  ),
  aws(
    'a mixed list',
    { Service: 'ec2.amazonaws.com', AWS: `arn:aws:iam::${account}:role/app` },
    session,
    'allowed',
    pages.principal,
  ),
  aws(
    'a SAML provider',
    { Federated: `arn:aws:iam::${account}:saml-provider/corp` },
    { kind: 'federated', provider: `arn:aws:iam::${account}:saml-provider/corp` },
    'allowed',
    pages.principal,
    {
      action: 'sts:AssumeRoleWithSAML',
      statement: {
        Action: 'sts:AssumeRoleWithSAML',
        Condition: { StringEquals: { 'SAML:aud': 'https://signin.aws.amazon.com/saml' } },
      },
      context: { 'saml:aud': ['https://signin.aws.amazon.com/saml'] },
    },
  ),
  aws(
    'another SAML provider',
    { Federated: `arn:aws:iam::${account}:saml-provider/corp` },
    { kind: 'federated', provider: `arn:aws:iam::${account}:saml-provider/old` },
    'refused',
    pages.principal,
    { action: 'sts:AssumeRoleWithSAML', statement: { Action: 'sts:AssumeRoleWithSAML' } },
  ),
  // Conditions on the requester, which follow from it
  aws('aws:PrincipalArn of a user', { AWS: '*' }, user, 'allowed', pages.keys, {
    statement: {
      Condition: { ArnEquals: { 'aws:PrincipalArn': `arn:aws:iam::${account}:user/bob` } },
    },
  }),
  aws('aws:PrincipalArn of a session is its role', { AWS: '*' }, pathed, 'allowed', pages.keys, {
    statement: {
      Condition: { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${account}:role/team/*` } },
    },
  }),
  aws(
    'aws:PrincipalArn of a session without its role',
    { AWS: '*' },
    session,
    'undecidable',
    pages.keys,
    {
      statement: {
        Condition: { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${account}:role/*` } },
      },
    },
  ),
  aws('aws:PrincipalAccount', { AWS: '*' }, session, 'allowed', pages.keys, {
    statement: { Condition: { StringEquals: { 'aws:PrincipalAccount': account } } },
  }),
  aws(
    'aws:PrincipalIsAWSService for a service',
    '*',
    service('ec2.amazonaws.com'),
    'refused',
    pages.keys,
    { statement: { Condition: { Bool: { 'aws:PrincipalIsAWSService': 'false' } } } },
  ),
  aws(
    'sts:ExternalId',
    { AWS: `arn:aws:iam::${account}:role/app` },
    session,
    'allowed',
    pages.stsKeys,
    {
      statement: { Condition: { StringEquals: { 'sts:ExternalId': 'x' } } },
      context: { 'sts:ExternalId': ['x'] },
    },
  ),
  aws(
    'sts:ExternalId left out',
    { AWS: `arn:aws:iam::${account}:role/app` },
    session,
    'refused',
    pages.stsKeys,
    { statement: { Condition: { StringEquals: { 'sts:ExternalId': 'x' } } } },
  ),
  aws(
    'the target role of Pod Identity',
    { AWS: `arn:aws:iam::${account}:role/app` },
    session,
    'allowed',
    pages.targetRole,
    {
      statement: {
        Action: ['sts:AssumeRole', 'sts:TagSession'],
        Condition: {
          StringEquals: {
            'aws:RequestTag/eks-cluster-arn': 'arn:aws:eks:eu-west-1:111122223333:cluster/prod',
            'aws:RequestTag/kubernetes-namespace': 'prod',
            'aws:RequestTag/kubernetes-service-account': 'app',
          },
        },
      },
      context: {
        'aws:RequestTag/eks-cluster-arn': ['arn:aws:eks:eu-west-1:111122223333:cluster/prod'],
        'aws:RequestTag/kubernetes-namespace': ['prod'],
        'aws:requesttag/Kubernetes-Service-Account': ['app'],
      },
    },
  ),
  aws(
    'a tag of another namespace',
    { Service: 'pods.eks.amazonaws.com' },
    service('pods.eks.amazonaws.com'),
    'refused',
    pages.podIdentity,
    {
      statement: { Condition: { StringEquals: { 'aws:RequestTag/kubernetes-namespace': 'prod' } } },
      context: { 'aws:RequestTag/kubernetes-namespace': ['test'] },
    },
  ),
]

const actions: readonly DecisionCase[] = [
  aws('an action in another case', '*', session, 'allowed', pages.action, {
    statement: { Action: 'STS:assumerole' },
  }),
  aws('*', '*', session, 'allowed', pages.action, { statement: { Action: '*' } }),
  aws('sts:Assume*', '*', session, 'allowed', pages.action, {
    statement: { Action: 'sts:Assume*' },
  }),
  aws('sts:AssumeRole? covers no shorter name', '*', session, 'refused', pages.action, {
    statement: { Action: 'sts:AssumeRole?' },
  }),
  aws('sts:AssumeRol?', '*', session, 'allowed', pages.action, {
    statement: { Action: 'sts:AssumeRol?' },
  }),
  aws('sts:AssumeRole covers no longer name', '*', session, 'refused', pages.action, {
    action: 'sts:AssumeRoleWithSAML',
  }),
  aws('sts:AssumeRoleWith* covers no shorter name', '*', session, 'refused', pages.action, {
    statement: { Action: 'sts:AssumeRoleWith*' },
  }),
  aws('a list of actions', '*', session, 'allowed', pages.action, {
    statement: { Action: ['sts:TagSession', 'sts:AssumeRole'] },
  }),
  aws('sts:TagSession is an action of its own', '*', session, 'refused', pages.podIdentity, {
    action: 'sts:TagSession',
  }),
  aws('sts:TagSession where it is named', '*', session, 'allowed', pages.podIdentity, {
    action: 'sts:TagSession',
    statement: { Action: ['sts:AssumeRole', 'sts:TagSession'] },
  }),
  aws('sts:SetSourceIdentity', '*', session, 'allowed', pages.stsKeys, {
    action: 'sts:SetSourceIdentity',
    statement: { Action: ['sts:AssumeRole', 'sts:SetSourceIdentity'] },
  }),
  {
    ...aws('NotAction of another action', '*', session, 'allowed', pages.notAction),
    statements: { Effect: 'Allow', Principal: '*', NotAction: 'sts:TagSession' },
  },
  {
    ...aws('NotAction of the action', '*', session, 'refused', pages.notAction),
    statements: { Effect: 'Allow', Principal: '*', NotAction: ['sts:AssumeRole'] },
  },
  {
    ...aws('NotAction by pattern', '*', session, 'refused', pages.notAction),
    statements: { Effect: 'Allow', Principal: '*', NotAction: 'sts:Assume*' },
  },
  {
    ...aws('a Deny with NotAction', '*', session, 'refused', pages.notAction),
    statements: [
      { Effect: 'Allow', Principal: '*', Action: '*' },
      { Effect: 'Deny', Principal: '*', NotAction: 'sts:TagSession' },
    ],
  },
]

const open = { Effect: 'Allow', Principal: '*', Action: 'sts:*' }
const spare = (entries: unknown) => [
  open,
  { Effect: 'Deny', NotPrincipal: entries, Action: 'sts:*' },
]
const bare = (requester: Requester): Requester =>
  requester.kind === 'aws' ? { ...requester, boundary: 'none' } : requester

const notPrincipals: readonly DecisionCase[] = [
  {
    ...aws('a Deny that spares another user', '*', user, 'refused', pages.notPrincipal),
    statements: spare({ AWS: [`arn:aws:iam::${other}:user/eve`, `arn:aws:iam::${other}:root`] }),
  },
  {
    ...aws(
      'a Deny that spares the user and its account',
      '*',
      bare(user),
      'allowed',
      pages.notPrincipal,
    ),
    statements: spare({ AWS: [`arn:aws:iam::${account}:user/bob`, rootArn] }),
  },
  {
    ...aws(
      'a Deny that spares the user, of whose boundary nothing is known',
      '*',
      user,
      'undecidable',
      pages.notPrincipal,
    ),
    statements: spare({ AWS: [`arn:aws:iam::${account}:user/bob`, rootArn] }),
  },
  {
    ...aws(
      'a Deny that spares a user with a boundary',
      '*',
      { ...user, boundary: 'present' },
      'refused',
      pages.notPrincipal,
    ),
    statements: spare({ AWS: [`arn:aws:iam::${account}:user/bob`, rootArn] }),
  },
  {
    ...aws(
      'a Deny that spares the user without its account',
      '*',
      bare(user),
      'undecidable',
      pages.notPrincipal,
    ),
    statements: spare({ AWS: `arn:aws:iam::${account}:user/bob` }),
  },
  {
    ...aws(
      'a Deny that spares session, role and account',
      '*',
      bare(session),
      'allowed',
      pages.notPrincipal,
    ),
    statements: spare({
      AWS: [
        `arn:aws:sts::${account}:assumed-role/app/pod-1`,
        `arn:aws:iam::${account}:role/app`,
        rootArn,
      ],
    }),
  },
  {
    ...aws(
      'a Deny that spares the session without its role',
      '*',
      bare(session),
      'undecidable',
      pages.notPrincipal,
    ),
    statements: spare({ AWS: [`arn:aws:sts::${account}:assumed-role/app/pod-1`, rootArn] }),
  },
  {
    ...aws(
      'a Deny that spares the account alone',
      '*',
      bare(session),
      'undecidable',
      pages.notPrincipal,
    ),
    statements: spare({ AWS: rootArn }),
  },
  {
    ...aws('a Deny that spares everyone', '*', bare(session), 'allowed', pages.notPrincipal),
    statements: spare('*'),
  },
  {
    ...aws(
      'a Deny that spares the service',
      '*',
      service('ec2.amazonaws.com'),
      'allowed',
      pages.notPrincipal,
    ),
    statements: spare({ Service: 'ec2.amazonaws.com' }),
  },
  {
    ...aws(
      'a Deny that spares another service',
      '*',
      service('ec2.amazonaws.com'),
      'refused',
      pages.notPrincipal,
    ),
    statements: spare({ Service: 'lambda.amazonaws.com' }),
  },
  {
    ...aws('an Allow of everyone but another', '*', session, 'allowed', pages.notPrincipal),
    statements: {
      Effect: 'Allow',
      NotPrincipal: { AWS: `arn:aws:iam::${other}:user/eve` },
      Action: 'sts:*',
    },
  },
  {
    ...aws('an Allow of everyone but the requester', '*', session, 'refused', pages.notPrincipal),
    statements: {
      Effect: 'Allow',
      NotPrincipal: { AWS: `arn:aws:iam::${account}:role/app` },
      Action: 'sts:*',
    },
  },
  {
    ...aws('an Allow of everyone but the account', '*', session, 'undecidable', pages.silent),
    statements: { Effect: 'Allow', NotPrincipal: { AWS: account }, Action: 'sts:*' },
  },
  {
    ...aws('a Deny of the account', '*', session, 'undecidable', pages.silent),
    statements: [open, { Effect: 'Deny', Principal: { AWS: account }, Action: 'sts:*' }],
  },
  {
    ...aws(
      'a Deny of the account, where the own policy refuses',
      '*',
      { ...session, ownPolicy: 'refuses' },
      'undecidable',
      pages.silent,
    ),
    statements: [open, { Effect: 'Deny', Principal: { AWS: account }, Action: 'sts:*' }],
  },
  {
    ...aws('a Deny of another account', '*', session, 'allowed', pages.principal),
    statements: [open, { Effect: 'Deny', Principal: { AWS: other }, Action: 'sts:*' }],
  },
  {
    ...aws('a Deny of the role reaches its sessions', '*', session, 'refused', pages.principal),
    statements: [
      open,
      { Effect: 'Deny', Principal: { AWS: `arn:aws:iam::${account}:role/app` }, Action: 'sts:*' },
    ],
  },
  {
    ...aws('a Deny by aws:PrincipalArn of everyone else', '*', user, 'allowed', pages.principal),
    statements: [
      open,
      {
        Effect: 'Deny',
        Principal: '*',
        Action: 'sts:*',
        Condition: { ArnNotEquals: { 'aws:PrincipalArn': `arn:aws:iam::${account}:user/bob` } },
      },
    ],
  },
  {
    ...aws(
      'a Deny by aws:PrincipalArn that reaches the requester',
      '*',
      user,
      'refused',
      pages.principal,
    ),
    statements: [
      open,
      {
        Effect: 'Deny',
        Principal: '*',
        Action: 'sts:*',
        Condition: { ArnNotEquals: { 'aws:PrincipalArn': `arn:aws:iam::${account}:user/eve` } },
      },
    ],
  },
]

export const decisionCases: readonly DecisionCase[] = [
  ...irsa,
  ...principals,
  ...actions,
  ...notPrincipals,
]
