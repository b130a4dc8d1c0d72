import { type Check, complies, couldNotLook, deviates, deviation, unread } from '../check.ts'
import { type Grant, grantsOf } from '../policy.ts'
import { roleArn, sample, sampleRole, trustOf } from '../sample.ts'
import type { DeclaredPolicy } from '../snapshot.ts'
import { listed, roleWords } from '../users.ts'
import type { Role, World } from '../world.ts'

const WORKER = 'arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy'

export const nodeRoleBroad: Check = {
  id: 'node-role-broad',
  title: 'Role of nodes has more than nodes need',
  severity: 'medium',
  attack: ['T1552.005', 'T1611'],
  why: 'Every pod that reaches the metadata service of its node has these rights, whatever its ServiceAccount.',
  blindSpots: 'Whether pods can reach the metadata service (hop limit) is not looked at.',
  runbook: [
    'Read what nodes did with it in the last 90 days beside node work: podtrail who ROLE --since 90d.',
    'Give the pods that need it a role of their own, then detach the policy as `fix` says, this week.',
  ],
  needs: ['trusts', 'policies', 'fargate-profiles'],

  *inspect(world) {
    for (const { called, nodeRolesMissing } of world.declared.clusters)
      if (nodeRolesMissing !== undefined) yield unread(`cluster ${called}`, nodeRolesMissing)
    for (const cluster of world.declared.clusters)
      for (const { name, executionRole } of cluster.fargateProfiles.items)
        if (executionRole === null)
          yield unread(
            `cluster ${cluster.called}`,
            `no output of "aws eks describe-fargate-profile" for ${name} of cluster ${cluster.called}`,
          )
    for (const role of nodeRoles(world)) {
      const own = role.policies.filter(({ arn }) => !isForNodes(arn))
      const { grants, unread: texts } = grantsOf(own)
      for (const policy of texts)
        yield unread(
          `role ${role.arn}`,
          `the text of policy ${policy.name} is not in the output of "aws iam get-account-authorization-details" (Policies)`,
        )
      const broad = new Map<DeclaredPolicy, string[]>()
      for (const grant of grants) {
        const beyond = beyondNodes(grant)
        if (beyond.length > 0)
          broad.set(grant.policy, [...(broad.get(grant.policy) ?? []), ...beyond])
      }
      if (broad.size === 0) continue
      const names = [...broad.keys()].map(({ name }) => name)
      yield deviation({
        subject: role.arn,
        title: `nodes with ${roleWords(role.arn)} may do ${listed([...new Set([...broad.values()].flat())])} (${listed(names)})`,
        declared: `policies ${listed(names)}`,
        fix: [...broad.keys()].map((policy) => ({ kind: 'detach-policy', role: role.arn, policy })),
      })
    }
  },

  examples: [
    deviates('S3 too', nodesWith({ name: 'data', document: grant('s3:*') })),
    deviates(
      'the execution role of Fargate',
      sample({
        roles: [
          nodeRole('fargate', [{ name: 'data', arn: null, document: grant('dynamodb:*') }], []),
        ],
        fargateProfiles: [{ name: 'default', executionRole: roleArn('fargate'), selectors: [] }],
      }),
    ),
    complies('what EKS asks for', nodesWith(null)),
    complies('logs too', nodesWith({ name: 'logs', document: grant('logs:PutLogEvents') })),
    couldNotLook(
      'node groups were not read',
      sample({ cluster: { nodeRolesMissing: 'access denied: eks:ListNodegroups' } }),
    ),
    couldNotLook(
      'a profile was only listed',
      sample({ fargateProfiles: [{ name: 'default', executionRole: null, selectors: [] }] }),
    ),
  ],
}

function grant(Action: string): object {
  return { Version: '2012-10-17', Statement: { Effect: 'Allow', Action, Resource: '*' } }
}

function nodeRole(name: string, policies: readonly DeclaredPolicy[], managed = [WORKER]) {
  return sampleRole({
    arn: roleArn(name),
    trust: trustOf({
      Effect: 'Allow',
      Principal: { Service: 'ec2.amazonaws.com' },
      Action: 'sts:AssumeRole',
    }),
    policies: [...managed.map((arn) => ({ name: 'worker', arn, document: null })), ...policies],
  })
}

function nodesWith(policy: { name: string; document: object } | null) {
  const policies = policy === null ? [] : [{ ...policy, arn: null }]
  return sample({ roles: [nodeRole('nodes', policies)] })
}

/** Roles of node groups and Fargate profiles, and those that have a policy of EKS for nodes. */
function nodeRoles({ declared }: World): Role[] {
  const named = new Set(
    declared.clusters.flatMap(({ nodeRoles: roles, fargateProfiles }) => [
      ...roles,
      ...fargateProfiles.items.flatMap(({ executionRole }) => executionRole ?? []),
    ]),
  )
  return declared.roles.filter(({ arn, policies }) => named.has(arn) || policies.some(isWorker))
}

function isWorker({ arn }: DeclaredPolicy): boolean {
  return arn !== null && /:policy\/AmazonEKSWorkerNode(?:Minimal)?Policy$/.test(arn)
}

/** https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html */
function isForNodes(arn: string | null): boolean {
  return (
    arn !== null &&
    /^arn:[^:]+:iam::aws:policy\/(?:AmazonEKSWorkerNode(?:Minimal)?Policy|AmazonEC2ContainerRegistry(?:ReadOnly|PullOnly)|AmazonEKS_CNI_Policy|AmazonEKSFargatePodExecutionRolePolicy|AmazonSSMManagedInstanceCore|CloudWatchAgentServerPolicy|AWSXRayDaemonWriteAccess)$/.test(
      arn,
    )
  )
}

/** Nodes pull images, describe themselves, write logs and metrics, and are managed. */
const NODE_WORK =
  /^(?:ecr(?:-public)?:|ec2:describe|ec2:(?:assign|unassign)|ec2:(?:create|delete|attach|detach|modify)networkinterface|eks:|eks-auth:|logs:|cloudwatch:put|ssm:|ssmmessages:|ec2messages:|autoscaling:describe|sts:getcalleridentity|sts:getservicebearertoken|xray:put|kms:decrypt)/

function beyondNodes({ actions, notActions }: Grant): string[] {
  if (notActions !== null) return ['everything but some']
  return actions.filter((action) => action === '*' || !NODE_WORK.test(action))
}
