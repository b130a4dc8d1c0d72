import { parseArn } from '../../identity/arn.ts'
import type { EdgeSum } from '../../ports.ts'
import { type Check, complies, couldNotLook, deviates, deviation, unread } from '../check.ts'
import type { Change } from '../fix.ts'
import {
  clusterStatement,
  roleArn,
  SUBJECT,
  sample,
  sampleEdge,
  samplePrincipal,
  trustOf,
} from '../sample.ts'
import { settled, statementJson, webIdentityStatement } from '../trust-edit.ts'
import {
  evaluateTrust,
  type TrustDecision,
  type TrustRequest,
  webIdentityRequest,
} from '../trust-policy.ts'
import {
  accountWords,
  audiencesFor,
  callerRole,
  edgesOf,
  isExact,
  roleWords,
  subjectOf,
} from '../users.ts'
import type { Role, World } from '../world.ts'

export const usedNotTrusted: Check = {
  id: 'used-not-trusted',
  title: 'Was used, and today’s trust refuses it',
  severity: 'high',
  attack: ['T1098'],
  why: 'Either a workload breaks at its next token, or somebody opened the trust, went in, and closed it again.',
  blindSpots:
    'Uses before the window, and those that today’s trust still admits, say nothing about what it was then.',
  runbook: [
    'Read when it was used, and who changed the trust since: `observed`, and podtrail what PRINCIPAL, in the 7 days before.',
    'Known workload? Apply `fix`, today. Else read what its sessions did: podtrail who ROLE, then podtrail trace KEY.',
  ],
  needs: ['trusts', 'observed'],

  *inspect(world) {
    for (const role of world.declared.roles) {
      const { policy } = role
      if (policy.kind !== 'policy') continue
      const refused: (Use & { readonly edge: EdgeSum })[] = []
      for (const edge of edgesOf(world.observed, role.arn)) {
        const use = useOf(world, role, edge)
        if (use === null) continue
        const decision = mildest(use.requests.map((request) => evaluateTrust(policy, request)))
        if (decision === 'undecidable')
          yield unread(
            `role ${role.arn}`,
            `whether today’s trust of ${roleWords(role.arn)} admits ${use.words} depends on what only the call itself has`,
          )
        if (decision === 'refused') refused.push({ edge, ...use })
      }
      if (refused.length === 0) continue
      const statements = new Map(
        refused.map(({ statement }) => [JSON.stringify(statement), statement]),
      )
      const fix: readonly Change[] = settled(role, [
        ...policy.statements.map(statementJson),
        ...statements.values(),
      ])
      for (const { edge, words, by } of refused)
        yield deviation({
          subject: `${role.arn} ${by}`,
          title: `${words} assumed ${roleWords(role.arn)} ${edge.count} times, and its trust refuses it today`,
          declared: 'no statement admits it',
          observed: `${edge.count} times, last ${new Date(edge.lastSeen * 1000).toISOString().slice(0, 19)}Z`,
          fix,
          firstSeen: edge.firstSeen,
          lastSeen: edge.lastSeen,
        })
    }
  },

  examples: [
    deviates(
      'another ServiceAccount than is trusted',
      sample({
        edges: [
          sampleEdge(),
          sampleEdge({ principal: samplePrincipal({ serviceAccount: 'batch' }) }),
        ],
      }),
    ),
    deviates(
      'a role that is not trusted',
      sample({ edges: [sampleEdge({ hop: 2, via: [roleArn('bridge')] })] }),
    ),
    complies('trusted', sample()),
    complies('never used', sample({ edges: [] })),
    complies(
      'an issuer in another account’s provider',
      sample({ edges: [sampleEdge({ role: roleArn('deleted-since') })] }),
    ),
    couldNotLook(
      'depends on the address of the caller',
      sample({
        trust: trustOf(
          clusterStatement({
            StringEquals: { aud: 'sts.amazonaws.com', sub: SUBJECT },
            IpAddress: { 'aws:SourceIp': '198.51.100.0/24' },
          }),
        ),
      }),
    ),
    couldNotLook('nothing was seen', sample({ edges: [], observed: { seen: new Map() } })),
  ],
}

function mildest(decisions: readonly TrustDecision[]): TrustDecision['decision'] {
  const all = new Set(decisions.map(({ decision }) => decision))
  return all.has('allowed') ? 'allowed' : all.has('undecidable') ? 'undecidable' : 'refused'
}

interface Use {
  /** Who it was, under a name that no setting changes. */
  readonly by: string
  readonly words: string
  readonly requests: readonly TrustRequest[]
  readonly statement: Record<string, unknown>
}

/** What was asked, as far as an edge tells, and the statement that would admit it; null where it does not tell enough. */
function useOf(world: World, role: Role, edge: EdgeSum): Use | null {
  const { principal, hop } = edge
  const via = callerRole(edge)
  if (via !== null) {
    const account = parseArn(via)?.account ?? ''
    return {
      by: via,
      words: roleWords(via),
      requests: [
        {
          action: 'sts:AssumeRole' as const,
          principal: {
            kind: 'aws' as const,
            arn: via,
            account,
            role: via,
            // It did assume the role, so its own policy let it.
            ownPolicy: account === role.account ? ('unknown' as const) : ('allows' as const),
          },
          context: new Map(),
        },
      ],
      statement: { Effect: 'Allow', Principal: { AWS: via }, Action: 'sts:AssumeRole' },
    }
  }
  if (principal.kind !== 'workload' || hop !== 1) return null
  const { cluster: issuer, namespace, serviceAccount } = principal
  // A cluster by its ARN means Pod Identity, which the associations decide.
  if (issuer === null || namespace === null || serviceAccount === null) return null
  if (issuer.startsWith('arn:') || !issuer.includes('.')) return null
  const provider = role.arn.replace(/:role\/.*$/, `:oidc-provider/${issuer}`)
  const subject = subjectOf(namespace, serviceAccount)
  const audiences = audiencesFor(world, role, issuer)
  // The logs do not keep what the token was made for; it was something that worked.
  const known = role.webIdentity
    .filter((trust) => trust.issuer === issuer)
    .flatMap((trust) => trust.audiences.filter(isExact).flatMap(({ values }) => values))
  return {
    by: principal.id,
    words: accountWords(
      { called: world.declared.cluster(issuer)?.called ?? issuer },
      namespace,
      serviceAccount,
    ),
    requests: [...new Set([...audiences, ...known])].map((audience) =>
      webIdentityRequest({ provider, subject, audience }),
    ),
    statement: webIdentityStatement(provider, issuer, [subject], audiences),
  }
}
