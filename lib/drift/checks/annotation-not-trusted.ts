import { type Asker, askerOf, decisionFor } from '../asker.ts'
import { type Check, complies, couldNotLook, deviates, deviation, unread } from '../check.ts'
import type { Change } from '../fix.ts'
import { clusterStatement, sample, sampleServiceAccount, trustOf } from '../sample.ts'
import { settled, statementJson, webIdentityStatement } from '../trust-edit.ts'
import { accountWords, roleWords, useWords } from '../users.ts'
import type { Cluster, Role } from '../world.ts'

export const annotationNotTrusted: Check = {
  id: 'annotation-not-trusted',
  title: 'ServiceAccount asks for a role that does not trust it',
  severity: 'medium',
  attack: ['T1078.004'],
  why: 'Its pods get AccessDenied, and either nobody needs the role or somebody will widen the trust in a hurry.',
  blindSpots:
    'Pods get the annotation when they start: those that run keep what they started with.',
  runbook: [
    'Ask clause by clause: podtrail why NAMESPACE/NAME ROLE.',
    'Read whether it was refused in the last 24 hours: podtrail what NAMESPACE/NAME --since 24h.',
    'Is the role meant? Apply `fix`; else correct the annotation, and restart the pods.',
  ],
  needs: ['service-accounts', 'issuers', 'trusts'],

  *inspect(world) {
    const refused = new Map<Role, { readonly asker: Asker; readonly cluster: Cluster }[]>()
    for (const cluster of world.declared.clusters)
      for (const { namespace, name, role: arn, audience } of cluster.serviceAccounts.items) {
        const role = arn === null ? undefined : world.declared.role(arn)
        if (role === undefined || cluster.issuer === null) continue
        const asker = askerOf(role, cluster.issuer, namespace, name, audience)
        const decision = decisionFor(role, asker)
        const who = accountWords(cluster, namespace, name)
        if (decision === 'undecidable')
          yield unread(
            who,
            `whether ${roleWords(role.arn)} trusts it depends on what only the call itself has (podtrail why ${namespace}/${name} ${role.name})`,
          )
        if (decision === 'refused')
          refused.set(role, [...(refused.get(role) ?? []), { asker, cluster }])
      }
    for (const [role, askers] of refused) {
      const fix = admitting(
        role,
        askers.map(({ asker }) => asker),
      )
      for (const { asker, cluster } of askers) {
        const { namespace, name, subject, audience } = asker
        yield deviation({
          subject: `${cluster.called}/${namespace}/${name}`,
          title: `${accountWords(cluster, namespace, name)} is annotated with ${roleWords(role.arn)}, whose trust refuses it`,
          declared: `annotation ${role.arn}; the trust has no statement for ${subject} with ${audience}`,
          observed: useWords(world.observed, role),
          fix,
        })
      }
    }
  },

  examples: [
    deviates(
      'another name in the trust',
      sample({
        trust: trustOf(
          clusterStatement({
            StringEquals: { aud: 'sts.amazonaws.com', sub: 'system:serviceaccount:testing:other' },
          }),
        ),
      }),
    ),
    deviates(
      'a second ServiceAccount',
      sample({ serviceAccounts: [sampleServiceAccount({ name: 'batch' })] }),
    ),
    complies('trusted', sample()),
    complies('without a role', sample({ serviceAccount: { role: null } })),
    couldNotLook(
      'depends on the address of the caller',
      sample({
        trust: trustOf(
          clusterStatement({
            StringEquals: {
              aud: 'sts.amazonaws.com',
              sub: 'system:serviceaccount:testing:test-sa',
            },
            IpAddress: { 'aws:SourceIp': '198.51.100.0/24' },
          }),
        ),
      }),
    ),
  ],
}

/** One statement for each cluster and audience. */
function admitting(role: Role, askers: readonly Asker[]): readonly Change[] {
  if (role.policy.kind !== 'policy') return []
  const groups = Map.groupBy(askers, ({ provider, audience }) => `${provider} ${audience}`)
  const added = [...groups.values()].map((own) => {
    const { provider, issuer, audience } = own[0]!
    const subjects = own.map(({ subject }) => subject)
    return webIdentityStatement(provider, issuer, subjects, [audience])
  })
  return settled(role, [...role.policy.statements.map(statementJson), ...added])
}
