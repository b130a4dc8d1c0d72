import { parseArn, roleName } from '../../identity/arn.ts'
import { issuerOf } from '../../identity/workload.ts'
import type { Severity } from '../../rule.ts'
import { type Detector, fires, type Now, quiet } from '../detector.ts'
import { grouped } from '../group.ts'
import type { Memory } from '../memory.ts'
import {
  ACCOUNT,
  CHECKOUT,
  called,
  hours,
  ISSUER,
  issued,
  OUTSIDE_ACCOUNT,
  PIPELINE,
  pod,
  role,
  START,
  THEN,
  usualAnd,
} from '../sample.ts'
import { inAccount } from '../story.ts'
import type { Use } from '../use.ts'
import { listed, viaWords, Who } from '../words.ts'

const DAY = 86_400
const FOREIGN = 'oidc.eks.us-east-2.amazonaws.com/id/F0E1F0E1F0E1F0E1F0E1F0E1F0E1F0E1'
const STRANGE_ARN = `arn:aws:eks:us-east-2:${OUTSIDE_ACCOUNT}:cluster/theirs`
const settingsWith = (...issuers: readonly string[]) => ({
  accounts: [],
  clusters: issuers.map((issuer, index) => ({ name: `cluster-${index}`, issuer })),
  network: { egress: [], vpcEndpoints: [] },
})

export const unknownIssuer: Detector = {
  id: 'unknown-issuer',
  title: 'Workload of a cluster that is not ours',
  severity: 'high',
  attack: ['T1606', 'T1199', 'T1098'],
  why: 'Whoever runs a cluster makes tokens for any ServiceAccount name in it, and can set the session tags of any. Once an account trusts it, all depends on how narrow the trusts are.',
  blindSpots:
    'While podtrail learns, and no clusters are in the settings, every cluster is taken for ours. So is one with Pod Identity in an account where a cluster of ours is at home, unless the settings name the ARNs of clusters: the issuer of one and the ARN of the other may be the same.',
  runbook: [
    'Find the cluster in `subject`: aws eks list-clusters in each region, or ask who made the provider: podtrail touched ROLE-ARN --since 7d.',
    'If it is yours, add it to clusters in podtrail.yaml today.',
    'If it is not, delete the OIDC provider of the account of `role`, or take the cluster out of the trust of `role`, now, and list what the sessions did since `firstSeen`.',
  ],

  *look(now) {
    const suspects = now.hour.issues.filter((use) => isUnknown(use, now))
    for (const uses of grouped(suspects, strangerOf)) {
      const use = uses[0]!
      const { who, role: arn, via } = use
      const cluster = strangerOf(use)
      const home = clusterAccount(cluster)
      yield {
        subject: cluster,
        severity: severityOf(uses, now),
        title: `${Who(who.principal)} of a cluster that is not known (${cluster}) became ${roleName(arn)}${viaWords(via)}`,
        normal: `Workloads came from ${listed(knownClusters(now.memory), 3) || 'no cluster'} so far.`,
        principal: who.principal,
        uses,
        joins: home === null ? [] : [inAccount(home)],
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
    fires(
      'a cluster of an account that nobody knows, with Pod Identity, goes on to a role of ours',
      () =>
        usualAnd(
          issued(pod('a', 'b', STRANGE_ARN), role('guest'), {
            via: [role('theirs', OUTSIDE_ACCOUNT)],
          }),
        ),
      'high',
    ),
    quiet('Pod Identity begins in an account where a cluster of ours is at home', () =>
      usualAnd(
        issued(pod('a', 'b', `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/prod`), role('b'), {
          action: 'sts:AssumeRole',
          what: 'pods.eks.amazonaws.com',
        }),
      ),
    ),
    quiet('a cluster in the settings', () => ({
      ...usualAnd(issued(pod('a', 'b', FOREIGN), role('guest'))),
      config: settingsWith(ISSUER, FOREIGN),
    })),
    quiet('the cluster of always', () => usualAnd(issued(CHECKOUT, role('checkout')))),
  ],
}

/** The issuer of the token, or the cluster as Pod Identity names it. */
function strangerOf({ who, via, action, what }: Use): string {
  const isToken = via.length === 0 && action === 'sts:AssumeRoleWithWebIdentity'
  return isToken ? issuerOf(what) : (who.principal.cluster ?? '')
}

function isUnknown(use: Use, { memory, config }: Now): boolean {
  const { who, first } = use
  if (who.principal.kind !== 'workload') return false
  const cluster = strangerOf(use)
  const clusters = config?.clusters ?? []
  const home = clusterAccount(cluster)
  if (home === null) {
    const ours = clusters.flatMap(({ issuer }) => issuer ?? [])
    if (use.via.length > 0 || cluster === '' || !cluster.includes('.')) return false
    if (memory.issuers.has(cluster) || ours.includes(cluster)) return false
    return ours.length > 0 || memory.isOld(memory.first, first)
  }
  if (who.cluster?.first !== Infinity) return false
  if (clusters.some(({ arn }) => arn !== undefined)) return true
  const isHome = [...memory.clusters.values()].some(({ accounts }) => accounts.has(home))
  return !isHome && memory.isOld(memory.first, first)
}

/** Account of a cluster that Pod Identity names, by its ARN or by the account and the start of its name; null for an issuer or a name of ours. */
function clusterAccount(cluster: string): string | null {
  return parseArn(cluster)?.account ?? /^(\d{12})\//.exec(cluster)?.[1] ?? null
}

const knownClusters = ({ clusters }: Memory): string[] =>
  [...clusters.values()]
    .filter(({ first }) => first < Infinity)
    .map(({ name }) => name)
    .sort()

function severityOf(uses: readonly Use[], { memory }: Now): Severity {
  const { first } = uses[0]!
  const takesOurs = uses.some(
    ({ role: arn }) => memory.roles.get(arn)?.kinds.has('workload') === true,
  )
  if (memory.providerCreated > first - 7 * DAY) return takesOurs ? 'medium' : 'low'
  return takesOurs ? 'critical' : 'high'
}
