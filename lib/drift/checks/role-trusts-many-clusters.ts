import { type Check, complies, deviates, deviation } from '../check.ts'
import { type Change, keyOfCluster } from '../fix.ts'
import {
  clusterStatement,
  HEALTHY_STATEMENT,
  OTHER_ISSUER,
  SUBJECT,
  sample,
  sampleServiceAccount,
  staging,
  trustOf,
} from '../sample.ts'
import { documentOf, settled, statementJson, withoutEntries } from '../trust-edit.ts'
import {
  annotatedWith,
  isClusterIssuer,
  listed,
  observedSubjects,
  roleWords,
  useWords,
} from '../users.ts'
import type { Declared, Role, World } from '../world.ts'

export const roleTrustsManyClusters: Check = {
  id: 'role-trusts-many-clusters',
  title: 'Role trusts several clusters',
  severity: 'medium',
  attack: ['T1078.004'],
  why: 'Who takes over the weakest of the clusters gets what the strongest may do.',
  blindSpots: 'Clusters that reach the role through another role are not counted.',
  runbook: [
    'Read which clusters used the role in the last 90 days: podtrail who ROLE --since 90d.',
    'Give each cluster a role of its own as `fix` says; production first, this week.',
  ],
  needs: ['trusts'],

  *inspect(world) {
    const { declared } = world
    for (const role of declared.roles) {
      const issuers = issuersOf(declared, role)
      if (issuers.length < 2) continue
      const names = issuers.map((issuer) => declared.cluster(issuer)?.called ?? issuer)
      yield deviation({
        subject: role.arn,
        title: `${roleWords(role.arn)} trusts ${issuers.length} clusters: ${listed(names)}`,
        declared: `trusts ${listed(names)}`,
        observed: useWords(world.observed, role),
        fix: fixOf(world, role, issuers),
      })
    }
  },

  examples: [
    deviates(
      'two clusters',
      sample({
        trust: trustOf(
          HEALTHY_STATEMENT,
          clusterStatement(
            { StringEquals: { aud: 'sts.amazonaws.com', sub: SUBJECT } },
            { issuer: OTHER_ISSUER },
          ),
        ),
        clusters: [
          staging({ serviceAccounts: { items: [sampleServiceAccount()], missing: null } }),
        ],
      }),
    ),
    complies('one cluster', sample()),
    complies(
      'one cluster, in two statements',
      sample({ trust: trustOf(HEALTHY_STATEMENT, HEALTHY_STATEMENT) }),
    ),
  ],
}

function issuersOf(declared: Declared, { webIdentity }: Role): string[] {
  const issuers = webIdentity.map(({ issuer }) => issuer)
  return [...new Set(issuers.filter((issuer) => isClusterIssuer(declared, issuer)))]
}

/** The cluster that uses the role most keeps it; each other gets a copy. */
function fixOf(world: World, role: Role, issuers: readonly string[]): Change[] {
  if (role.policy.kind !== 'policy') return []
  const { declared, observed } = world
  const users = (issuer: string): number =>
    observedSubjects(observed, role.arn, issuer).length +
    annotatedWith(declared, role.arn).filter(({ cluster }) => cluster.issuer === issuer).length
  const [kept, ...others] = [...issuers].sort((a, b) => users(b) - users(a))
  const changes: Change[] = []
  for (const issuer of others) {
    const cluster = declared.cluster(issuer)
    if (cluster === undefined) continue
    const arn = `${role.arn}-${cluster.name}`
    const own = role.policy.statements.flatMap((statement) => {
      const left = withoutEntries(
        statement,
        ({ type, value }) => type !== 'Federated' || !value.endsWith(`:oidc-provider/${issuer}`),
      )
      return left === null || left.effect === 'Deny' ? [] : [statementJson(left)]
    })
    if (own.length === 0) continue
    changes.push({ kind: 'create-role', role: arn, document: documentOf(role.policy, own) })
    for (const { cluster: where, serviceAccount } of annotatedWith(declared, role.arn))
      if (where === cluster)
        changes.push({
          kind: 'annotate',
          cluster: keyOfCluster(where),
          namespace: serviceAccount.namespace,
          serviceAccount: serviceAccount.name,
          role: arn,
        })
  }
  const gone = new Set(others.map((issuer) => issuer.toLowerCase()))
  const statements = role.policy.statements.flatMap((statement) => {
    const left = withoutEntries(statement, ({ type, value }) => {
      const issuer = value.slice(value.indexOf('/') + 1).toLowerCase()
      return type === 'Federated' && gone.has(issuer)
    })
    return left === null ? [] : [statementJson(left)]
  })
  return kept === undefined ? [] : [...changes, ...settled(role, statements)]
}
