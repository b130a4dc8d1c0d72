import type { Client } from '../../identity/client.ts'
import type { Severity } from '../../rule.ts'
import { isPortable, sensitivityOf } from '../actions.ts'
import { isAddOnWork } from '../add-ons.ts'
import { type Detector, fires, type Now, quiet } from '../detector.ts'
import { distinct, grouped } from '../group.ts'
import { CHECKOUT, called, issued, minutes, role, SEARCH, THEN, usualAnd } from '../sample.ts'
import { FRESH, isByService, type Use } from '../use.ts'
import { listed, program, Who } from '../words.ts'

/** What people type into, or run from their own machine; a service in a pod has no use for it. */
const HANDS: readonly Client[] = [
  'aws-cli',
  'powershell',
  'plain-http',
  'console',
  'terraform',
  'pulumi',
  'attack-system',
]
/** User agents that tell nothing. */
const UNTOLD: readonly Client[] = ['none', 'other', 'service', 'ssm-agent']

export const sessionClientChanged: Detector = {
  id: 'session-client-changed',
  title: 'Session used with another program than its workload’s',
  severity: 'medium',
  isLearner: true,
  attack: ['T1550.001', 'T1059.009'],
  why: 'A service is built with one SDK and stays with it. The same session in the AWS CLI, or in another SDK than the one that fetched it, is somebody else’s hands.',
  blindSpots:
    'Whoever writes the user agent can write anything; an attacker with the same SDK is not told apart. Versions do not count, since every deployment changes them.',
  runbook: [
    'See what was done with the new program: podtrail what NS/SA --from FIRSTSEEN, and compare `networks` with those of the workload.',
    'Ask who was in the pod between `firstSeen` and `lastSeen`: kubectl exec stands in the audit log of the cluster.',
    'If nobody was, revoke the sessions of `role` now.',
  ],

  *look(now) {
    const { hour, freshCalls, memory } = now
    const fresh = [...freshCalls, ...hour.issues].filter(
      (use) =>
        use.who.principal.kind === 'workload' &&
        (use.fresh & FRESH.client) !== 0 &&
        !UNTOLD.includes(use.client) &&
        !isByService(use) &&
        !isPortable(use) &&
        !isAddOnWork(use.who.principal, use.action) &&
        memory.isLearned(use.who, use.first) &&
        use.who.isGrown(use.first) &&
        use.who.clients.size > 0,
    )
    for (const uses of grouped(fresh, (use) => `${use.who.key}\n${use.client}`)) {
      const use = uses[0]!
      const { who, client } = use
      const severity = severityOf(uses, now)
      if (severity === null) continue
      const known = [...who.clients.names(), ...who.issueClients.names()]
      yield {
        subject: `${who.principal.id} with ${client}`,
        severity,
        title: `${Who(who.principal)} was used with ${program(client)}, which it never used: ${listed(
          distinct(uses, ({ action }) => action),
          3,
        )}`,
        normal: `Its calls were made with ${listed(programs(known))}.`,
        principal: who.principal,
        uses,
      }
    }
  },

  examples: [
    fires(
      'a service’s key in the AWS CLI',
      () =>
        usualAnd(
          called(CHECKOUT, role('checkout'), 'sts:GetCallerIdentity', { client: 'aws-cli' }),
        ),
      'medium',
    ),
    fires(
      'and with it something nobody does by chance',
      () => usualAnd(called(CHECKOUT, role('checkout'), 'iam:CreateUser', { client: 'aws-cli' })),
      'high',
    ),
    fires(
      'another SDK than the one that fetched the session',
      () => usualAnd(called(CHECKOUT, role('checkout'), 'sqs:SendMessage', { client: 'boto' })),
      'medium',
    ),
    quiet('the service was written anew: the new SDK fetches its sessions too', () =>
      usualAnd(
        issued(SEARCH, role('search'), { client: 'sdk-rust' }),
        called(SEARCH, role('search'), 's3:GetObject', {
          client: 'sdk-rust',
          at: THEN + minutes(1),
        }),
      ),
    ),
    quiet('the SDK it always had', () =>
      usualAnd(called(CHECKOUT, role('checkout'), 'sqs:DeleteMessage')),
    ),
    quiet('a link that it signed is opened in a browser', () =>
      usualAnd(called(SEARCH, role('search'), 's3:GetObject', { client: 'console' })),
    ),
    quiet('a user agent that tells nothing', () =>
      usualAnd(called(CHECKOUT, role('checkout'), 'sqs:SendMessage', { client: 'other' })),
    ),
  ],
}

/** Kinds of programs in words, less services that act for whoever it is. */
function programs(clients: readonly string[]): string[] {
  const known = (clients as Client[]).filter((client) => client !== 'service')
  return [...new Set(known)].sort().map(program)
}

/** Null where a deployment explains it. */
function severityOf(uses: readonly Use[], { hour, whereabouts }: Now): Severity | null {
  const { who, client } = uses[0]!
  const isByHand = HANDS.includes(client)
  const calls = uses.filter(({ kind }) => kind === 'call')
  if (!isByHand) {
    if (calls.length === 0) return null
    const fetches = (use: Use): boolean => use.who === who && use.client === client
    if (who.issueClients.has(client) || hour.issues.some(fetches)) return null
    // Pod Identity fetches for the pod, so a new pod may have any SDK; that there are new pods is all that can be seen.
    const isFetchedFor = who.issueClients.has('service')
    if (isFetchedFor && hour.issues.some((use) => use.who === who)) return 'low'
  }
  const isGrave = uses.some(
    (use) =>
      whereabouts.strange(use) !== null ||
      ((use.fresh & FRESH.action) !== 0 &&
        ['control', 'secret'].includes(sensitivityOf(use.action) ?? '')),
  )
  if (isGrave || client === 'console' || client === 'attack-system') return 'high'
  return 'medium'
}
