import { describe, expect, it } from 'vitest'
import { ANOMALY_RULES } from '../../lib/coverage/rules.ts'
import type { Anomaly } from '../../lib/detect/anomaly.ts'
import {
  CART,
  CHECKOUT,
  hours,
  issued,
  minutes,
  OUTSIDE_ACCOUNT,
  pod,
  type Row,
  role,
  SEARCH,
  STRANGER,
  THEN,
  usualAnd,
} from '../../lib/detect/sample.ts'
import { anomaliesOf } from '../../lib/detect/try-examples.ts'

const ISSUER = 'oidc.eks.us-east-2.amazonaws.com/id/ACQUIREDACQUIREDACQUIREDACQUIRED'
const ARN = `arn:aws:eks:us-east-2:${OUTSIDE_ACCOUNT}:cluster/acquired`
const NAMES = ['api', 'worker', 'mail', 'search', 'audit', 'sync']

const loud = (...rows: readonly Row[]): Anomaly[] =>
  anomaliesOf(ANOMALY_RULES, usualAnd(...rows)).filter(({ severity }) => severity !== 'low')
const storiesOf = (found: readonly Anomaly[]): Set<string> =>
  new Set(found.map(({ story }) => story))

/** A firm was bought, and its account with its cluster joins: tokens and Pod Identity, a role for each workload. */
const joins: readonly Row[] = NAMES.flatMap((name, index) => [
  issued(pod('acquired', name, ISSUER), role(name, OUTSIDE_ACCOUNT), { at: THEN + minutes(index) }),
  issued(pod('acquired', `${name}-pi`, ARN), role(`${name}-pi`, OUTSIDE_ACCOUNT), {
    at: THEN + minutes(5 + index),
    action: 'sts:AssumeRole',
    what: 'pods.eks.amazonaws.com',
  }),
])

describe('an account that joins with its cluster', () => {
  it('is told once, however many roles come with it', () => {
    const found = loud(...joins)
    expect(found.map(({ rule, subject }) => `${rule} ${subject}`).sort()).toEqual([
      `unknown-issuer ${ARN}`,
      `unknown-issuer ${ISSUER}`,
    ])
    expect(storiesOf(found).size).toBe(1)
  })

  it('is told once too where its workloads had come to a role of ours before', () => {
    const before = [10, 5, 1].map((day) =>
      issued(pod('acquired', 'api-pi', ARN), role('partners'), { at: THEN - hours(24 * day) }),
    )
    const asked = before.map((row) => ({ ...row, action: 'sts:AssumeRole', what: '' }))
    const found = loud(...asked, ...joins)
    expect(found.map(({ rule }) => rule)).toEqual(['unknown-issuer'])
  })

  it('takes ours along who go there, each of them told', () => {
    const reached = [CHECKOUT, CART, SEARCH].map((who, index) =>
      issued(who, role('hub', OUTSIDE_ACCOUNT), {
        at: THEN + hours(1) + minutes(index),
        via: [role(who.serviceAccount!)],
        client: who === SEARCH ? 'sdk-js' : 'sdk-go',
      }),
    )
    const found = loud(...joins, ...reached)
    const ours = found.filter(({ rule }) => rule === 'new-account-reached')
    expect(ours.map(({ principal }) => principal!.serviceAccount).sort()).toEqual([
      'cart',
      'checkout',
      'search',
    ])
    expect(storiesOf(found).size).toBe(1)
  })

  it('hides no theft beside it', () => {
    const stolen = issued(CHECKOUT, role('checkout'), { network: STRANGER, at: THEN + minutes(7) })
    const found = loud(...joins, stolen)
    const theft = found.find(({ rule }) => rule === 'token-used-outside-cluster')!
    expect(theft.severity).toBe('critical')
    expect(found.filter(({ story }) => story === theft.story)).toEqual([theft])
  })

  it('is worse where its tokens become a role of a workload of ours', () => {
    const taken = issued(pod('acquired', 'api', ISSUER), role('checkout'), {
      at: THEN + minutes(9),
    })
    const worst = loud(...joins, taken).find(({ subject }) => subject === ISSUER)!
    expect(worst.severity).toBe('critical')
  })
})
