import { roleName } from '../../identity/arn.ts'
import { issuerOf } from '../../identity/workload.ts'
import type { Severity } from '../../rule.ts'
import { type Detector, fires, type Now, quiet } from '../detector.ts'
import { grouped } from '../group.ts'
import {
  CHECKOUT,
  called,
  hours,
  ISSUER,
  issued,
  PIPELINE,
  pod,
  role,
  START,
  THEN,
  usualAnd,
} from '../sample.ts'
import type { Use } from '../use.ts'
import { listed, Who } from '../words.ts'

const DAY = 86_400
const FOREIGN = 'oidc.eks.us-east-2.amazonaws.com/id/F0E1F0E1F0E1F0E1F0E1F0E1F0E1F0E1'
const settingsWith = (...issuers: readonly string[]) => ({
  accounts: [],
  clusters: issuers.map((issuer, index) => ({ name: `cluster-${index}`, issuer })),
  network: { egress: [], vpcEndpoints: [] },
})

export const unknownIssuer: Detector = {
  id: 'unknown-issuer',
  title: 'Token of a cluster that is not ours',
  severity: 'high',
  attack: ['T1606', 'T1199', 'T1098'],
  why: 'Whoever runs a cluster makes tokens for any ServiceAccount name in it. Once an account trusts its issuer, all depends on how narrow the trusts are.',
  blindSpots:
    'While podtrail learns, and no clusters are in the settings, every issuer is taken for ours.',
  runbook: [
    'Find the cluster of the issuer in `subject`: aws eks list-clusters in each region, or ask who made the provider: podtrail touched ROLE-ARN --since 7d.',
    'If it is yours, add it to clusters in podtrail.yaml today.',
    'If it is not, delete the OIDC provider of the account of `role` now, and list what the sessions did since `firstSeen`.',
  ],

  *look(now) {
    const suspects = now.hour.issues.filter((use) => isUnknown(use, now))
    for (const uses of grouped(suspects, ({ what }) => issuerOf(what))) {
      const use = uses[0]!
      const { who, role: arn } = use
      const issuer = issuerOf(use.what)
      yield {
        subject: issuer,
        severity: severityOf(uses, now),
        title: `${Who(who.principal)} of a cluster that is not known (${issuer}) became ${roleName(arn)}`,
        normal: `Tokens came from ${listed(now.memory.issuers.names(), 3) || 'no issuer'} so far.`,
        principal: who.principal,
        uses,
      }
    }
  },

  examples: [
    fires(
      'a foreign cluster takes the role of a workload of ours',
      () => usualAnd(issued(pod('payments', 'checkout', FOREIGN), role('checkout'))),
      'critical',
    ),
    fires(
      'a foreign cluster with a role of its own',
      () => usualAnd(issued(pod('a', 'b', FOREIGN), role('guest'))),
      'high',
    ),
    fires(
      'on the first day, where the settings name our clusters',
      () => ({
        ...usualAnd(issued(pod('a', 'b', FOREIGN), role('guest'), { at: START + hours(3) })),
        config: settingsWith(ISSUER),
        since: START,
      }),
      'high',
    ),
    fires(
      'a new cluster, set up by the pipeline that sets them up',
      () =>
        usualAnd(
          called(PIPELINE, role('deploy'), 'iam:CreateOpenIDConnectProvider', {
            at: THEN - hours(3),
          }),
          issued(pod('kube-system', 'aws-node', FOREIGN), role('new-cni')),
        ),
      'low',
    ),
    quiet('a cluster in the settings', () => ({
      ...usualAnd(issued(pod('a', 'b', FOREIGN), role('guest'))),
      config: settingsWith(ISSUER, FOREIGN),
    })),
    quiet('the cluster of always', () => usualAnd(issued(CHECKOUT, role('checkout')))),
  ],
}

function isUnknown({ who, via, action, what, first }: Use, { memory, config }: Now): boolean {
  if (who.principal.kind !== 'workload' || via.length > 0) return false
  if (action !== 'sts:AssumeRoleWithWebIdentity') return false
  const issuer = issuerOf(what)
  const ours = (config?.clusters ?? []).flatMap((cluster) => cluster.issuer ?? [])
  if (issuer === '' || memory.issuers.has(issuer) || ours.includes(issuer)) return false
  return ours.length > 0 || memory.isOld(memory.first, first)
}

function severityOf(uses: readonly Use[], { memory }: Now): Severity {
  const { first } = uses[0]!
  const takesOurs = uses.some(
    ({ role: arn }) => memory.roles.get(arn)?.kinds.has('workload') === true,
  )
  if (memory.providerCreated > first - 7 * DAY) return takesOurs ? 'medium' : 'low'
  return takesOurs ? 'critical' : 'high'
}
