import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isInstanceId, unknownStart, whoAssumed, whoCalled } from '../../lib/identity/principal.ts'
import type { Principal, Sighting } from '../../lib/model.ts'
import { runs } from '../property-runs.ts'
import { identity, principalIn, sighting } from './of.ts'

const ACCOUNT = '111111111111'
const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF'
const PROVIDER = `arn:aws:iam::222222222222:oidc-provider/${ISSUER}`
const ROLE = `arn:aws:iam::${ACCOUNT}:role/team/app`

describe('who called', () => {
  it('is a session to be followed, by role id, name, key and time of issuing', () => {
    const said = {
      type: 'AssumedRole',
      principalId: 'AROAAPP:worker:7',
      account: ACCOUNT,
      key: 'ASIA1',
      role: ROLE,
      issuedAt: 1000,
    }
    expect(whoCalled(identity(said))).toEqual({
      kind: 'session',
      session: {
        key: 'ASIA1',
        roleId: 'AROAAPP',
        // A session name may hold colons no more than a role id does, but whatever follows the first is the name.
        sessionName: 'worker:7',
        role: ROLE,
        account: ACCOUNT,
        issuedAt: 1000,
        fromInstance: false,
      },
    })
  })

  it("is such a session also where the target account's copy names only its role id", () => {
    const caller = whoCalled(
      identity({ type: 'AWSAccount', principalId: 'AROAAPP:worker', account: ACCOUNT }),
    )
    expect(caller).toMatchObject({
      kind: 'session',
      session: { roleId: 'AROAAPP', key: '', role: '' },
    })
  })

  it('is only an account where the copy names a user or nothing', () => {
    for (const principalId of ['', 'AIDAUSER', ACCOUNT, 'AROAAPP'])
      expect(
        principalIn(whoCalled(identity({ type: 'AWSAccount', principalId, account: ACCOUNT }))),
      ).toMatchObject({ kind: 'account', id: ACCOUNT, account: ACCOUNT })
  })

  it('is a user by ARN, with its name', () => {
    const arn = `arn:aws:iam::${ACCOUNT}:user/people/ada`
    expect(
      principalIn(whoCalled(identity({ type: 'IAMUser', arn, account: ACCOUNT, userName: 'ada' }))),
    ).toEqual({
      kind: 'iam-user',
      id: arn,
      cluster: null,
      namespace: null,
      serviceAccount: null,
      name: 'ada',
      account: ACCOUNT,
    })
    expect(
      principalIn(whoCalled(identity({ type: 'IAMUser', principalId: 'AIDA1', account: ACCOUNT }))),
    ).toMatchObject({ id: `${ACCOUNT}/AIDA1`, name: 'AIDA1', account: ACCOUNT })
  })

  it('is the root user, a federated user, a service, or someone of IAM Identity Center', () => {
    const seen = [
      { type: 'Root', arn: `arn:aws:iam::${ACCOUNT}:root`, account: ACCOUNT },
      {
        type: 'FederatedUser',
        arn: `arn:aws:sts::${ACCOUNT}:federated-user/ada`,
        account: ACCOUNT,
      },
      { type: 'AWSService', invokedBy: 'lambda.amazonaws.com' },
      { type: '', invokedBy: 'kms.amazonaws.com', account: ACCOUNT },
      { type: 'IdentityCenterUser', principalId: 'user-1', account: ACCOUNT },
      { type: 'IdentityCenterUser', account: ACCOUNT },
      { type: 'SomethingNew', account: ACCOUNT },
    ].map((said) => {
      const { kind, id } = principalIn(whoCalled(identity(said)))
      return `${kind} ${id}`
    })
    expect(seen).toEqual([
      `root arn:aws:iam::${ACCOUNT}:root`,
      `iam-user arn:aws:sts::${ACCOUNT}:federated-user/ada`,
      'aws-service lambda.amazonaws.com',
      'aws-service kms.amazonaws.com',
      'identity-center user-1',
      `account ${ACCOUNT}`,
      `account ${ACCOUNT}`,
    ])
  })
})

