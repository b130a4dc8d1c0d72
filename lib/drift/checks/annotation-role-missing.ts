import { parseArn, roleName } from '../../identity/arn.ts'
import { type Check, complies, couldNotLook, deviates, deviation, unread } from '../check.ts'
import { keyOfCluster } from '../fix.ts'
import { ROLE, roleArn, sample } from '../sample.ts'
import { accountWords } from '../users.ts'
import type { Declared } from '../world.ts'

export const annotationRoleMissing: Check = {
  id: 'annotation-role-missing',
  title: 'ServiceAccount asks for a role that does not exist',
  severity: 'medium',
  attack: ['T1098.001'],
  why: 'Its pods are refused; and whoever may create a role of that name decides what they get.',
  blindSpots: 'A role of an account that is not in scope cannot be looked for.',
  runbook: [
    'Read who deleted the role: podtrail touched ROLE-ARN, in the 90 days before `firstSeen`.',
    'Compare the ARN in `declared` with those of the account: path, case, account id; then apply `fix` and restart the pods.',
  ],
  needs: ['service-accounts', 'policies'],

  *inspect({ declared }) {
    for (const cluster of declared.clusters)
      for (const { namespace, name, role } of cluster.serviceAccounts.items) {
        if (role === null || declared.role(role) !== undefined) continue
        const who = accountWords(cluster, namespace, name)
        const account = parseArn(role)?.account ?? ''
        const isRole = /^arn:[^:]+:iam::\d{12}:role\/\S+$/.test(role)
        if (isRole) {
          const own = declared.snapshot.accounts.find((one) => one.account === account)
          if (own === undefined || own.roles.missing !== null) {
            if (!declared.accounts.has(account))
              yield unread(who, `its role ${role} is in account ${account}, which is not in scope`)
            continue
          }
        }
        const similar = similarTo(declared, role)
        yield deviation({
          subject: `${cluster.called}/${namespace}/${name}`,
          title: isRole
            ? `${who} is annotated with ${role}, which does not exist${similar === null ? '' : `; ${similar} does`}`
            : `${who} is annotated with "${role}", which is not the ARN of a role`,
          declared: `annotation ${role}`,
          fix: [
            {
              kind: 'annotate',
              cluster: keyOfCluster(cluster),
              namespace,
              serviceAccount: name,
              role: similar,
            },
          ],
        })
      }
  },

  examples: [
    deviates('deleted', sample({ serviceAccount: { role: roleArn('gone') } })),
    deviates('without its path', sample({ role: { arn: roleArn('team/pod-s3-access') } })),
    deviates('only a name', sample({ serviceAccount: { role: 'pod-s3-access' } })),
    complies('it exists', sample()),
    couldNotLook(
      'of an account that is not in scope',
      sample({ serviceAccount: { role: roleArn('theirs', '999900001111') } }),
    ),
    couldNotLook(
      'roles not read',
      sample({
        role: null,
        serviceAccount: { role: ROLE },
        account: { rolesMissing: 'no output' },
      }),
    ),
  ],
}

/** The role that is probably meant: of the same name, but for path and case. */
function similarTo({ roles }: Declared, text: string): string | null {
  const name = roleName(text).toLowerCase()
  const account = parseArn(text)?.account
  const same = roles.filter(
    (role) =>
      role.name.toLowerCase() === name && (account === undefined || role.account === account),
  )
  return same.length === 1 ? same[0]!.arn : null
}
