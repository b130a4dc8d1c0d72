import { describe, expect, it } from 'vitest'
import {
  issuerOf,
  parseServiceAccountSubject,
  workload,
  workloadOfExternalId,
  workloadOfSessionName,
  workloadOfTags,
} from '../../lib/identity/workload.ts'

const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF'
const CLUSTER = 'arn:aws:eks:eu-west-1:111111111111:cluster/blue'
const TAGS = {
  'eks-cluster-arn': CLUSTER,
  'eks-cluster-name': 'blue',
  'kubernetes-namespace': 'shop',
  'kubernetes-service-account': 'checkout',
}

describe('a ServiceAccount subject', () => {
  it('is a namespace and a name', () => {
    expect(parseServiceAccountSubject('system:serviceaccount:shop:checkout')).toEqual({
      namespace: 'shop',
      serviceAccount: 'checkout',
    })
    expect(parseServiceAccountSubject('system:serviceaccount:kube-system:a.b-c')).toEqual({
      namespace: 'kube-system',
      serviceAccount: 'a.b-c',
    })
  })

  it('is nothing with more or fewer parts, spaces or slashes in it', () => {
    for (const subject of [
      '',
      'system:serviceaccount:shop',
      'system:serviceaccount:shop:checkout:extra',
      'system:serviceaccount::checkout',
      'system:serviceaccount:shop:',
      'system:serviceaccount:shop:check out',
      'system:serviceaccount:shop:check/out',
      'system:serviceaccount:shop:checkout\n',
      ' system:serviceaccount:shop:checkout',
      'x system:serviceaccount:shop:checkout',
      'system:node:shop:checkout',
      'repo:acme/shop:ref:refs/heads/main',
      'organization:acme:project:Default Project:workspace:shop:run_phase:apply',
    ])
      expect(parseServiceAccountSubject(subject), subject).toBeNull()
  })
})

describe('the issuer of a provider', () => {
  it('is what follows the account in its ARN, so that one cluster is one in all accounts and partitions', () => {
    for (const partition of ['aws', 'aws-cn', 'aws-us-gov', 'aws-iso', 'aws-eusc'])
      for (const account of ['111111111111', '222222222222'])
        expect(issuerOf(`arn:${partition}:iam::${account}:oidc-provider/${ISSUER}`)).toBe(ISSUER)
  })

  it('of a cluster that EKS does not run is its host and path', () => {
    const provider =
      'arn:aws:iam::111111111111:oidc-provider/rh-oidc.s3.us-east-1.amazonaws.com/24ab'
    expect(issuerOf(provider)).toBe('rh-oidc.s3.us-east-1.amazonaws.com/24ab')
  })

  it('of a built-in provider is its name', () => {
    for (const name of ['cognito-identity.amazonaws.com', 'accounts.google.com', ''])
      expect(issuerOf(name)).toBe(name)
  })
})

describe('the workload in the session tags of Pod Identity', () => {
  it('is named by cluster ARN, namespace and ServiceAccount', () => {
    expect(workloadOfTags(TAGS)).toEqual({
      kind: 'workload',
      id: `${CLUSTER}/shop/checkout`,
      cluster: CLUSTER,
      namespace: 'shop',
      serviceAccount: 'checkout',
      name: null,
      account: '111111111111',
    })
  })

  it("goes by its cluster's name where the ARN is missing", () => {
    const { 'eks-cluster-arn': _, ...rest } = TAGS
    expect(workloadOfTags(rest)?.id).toBe('blue/shop/checkout')
  })

  it('is unknown where a tag is missing or is not a name', () => {
    expect(workloadOfTags(null)).toBeNull()
    expect(workloadOfTags({})).toBeNull()
    for (const [tag, value] of [
      ['kubernetes-namespace', ''],
      ['kubernetes-namespace', 'a/b'],
      ['kubernetes-namespace', 'a b'],
      ['kubernetes-service-account', ''],
      ['kubernetes-service-account', 'shop/checkout'],
      ['kubernetes-service-account', 'a:b'],
      ['kubernetes-service-account', 'a\nb'],
    ])
      expect(workloadOfTags({ ...TAGS, [tag!]: value! }), `${tag}=${value}`).toBeNull()
    for (const tag of ['kubernetes-namespace', 'kubernetes-service-account'])
      expect(
        workloadOfTags(Object.fromEntries(Object.entries(TAGS).filter(([key]) => key !== tag))),
      ).toBeNull()
  })
})

describe('the workload in the external id that EKS sends', () => {
  it('has its cluster in the partition of its region', () => {
    for (const [region, partition] of [
      ['eu-west-1', 'aws'],
      ['cn-north-1', 'aws-cn'],
      ['us-gov-west-1', 'aws-us-gov'],
      ['us-isob-east-1', 'aws-iso-b'],
      ['eusc-de-east-1', 'aws-eusc'],
    ])
      expect(workloadOfExternalId(`${region}/111111111111/blue/shop/checkout`)).toEqual(
        workload(`arn:${partition}:eks:${region}:111111111111:cluster/blue`, 'shop', 'checkout'),
      )
  })

  it('is none in any other external id', () => {
    for (const text of [
      '',
      'shared-secret',
      'eu-west-1/111111111111/blue/shop',
      'eu-west-1/111111111111/blue/shop/checkout/x',
      'eu-west-1//blue/shop/checkout',
      'eu-west-1/11111111111/blue/shop/checkout',
      'europe/111111111111/blue/shop/checkout',
      'eu-west-1/111111111111/blue//checkout',
      'EU-WEST-1/111111111111/blue/shop/checkout',
    ])
      expect(workloadOfExternalId(text), text).toBeNull()
  })
})

describe('the workload in the session name of Pod Identity', () => {
  const name = 'eks-eksworksho-app1-v1-56-d1861451-0000-4000-8000-000000000001'

  it('is one of a cluster that is known by the start of its name', () => {
    expect(workloadOfSessionName(name, '111111111111')).toMatchObject({
      kind: 'workload',
      id: '111111111111/eksworksho/?/?',
      namespace: '?',
      serviceAccount: '?',
    })
  })

  it('is told from pods whose names hold hyphens, as those of Deployments do', () => {
    const session = 'eks-blue-web-1-abcd-d1861451-0000-4000-8000-000000000001'
    expect(workloadOfSessionName(session, '111111111111')?.id).toBe('111111111111/blue/?/?')
  })

  it('is the same for all pods of the cluster, of whom nothing more is known', () => {
    const other = name.replace('app1-v1-56', 'web-1')
    expect(workloadOfSessionName(other, '111111111111')).toEqual(
      workloadOfSessionName(name, '111111111111'),
    )
  })

  it('is none in a name that EKS does not make', () => {
    for (const text of [
      '',
      'eks',
      'eks-blue-app',
      'worker',
      name.slice(1),
      `${name}0`,
      name.replace('eksworksho', 'eksworkshop'),
    ])
      expect(workloadOfSessionName(text, '111111111111'), text).toBeNull()
  })
})
