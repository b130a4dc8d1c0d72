import { describe, expect, it } from 'vitest'
import { clustersOf } from '../../lib/identity/clusters.ts'
import { workload, workloadOfSessionName } from '../../lib/identity/workload.ts'
import type { Principal } from '../../lib/model.ts'

const ISSUER = 'oidc.eks.us-east-1.amazonaws.com/id/ABC'
const ARN = 'arn:aws:eks:us-east-1:111122223333:cluster/production-eks'
const clusters = clustersOf([
  { name: 'prod', issuer: ISSUER, arn: ARN },
  { name: 'edge', issuer: 'edge.example' },
])
const POD = 'eks-production-checkout-a-0c1e4f5a-1111-4222-8333-944445555666'

describe('clusters', () => {
  it('are one under issuer and ARN, once the settings say so', () => {
    const byIssuer = clusters.named(workload(ISSUER, 'shop', 'cart'))
    expect(byIssuer).toEqual(clusters.named(workload(ARN, 'shop', 'cart')))
    expect(byIssuer).toMatchObject({
      id: 'prod/shop/cart',
      cluster: 'prod',
      account: '111122223333',
    })
  })

  it('are told by the start of their name too, where it can mean only one', () => {
    const pod = workloadOfSessionName(POD, '111122223333')!
    expect(clusters.named(pod)).toMatchObject({ id: 'prod/?/?', cluster: 'prod' })
    const elsewhere = workloadOfSessionName(POD, '999900001111')!
    expect(clusters.named(elsewhere)).toBe(elsewhere)
    const two = clustersOf([
      { name: 'a', arn: ARN },
      { name: 'b', arn: `${ARN}-2` },
    ])
    expect(two.named(pod)).toBe(pod)
  })

  it('stay as recorded where nothing is known', () => {
    const other = workload('other.example', 'shop', 'cart')
    expect(clusters.named(other)).toBe(other)
    expect(clustersOf([]).named(workload(ARN, 'shop', 'cart')).id).toBe(`${ARN}/shop/cart`)
  })

  it('leave other principals alone', () => {
    const user: Principal = {
      kind: 'iam-user',
      id: ISSUER,
      cluster: null,
      namespace: null,
      serviceAccount: null,
      name: 'x',
      account: null,
    }
    expect(clusters.named(user)).toBe(user)
    expect(clusters.isOf(user, 'prod')).toBe(false)
  })

  it('are meant by name, issuer, URL of the issuer, ARN, and the name in EKS', () => {
    const byIssuer = workload(ISSUER, 'shop', 'cart')
    const byArn = workload(ARN, 'shop', 'cart')
    for (const text of ['prod', ISSUER, `https://${ISSUER}`, ARN]) {
      expect(clusters.isOf(byIssuer, text)).toBe(true)
      expect(clusters.isOf(byArn, text)).toBe(true)
    }
    expect(clusters.isOf(byArn, 'production-eks')).toBe(true)
    expect(clusters.isOf(byArn, 'edge')).toBe(false)
    expect(clusters.isOf(byArn, 'eks')).toBe(false)
  })
})