describe('who assumed, with a web identity', () => {
  const web = (said: Partial<Sighting>): Principal =>
    principalIn(whoAssumed(sighting({ action: 'AssumeRoleWithWebIdentity', ...said })))

  it('is the workload, whichever account the provider is registered in', () => {
    const here = web({ provider: PROVIDER, subject: 'system:serviceaccount:shop:checkout' })
    const there = web({
      provider: PROVIDER.replace('222222222222', '333333333333'),
      subject: 'system:serviceaccount:shop:checkout',
    })
    expect(here).toEqual(there)
    expect(here).toMatchObject({ kind: 'workload', id: `${ISSUER}/shop/checkout`, account: null })
  })

  it('is the workload of a cluster that EKS does not run, in any partition', () => {
    for (const partition of ['aws', 'aws-cn', 'aws-us-gov'])
      expect(
        web({
          provider: `arn:${partition}:iam::${ACCOUNT}:oidc-provider/kube.example.com/prod`,
          subject: 'system:serviceaccount:shop:checkout',
        }),
      ).toMatchObject({ kind: 'workload', cluster: 'kube.example.com/prod' })
  })

  it('is read from who called where the response is missing', () => {
    const said = identity({
      type: 'WebIdentityUser',
      provider: PROVIDER,
      userName: 'system:serviceaccount:shop:checkout',
    })
    expect(web({ identity: said }).id).toBe(`${ISSUER}/shop/checkout`)
    expect(principalIn(whoCalled(said)).id).toBe(`${ISSUER}/shop/checkout`)
  })

  it('is whoever the subject says, colons and spaces and all', () => {
    for (const [provider, subject] of [
      ['token.actions.githubusercontent.com', 'repo:octo-org/octo-repo:ref:refs/heads/main'],
      [
        'app.terraform.io',
        'organization:acme:project:Default Project:workspace:shop:run_phase:apply',
      ],
      ['cognito-identity.amazonaws.com', 'eu-west-1:00000000-0000-4000-8000-000000000000'],
      ['kube.example.com', 'system:serviceaccount:shop:checkout:more'],
    ] as const)
      expect(web({ provider, subject })).toMatchObject({
        kind: 'web-identity',
        id: `${provider}/${subject}`,
        name: subject,
      })
  })
})

describe('who assumed, through Pod Identity', () => {
  const service = identity({ type: 'AWSService', invokedBy: 'pods.eks.amazonaws.com' })
  const cluster = `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/blue`
  const tags = {
    'eks-cluster-arn': cluster,
    'kubernetes-namespace': 'shop',
    'kubernetes-service-account': 'checkout',
  }
  const externalId = `eu-west-1/${ACCOUNT}/blue/shop/stock`
  const sessionName = 'eks-blue-basket-0-00000000-0000-4000-8000-000000000001'
  const pods = (said: Partial<Sighting>) => {
    const caller = whoAssumed(sighting({ identity: service, sessionName: 'x', ...said }))
    return { id: principalIn(caller).id, proof: caller.kind === 'principal' && caller.proof }
  }

  it('is named by tags, else by external id, else by session name, else not at all', () => {
    expect(pods({ tags, externalId, sessionName })).toEqual({
      id: `${cluster}/shop/checkout`,
      proof: 'transitiveTags',
    })
    expect(pods({ externalId, sessionName })).toEqual({
      id: `${cluster}/shop/stock`,
      proof: 'externalId',
    })
    expect(pods({ sessionName })).toEqual({ id: `${ACCOUNT}/blue/?/?`, proof: 'sessionName' })
    expect(pods({})).toEqual({ id: 'pods.eks.amazonaws.com', proof: 'accessKeyId' })
  })

  it('is believed of EKS alone: the same tags from anyone else say nothing', () => {
    for (const other of [
      identity({ type: 'IAMUser', arn: `arn:aws:iam::${ACCOUNT}:user/eve`, account: ACCOUNT }),
      identity({ type: 'AWSService', invokedBy: 'lambda.amazonaws.com' }),
      identity({ type: 'AWSAccount', invokedBy: 'pods.eks.amazonaws.com', account: ACCOUNT }),
    ])
      expect(
        principalIn(whoAssumed(sighting({ identity: other, tags, externalId, sessionName }))).kind,
      ).not.toBe('workload')
  })
})

