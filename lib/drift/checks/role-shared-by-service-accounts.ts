import { askerOf, decisionFor } from '../asker.ts'
import { type Check, complies, deviates, deviation } from '../check.ts'
import { type Change, keyOfCluster } from '../fix.ts'
import {
  clusterStatement,
  POD_IDENTITY_STATEMENT,
  SUBJECT,
  sample,
  sampleAssociation,
  sampleServiceAccount,
  trustOf,
} from '../sample.ts'
import type { ServiceAccount } from '../snapshot.ts'
import { documentOf, webIdentityStatement } from '../trust-edit.ts'
import {
  accountWords,
  annotatedWith,
  associatedWith,
  listed,
  notDescribed,
  roleWords,
  useWords,
} from '../users.ts'
import type { Cluster, Role, World } from '../world.ts'

export const roleSharedByServiceAccounts: Check = {
  id: 'role-shared-by-service-accounts',
  title: 'Role is shared by several ServiceAccounts',
  severity: 'low',
  attack: ['T1078.004'],
  why: 'Each of them may do what any of them needs, and CloudTrail tells them apart only when the session is issued.',
  blindSpots: 'Copies of one workload in several namespaces may share a role on purpose.',
  runbook: [
    'Read what each did with the role in the last 90 days: podtrail what NAMESPACE/NAME --since 90d.',
    'Give each its own role as `fix` says, with the policy of: podtrail policy NAMESPACE/NAME.',
  ],
  needs: ['service-accounts', 'associations', 'trusts', 'issuers'],

  *inspect(world) {
    yield* notDescribed(world.declared)
    for (const role of world.declared.roles) {
      const users = usersOf(world, role)
      const names = [...new Set(users.map(({ words }) => words))]
      if (names.length < 2) continue
      yield deviation({
        subject: role.arn,
        title: `${roleWords(role.arn)} is shared by ${listed(names)}`,
        declared: `given to ${listed(names)}`,
        observed: useWords(world.observed, role),
        fix: splitOf(
          role,
          users.filter(({ words }) => words !== names[0]),
        ),
      })
    }
  },

  examples: [
    deviates(
      'two annotations',
      sample({
        trust: trustOf(
          clusterStatement({
            StringEquals: {
              aud: 'sts.amazonaws.com',
              sub: [SUBJECT, 'system:serviceaccount:testing:batch'],
            },
          }),
        ),
        serviceAccounts: [sampleServiceAccount({ name: 'batch' })],
      }),
    ),
    deviates(
      'two associations',
      sample({
        trust: trustOf(POD_IDENTITY_STATEMENT),
        serviceAccount: { role: null },
        associations: [
          sampleAssociation(),
          sampleAssociation({ id: 'a-1', serviceAccount: 'batch' }),
        ],
      }),
    ),
    complies('one', sample()),
    complies('one, both ways', sample({ associations: [sampleAssociation()] })),
  ],
}

interface User {
  readonly words: string
  readonly cluster: Cluster
  readonly namespace: string
  readonly name: string
  /** Null: by annotation. */
  readonly association: { readonly id: string; readonly sessionTagsOff: boolean } | null
}

function usersOf({ declared }: World, role: Role): User[] {
  return [
    ...annotatedWith(declared, role.arn)
      .filter(({ cluster, serviceAccount }) => isServed(role, cluster, serviceAccount))
      .map(({ cluster, serviceAccount }) => ({
        cluster,
        namespace: serviceAccount.namespace,
        name: serviceAccount.name,
        association: null,
      })),
    ...associatedWith(declared, role.arn).map(({ cluster, association }) => ({
      cluster,
      namespace: association.namespace,
      name: association.serviceAccount,
      association: {
        id: association.id,
        sessionTagsOff: association.detail?.sessionTagsOff ?? false,
      },
    })),
  ].map((user) => ({ ...user, words: accountWords(user.cluster, user.namespace, user.name) }))
}

/** One that the trust refuses shares nothing; that is for annotation-not-trusted. */
function isServed(role: Role, { issuer }: Cluster, serviceAccount: ServiceAccount): boolean {
  const { namespace, name, audience } = serviceAccount
  return (
    issuer !== null &&
    decisionFor(role, askerOf(role, issuer, namespace, name, audience)) !== 'refused'
  )
}

function splitOf(role: Role, users: readonly User[]): Change[] {
  if (role.policy.kind !== 'policy') return []
  const { policy } = role
  const byWords = Map.groupBy(users, ({ words }) => words)
  return [...byWords.values()].flatMap((own): Change[] => {
    const { cluster, namespace, name } = own[0]!
    const arn = `${role.arn}-${namespace}-${name}`
    const provider = role.arn.replace(/:role\/.*$/, `:oidc-provider/${cluster.issuer}`)
    const subject = `system:serviceaccount:${namespace}:${name}`
    const statements = [
      ...(own.some(({ association }) => association === null) && cluster.issuer !== null
        ? [webIdentityStatement(provider, cluster.issuer, [subject])]
        : []),
      ...(own.some(({ association }) => association !== null)
        ? [
            {
              Effect: 'Allow',
              Principal: { Service: 'pods.eks.amazonaws.com' },
              Action: ['sts:AssumeRole', 'sts:TagSession'],
              ...(cluster.arn === null
                ? {}
                : { Condition: { ArnEquals: { 'aws:SourceArn': cluster.arn } } }),
            },
          ]
        : []),
    ]
    return [
      { kind: 'create-role', role: arn, document: documentOf(policy, statements) },
      ...own.map(
        ({ association }): Change =>
          association === null
            ? {
                kind: 'annotate',
                cluster: keyOfCluster(cluster),
                namespace,
                serviceAccount: name,
                role: arn,
              }
            : {
                kind: 'set-association',
                cluster: keyOfCluster(cluster),
                association: association.id,
                role: arn,
                sessionTagsOff: association.sessionTagsOff,
              },
      ),
    ]
  })
}
