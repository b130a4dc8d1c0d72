import { MARK } from '../../graph/signals.ts'
import type { Severity } from '../../rule.ts'
import { type Detector, fires, type Now, quiet } from '../detector.ts'
import { grouped } from '../group.ts'
import { CHECKOUT, called, NODE, NODE_ROLE, role, someone, usualAnd } from '../sample.ts'
import type { Use } from '../use.ts'
import { program, Who } from '../words.ts'

const ACTION = 'eks-auth:AssumeRoleForPodIdentity'

export const podIdentityAgentBypass: Detector = {
  id: 'pod-identity-agent-bypass',
  title: 'Credentials of a pod fetched past the agent of its node',
  severity: 'high',
  attack: ['T1528', 'T1552.005', 'T1550.001'],
  why: 'Only the EKS Pod Identity agent asks for the credentials of pods, from the node they run on. Whoever has a pod’s token and the rights of a node can do it by hand, for any pod whose token they hold.',
  blindSpots:
    'Whoever uses the SDK of the agent, with the credentials of a node, looks like it. Which pod it was is not in this record; its session follows within the second.',
  runbook: [
    'Find who has the credentials of `principal`, and what else they did in the hour before `firstSeen`: podtrail trace ADDRESS.',
    'See which sessions EKS issued in the minute after `firstSeen`: podtrail who ROLE for the roles of the cluster’s pods.',
    'Cordon the node and revoke its sessions now; take eks-auth:AssumeRoleForPodIdentity from every role that is not a node’s this week.',
  ],

  *look(now) {
    const suspects = now.hour.calls.filter(
      (use) => use.action === ACTION && use.outcome !== 'failed' && !isAgent(use),
    )
    for (const uses of grouped(suspects, ({ who, client }) => `${who.key}\n${client}`)) {
      const use = uses[0]!
      const { who, client } = use
      yield {
        subject: `${who.principal.id} with ${client}`,
        severity: severityOf(use, now),
        title: `${Who(who.principal)} fetched credentials of a pod with ${program(client)}${isNode(use) ? '' : ', and is no node'}`,
        normal:
          'The agent on each node does this, with the AWS SDK for Go and the credentials of its node.',
        principal: who.principal,
        uses,
      }
    }
  },

  examples: [
    fires(
      'by hand on a node',
      () =>
        usualAnd(called(NODE, NODE_ROLE, ACTION, { marks: MARK.fromInstance, client: 'aws-cli' })),
      'high',
    ),
    fires('by a workload', () => usualAnd(called(CHECKOUT, role('checkout'), ACTION)), 'high'),
    quiet('the agent', () =>
      usualAnd(called(NODE, NODE_ROLE, ACTION, { marks: MARK.fromInstance })),
    ),
    quiet('the agent of an instance that is named by its role alone', () =>
      usualAnd(
        called(someone('role', NODE_ROLE, { account: '111122223333' }), NODE_ROLE, ACTION, {
          marks: MARK.fromInstance,
        }),
      ),
    ),
  ],
}

const isNode = ({ who, marks }: Use): boolean =>
  who.principal.kind === 'node' || (marks & MARK.fromInstance) !== 0

const isAgent = (use: Use): boolean =>
  isNode(use) && (use.client === 'sdk-go' || use.client === 'other')

/** Should the agent be built anew one day, all nodes show it. */
function severityOf(use: Use, { hour }: Now): Severity {
  if (!isNode(use)) return 'high'
  const alike = hour.calls.filter(
    ({ action, client }) => action === ACTION && client === use.client,
  )
  return new Set(alike.map(({ who }) => who)).size >= 3 ? 'low' : 'high'
}
