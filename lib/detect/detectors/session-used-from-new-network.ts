import { MARK } from '../../graph/signals.ts'
import { roleName } from '../../identity/arn.ts'
import type { Severity } from '../../rule.ts'
import { isPortable } from '../actions.ts'
import { type Detector, fires, quiet } from '../detector.ts'
import { distinct } from '../group.ts'
import { networkKind } from '../network.ts'
import {
  CART,
  CHECKOUT,
  called,
  days,
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
  usualAnd,
} from '../sample.ts'
import type { Hour, Use } from '../use.ts'
import { listed, Who } from '../words.ts'

export const sessionUsedFromNewNetwork: Detector = {
  id: 'session-used-from-new-network',
  title: 'Session key used where its workload never was',
  severity: 'critical',
  isLearner: true,
  attack: ['T1550.001', 'T1552.005', 'T1078.004'],
  why: 'The three parts of a session key work from anywhere. Read from a pod, a crash dump or a node, they are the workload until they expire.',
  blindSpots:
    'A key that is used through the gateway or endpoint of its own cluster looks like the pod; its program and its actions may still give it away. Calls that a service makes for the session have no address of their own and are left out. Of a workload that hands out signed links, calls on objects with the program that opens them are taken for such. Data events that the trail does not record are not seen.',
  runbook: [
    'Look up who owns `networks`, and whether one of your gateways or endpoints is as new as that: the day before `firstSeen`.',
    'List what was done from there: podtrail trace ADDRESS, and podtrail what NS/SA --since 1d.',
    'If it is none of yours, revoke the sessions of `role` now, and look for how the key left: logs of the pod and of its node, 24 hours back.',
    'If it is yours, add it to network in podtrail.yaml today.',
  ],

  *look({ hour, whereabouts }) {
    for (const { who, name, uses, strange } of whereabouts.strangers(inHour(hour))) {
      // Where the token itself was used from there, that is the finding.
      if (uses.some(isToken)) continue
      const use = uses[0]!
      const { network } = use
      const isLink = uses.every(isPortable)
      yield {
        // Links are opened from anywhere; that they are handed out is one thing to say.
        subject: isLink ? `links of ${who.principal.id}` : `${who.principal.id} from ${name}`,
        severity: isLink || strange.likely ? 'low' : severityFrom(network),
        title: `${isLink ? 'A link that was signed with a' : 'A'} session of ${Who(who.principal)}${asRole(use)} was used from ${network}, where its cluster never was: ${listed(
          distinct(uses, ({ action }) => action),
          3,
        )}`,
        normal: strange.why,
        principal: who.principal,
        uses,
        joins: [`network ${name}`],
      }
    }
  },

  examples: [
    fires(
      'a key read from a pod, used at a stranger’s',
      () => usualAnd(called(CHECKOUT, role('checkout'), 'sqs:SendMessage', { network: STRANGER })),
      'critical',
    ),
    fires(
      'credentials of a node, used at a stranger’s',
      () =>
        usualAnd(
          called(NODE, NODE_ROLE, 'ec2:DescribeInstances', {
            network: STRANGER,
            marks: MARK.fromInstance,
          }),
        ),
      'critical',
    ),
    fires(
      'through an endpoint of somebody else',
      () =>
        usualAnd(
          called(SEARCH, role('search'), 's3:GetObject', {
            network: 'vpce-0badbadbadbadbad0',
            client: 'sdk-js',
          }),
        ),
      'high',
    ),
    fires(
      'the first link that it hands out is opened in a browser',
      () =>
        usualAnd(
          called(SEARCH, role('search'), 's3:GetObject', { network: STRANGER, client: 'console' }),
        ),
      'low',
    ),
    fires(
      'objects are read with its own SDK elsewhere, though it hands out links all the time',
      () =>
        usualAnd(
          ...[16, 9, 0].map((day) =>
            called(SEARCH, role('search'), 's3:GetObject', {
              network: `198.51.100.${day}`,
              client: day === 0 ? 'sdk-js' : 'console',
              at: THEN - days(day),
            }),
          ),
        ),
      'critical',
    ),
    quiet('its endpoint for objects, now for another call', () =>
      usualAnd(
        ...[16, 9, 0].map((day) =>
          called(SEARCH, role('search'), day === 0 ? 's3:DeleteObject' : 's3:GetObject', {
            network: 'vpce-0a1b2c3d4e5f60718',
            client: 'sdk-js',
            at: THEN - days(day),
          }),
        ),
      ),
    ),
    fires(
      'an object is read in the AWS CLI',
      () =>
        usualAnd(
          called(SEARCH, role('search'), 's3:GetObject', { network: STRANGER, client: 'aws-cli' }),
        ),
      'critical',
    ),
    quiet('links are opened all the time', () =>
      usualAnd(
        ...[16, 9, 0].map((day) =>
          called(SEARCH, role('search'), 's3:GetObject', {
            network: `198.51.100.${day}`,
            client: 'console',
            at: THEN - days(day),
          }),
        ),
      ),
    ),
    quiet('a service calls for the session', () =>
      usualAnd(
        called(CHECKOUT, role('checkout'), 'kms:Decrypt', {
          network: 'sqs.amazonaws.com',
          marks: MARK.byService,
        }),
      ),
    ),
    quiet('everybody has moved to a new gateway', () =>
      usualAnd(
        ...(
          [
            [CHECKOUT, 'sdk-go'],
            [CART, 'sdk-go'],
            [SEARCH, 'sdk-js'],
            [REFUNDS, 'sdk-java'],
          ] as const
        ).map(([who, client], index) =>
          called(who, role(who.serviceAccount!), 'sqs:SendMessage', {
            network: OTHER_GATEWAY,
            client,
            at: THEN + minutes(59 + index),
          }),
        ),
      ),
    ),
    quiet('a new node with an address of its own', () =>
      usualAnd(
        called({ ...NODE, id: 'i-0cccc3333dddd4444' }, NODE_ROLE, 'eks:DescribeCluster', {
          network: OTHER_GATEWAY,
          marks: MARK.fromInstance,
        }),
        called(CART, role('cart'), 'dynamodb:GetItem', {
          network: OTHER_GATEWAY,
          at: THEN + hours(1),
        }),
      ),
    ),
    quiet('an address that the settings name', () => ({
      ...usualAnd(issued(CHECKOUT, role('ledger'), { network: STRANGER, via: [role('checkout')] })),
      config: { accounts: [], clusters: [], network: { egress: [STRANGER], vpcEndpoints: [] } },
    })),
  ],
}

function* inHour({ calls, tries, issues }: Hour): Iterable<Use> {
  yield* calls
  yield* tries
  yield* issues
}

/** A token was traded in, and no session used. */
const isToken = ({ kind, via }: Use): boolean => kind === 'issue' && via.length === 0

const severityFrom = (network: string): Severity =>
  networkKind(network) === 'endpoint' ? 'high' : 'critical'

const asRole = ({ role: arn }: Use): string => (arn === '' ? '' : ` as ${roleName(arn)}`)
