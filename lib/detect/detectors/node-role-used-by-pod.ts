import { MARK } from '../../graph/signals.ts'
import { roleName } from '../../identity/arn.ts'
import type { Client } from '../../identity/client.ts'
import type { Severity } from '../../rule.ts'
import { isNodeWork, isOnlyNodeWork, sensitivityOf } from '../actions.ts'
import { type Detector, fires, type Now, quiet } from '../detector.ts'
import { distinct, grouped } from '../group.ts'
import { becomes } from '../memory.ts'
import { called, days, issued, NODE, NODE_ROLE, role, someone, THEN, usualAnd } from '../sample.ts'
import type { Use } from '../use.ts'
import { listed, Who } from '../words.ts'

const HANDS: readonly Client[] = ['aws-cli', 'boto', 'powershell', 'plain-http', 'attack-system']

export const nodeRoleUsedByPod: Detector = {
  id: 'node-role-used-by-pod',
  title: 'Credentials of a node do what only an application does',
  severity: 'high',
  attack: ['T1552.005', 'T1611', 'T1078.004'],
  why: 'A pod that reaches the metadata service of its node has the rights of the node, and with them a foothold beside all other pods on it.',
  blindSpots:
    'A pod that does nothing but what nodes do is not told apart. What applications on nodes without a role of their own did while podtrail learned is taken for normal.',
  runbook: [
    'Find the pods that ran on `principal` between `firstSeen` and `lastSeen`: kubectl get pods --field-selector spec.nodeName=NODE, and the audit log.',
    'Give the pod that needs it a role of its own this week; set the hop limit of instance metadata to 1.',
    'If none needs it, cordon the node now, and revoke the sessions of `role` older than now.',
  ],

  *look(now) {
    const suspects = [...now.hour.calls, ...now.hour.issues].filter((use) => isSuspect(use, now))
    const groups = grouped(
      suspects,
      ({ who, role: arn, via }) => `${who.key}\n${via.at(-1) ?? arn}`,
    )
    for (const uses of groups) {
      const { who, role: arn, via, kind } = uses[0]!
      const nodeRole = kind === 'issue' ? via.at(-1)! : arn
      const things = distinct(uses, (use) =>
        use.kind === 'issue' ? `role ${roleName(use.role)}` : use.action,
      )
      yield {
        subject: `${who.principal.id} with ${nodeRole}`,
        severity: severityOf(uses, now),
        title: `${Who(who.principal)} used its role ${roleName(nodeRole)} as an application would: ${listed(things, 3)}`,
        normal: `In the time that it is known, no node with this role did so. Nodes pull images, join the cluster and report.`,
        principal: who.principal,
        role: nodeRole,
        uses,
      }
    }
  },

  examples: [
    fires(
      'a secret is read',
      () =>
        usualAnd(
          called(NODE, NODE_ROLE, 'secretsmanager:GetSecretValue', {
            marks: MARK.fromInstance,
            client: 'boto',
          }),
        ),
      'high',
    ),
    fires(
      'another role is taken',
      () => usualAnd(issued(NODE, role('backup'), { via: [NODE_ROLE], marks: MARK.fromInstance })),
      'high',
    ),
    fires(
      'somebody looks around in a bucket',
      () => usualAnd(called(NODE, NODE_ROLE, 's3:ListObjects', { marks: MARK.fromInstance })),
      'medium',
    ),
    fires(
      'nothing but who am I, in the AWS CLI',
      () =>
        usualAnd(
          called(NODE, NODE_ROLE, 'sts:GetCallerIdentity', {
            marks: MARK.fromInstance,
            client: 'aws-cli',
          }),
        ),
      'medium',
    ),
    quiet('what nodes do, for the first time', () =>
      usualAnd(
        called(NODE, NODE_ROLE, 'ec2:AssignPrivateIpAddresses', { marks: MARK.fromInstance }),
      ),
    ),
    quiet('what nodes with this role always did', () =>
      usualAnd(
        ...[16, 0].map((day) =>
          called(NODE, NODE_ROLE, 's3:ListObjects', {
            marks: MARK.fromInstance,
            at: THEN - days(day),
          }),
        ),
      ),
    ),
    quiet('an instance that is no node of a cluster', () =>
      usualAnd(
        ...[16, 0].map((day) =>
          called(
            someone('node', 'i-0eeee5555ffff6666', { account: '111122223333' }),
            role('batch'),
            day === 0 ? 'sqs:SendMessage' : 's3:PutObject',
            { marks: MARK.fromInstance, at: THEN - days(day) },
          ),
        ),
      ),
    ),
  ],
}

function isSuspect(use: Use, { memory }: Now): boolean {
  if (use.who.principal.kind !== 'node') return false
  const nodeRole =
    use.kind === 'issue' ? use.via.at(-1) : use.via.length === 0 ? use.role : undefined
  const known = nodeRole === undefined ? undefined : memory.roles.get(nodeRole)
  if (known?.isNode !== true || !memory.isOld(known.first, use.first)) return false
  if (use.kind === 'issue') return !known.actions.has(becomes(use.role))
  if (use.action === 'sts:GetCallerIdentity' || isNodeWork(use.action))
    return (
      !isOnlyNodeWork(use.action) && HANDS.includes(use.client) && !known.clients.has(use.client)
    )
  return !known.actions.has(use.action) && use.outcome !== 'failed'
}

function severityOf(uses: readonly Use[], { hour, next }: Now): Severity {
  const { who, role: arn } = uses[0]!
  // New images and agents come to all nodes at once.
  const things = new Set(uses.map(thingOf))
  const others = new Set(
    [hour, ...(next === null ? [] : [next])].flatMap(({ calls }) =>
      calls.filter((use) => use.role === arn && things.has(thingOf(use))).map((use) => use.who),
    ),
  )
  others.delete(who)
  if (others.size >= 2) return 'low'
  const isGrave = uses.some(
    (use) =>
      use.kind === 'issue' || sensitivityOf(use.action) !== null || use.client === 'attack-system',
  )
  return isGrave || distinct(uses, (use) => use.action).length >= 3 ? 'high' : 'medium'
}

/** What was done: for what nodes do anyway, the program that did it. */
const thingOf = ({ action, client }: Use): string => (isNodeWork(action) ? client : action)