describe('who assumed, otherwise', () => {
  it('is the instance for which EC2 assumes its role, if it is one', () => {
    const ec2 = identity({ type: 'AWSService', invokedBy: 'ec2.amazonaws.com' })
    const who = (sessionName: string, from = ec2): Principal =>
      principalIn(whoAssumed(sighting({ identity: from, sessionName })))
    expect(who('i-0123456789abcdef0')).toMatchObject({
      kind: 'node',
      id: 'i-0123456789abcdef0',
      account: ACCOUNT,
    })
    expect(who('aws:ec2-infrastructure').kind).toBe('aws-service')
    // Anyone can call a session like an instance.
    const user = identity({ type: 'IAMUser', arn: `arn:aws:iam::${ACCOUNT}:user/eve` })
    expect(who('i-0123456789abcdef0', user).kind).toBe('iam-user')
    const lambda = identity({ type: 'AWSService', invokedBy: 'lambda.amazonaws.com' })
    expect(who('i-0123456789abcdef0', lambda).kind).toBe('aws-service')
  })

  it('knows an instance id when it sees one', () => {
    for (const text of ['i-0123456789abcdef0', 'i-01234567']) expect(isInstanceId(text)).toBe(true)
    for (const text of [
      '',
      'i-',
      'i-0123',
      'i-0123456789ABCDEF0',
      'x-0123456789abcdef0',
      'i-0123456789abcdef00',
      'i-0123456789abcdef0\n',
    ])
      expect(isInstanceId(text), text).toBe(false)
  })

  it('is someone of SAML, or of IAM Identity Center where the role is one of its own', () => {
    const saml = (role: string, said: Partial<Sighting> = {}): Principal =>
      principalIn(
        whoAssumed(
          sighting({ action: 'AssumeRoleWithSAML', role, subject: 'ada@example.com', ...said }),
        ),
      )
    const provider = `arn:aws:iam::${ACCOUNT}:saml-provider/Okta`
    expect(saml(ROLE, { provider })).toMatchObject({
      kind: 'saml',
      id: `${provider}/ada@example.com`,
      name: 'ada@example.com',
    })
    for (const partition of ['aws', 'aws-cn', 'aws-us-gov']) {
      const role = `arn:${partition}:iam::${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef`
      expect(saml(role, { provider })).toMatchObject({
        kind: 'identity-center',
        id: 'ada@example.com',
      })
    }
    // A role that only looks like one of them: its path is not theirs.
    expect(
      saml(`arn:aws:iam::${ACCOUNT}:role/AWSReservedSSO_Admin_0123456789abcdef`, { provider }).kind,
    ).toBe('saml')
    expect(saml(ROLE, { provider, subject: '', sessionName: 'grace' }).name).toBe('grace')
  })
})

describe('the start of a chain that is not known', () => {
  const session = {
    key: '',
    roleId: 'AROAAPP',
    sessionName: 'x',
    issuedAt: null,
    fromInstance: false,
  }

  it('is its role, or its account where even that is not known', () => {
    expect(unknownStart({ ...session, role: ROLE, account: '' })).toMatchObject({
      kind: 'role',
      id: ROLE,
      account: ACCOUNT,
    })
    expect(unknownStart({ ...session, role: '', account: ACCOUNT })).toMatchObject({
      kind: 'account',
      id: ACCOUNT,
    })
    expect(unknownStart({ ...session, role: '', account: '' })).toMatchObject({
      kind: 'account',
      id: '',
      account: null,
    })
  })
})

const pick = (...texts: string[]) => fc.constantFrom('', ...texts)
const anyIdentity = fc
  .record({
    type: pick(
      'AssumedRole',
      'AWSAccount',
      'IAMUser',
      'FederatedUser',
      'Root',
      'WebIdentityUser',
      'SAMLUser',
      'IdentityCenterUser',
      'AWSService',
      'Odd',
    ),
    principalId: pick('AROAAPP:worker', 'AIDA1'),
    arn: pick(`arn:aws:iam::${ACCOUNT}:user/ada`, `arn:aws:iam::${ACCOUNT}:root`, 'odd'),
    account: pick(ACCOUNT, '222222222222'),
    userName: pick('ada', 'system:serviceaccount:shop:checkout'),
    provider: pick(PROVIDER, 'accounts.google.com'),
    invokedBy: pick('pods.eks.amazonaws.com', 'lambda.amazonaws.com'),
    role: pick(ROLE, 'odd'),
  })
  .map(identity)
const anySighting = fc
  .record({
    identity: anyIdentity,
    action: fc.constantFrom('AssumeRole', 'AssumeRoleWithWebIdentity', 'AssumeRoleWithSAML'),
    subject: pick('ada', 'system:serviceaccount:shop:checkout'),
    provider: pick(PROVIDER),
    role: pick(
      ROLE,
      `arn:aws:iam::${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_X_0`,
    ),
    sessionName: pick(
      'worker',
      'eks-blue-a-00000000-0000-4000-8000-000000000001',
      'eks-blue-b-00000000-0000-4000-8000-000000000001',
    ),
    tags: fc.constantFrom(
      null,
      { 'eks-cluster-name': 'a/b', 'kubernetes-namespace': 'c', 'kubernetes-service-account': 'd' },
      { 'eks-cluster-name': 'a', 'kubernetes-namespace': 'b/c', 'kubernetes-service-account': 'd' },
    ),
  })
  .map(sighting)

describe('a principal', () => {
  it('is told in full by its kind and id, so that no two records disagree about one', () => {
    fc.assert(
      fc.property(fc.array(anySighting, { minLength: 40, maxLength: 60 }), (sightings) => {
        const known = new Map<string, Principal>()
        for (const one of sightings)
          for (const caller of [whoAssumed(one), whoCalled(one.identity)]) {
            const principal =
              caller.kind === 'principal' ? caller.principal : unknownStart(caller.session)
            const key = `${principal.kind} ${principal.id}`
            expect(known.get(key) ?? principal).toEqual(principal)
            known.set(key, principal)
          }
      }),
      runs(150),
    )
  })
})
