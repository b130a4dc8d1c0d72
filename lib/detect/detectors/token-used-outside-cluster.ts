import { MARK } from '../../graph/signals.ts'
import { roleName } from '../../identity/arn.ts'
import { type Detector, fires, quiet } from '../detector.ts'
import { networkKind } from '../network.ts'
import {
  CART,
  CHECKOUT,
  called,
  days,
  GATEWAY,
  hours,
  issued,
  minutes,
  NODE,
  NODE_ROLE,
  OTHER_GATEWAY,
  REFUNDS,
  role,
  SEARCH,
  STRANGER,
  THEN,
  usual,
  usualAnd,
} from '../sample.ts'
import { Who } from '../words.ts'

export const tokenUsedOutsideCluster: Detector = {
  id: 'token-used-outside-cluster',
  title: 'Token of a ServiceAccount used outside its cluster',
  severity: 'critical',
  isLearner: true,
  attack: ['T1528', 'T1550.001', 'T1078.004'],
  why: 'The token in a pod is all that AWS asks for. Whoever reads it once is that workload, from anywhere, until it expires.',
  blindSpots:
    'A token that is used through the NAT gateway or endpoint of its own cluster looks like the pod. So does one whose thief is in a network that a fifth of the cluster has moved to in the same hour. Pod Identity has no token that works outside.',
  runbook: [
    'Look up who owns `networks`, and whether one of your NAT gateways got it in the day before `firstSeen`.',
    'See what the session did since then: podtrail trace EVENT-ID of `evidence`, for the 12 hours after `firstSeen`.',
    'If it is none of yours, act now: delete the pod so that its token is replaced, revoke the sessions of `role`, and look for how the token left (logs of the pod and of its node, 24 hours back).',
    'If it is yours, add it to network.egress in podtrail.yaml today.',
  ],

  *look({ hour, whereabouts, memory }) {
    const tokens = hour.issues.filter(({ via }) => via.length === 0)
    for (const { who, name, uses, strange } of whereabouts.strangers(tokens)) {
      const { network, role: arn } = uses[0]!
      const isOffice = memory.humanNetworks.has(name)
      yield {
        subject: `${who.principal.id} from ${name}`,
        severity: strange.likely
          ? 'low'
          : isOffice || networkKind(network) === 'endpoint'
            ? 'high'
            : 'critical',
        title: `The token of ${Who(who.principal)} was used from ${network}, where its cluster never was, to become ${roleName(arn)}${isOffice ? '; people work from there' : ''}`,
        normal: strange.why,
        principal: who.principal,
        uses,
        joins: [`network ${name}`],
      }
    }
  },

  examples: [
    fires(
      'from an address of the internet',
      () => usualAnd(issued(CHECKOUT, role('checkout'), { network: STRANGER })),
      'critical',
    ),
    fires(
      'from an endpoint of somebody else',
      () => usualAnd(issued(CHECKOUT, role('checkout'), { network: 'vpce-0badbadbadbadbad0' })),
      'high',
    ),
    quiet('through the gateway of the cluster', () =>
      usualAnd(issued(CHECKOUT, role('checkout'), { network: GATEWAY })),
    ),
    quiet('the address of the gateway has changed for all', () =>
      usualAnd(
        ...[CHECKOUT, REFUNDS, SEARCH, CART].map((who, index) =>
          issued(who, role(who.serviceAccount!), {
            network: OTHER_GATEWAY,
            at: THEN + minutes(50 + 5 * index),
            client: (['sdk-go', 'sdk-java', 'sdk-js', 'sdk-go'] as const)[index]!,
          }),
        ),
      ),
    ),
    quiet('a node has it too: a new zone', () =>
      usualAnd(
        called({ ...NODE, id: 'i-0cccc3333dddd4444' }, NODE_ROLE, 'ec2:DescribeInstances', {
          network: OTHER_GATEWAY,
          marks: MARK.fromInstance,
        }),
        issued(CHECKOUT, role('checkout'), { network: OTHER_GATEWAY, at: THEN + minutes(20) }),
      ),
    ),
    quiet('the settings name it', () => ({
      ...usualAnd(issued(CHECKOUT, role('checkout'), { network: STRANGER })),
      config: {
        accounts: [],
        clusters: [],
        network: { egress: [`${STRANGER}/32`], vpcEndpoints: [] },
      },
    })),
    quiet('a private address says nothing', () =>
      usualAnd(issued(CHECKOUT, role('checkout'), { network: '10.1.2.3' })),
    ),
    quiet('the cluster is new', () => ({
      seen: [
        ...usual(THEN - days(5), THEN + hours(1)),
        issued(CHECKOUT, role('checkout'), { network: STRANGER }),
      ],
    })),
  ],
}
