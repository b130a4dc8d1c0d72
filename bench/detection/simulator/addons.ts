import { type Call, DISCOVERY, dynamodb, iam, type Owner, plain, s3, secret } from './calls.ts'
import type { Random } from './chance.ts'
import { newClient } from './clients.ts'
import type { Cluster, Company, Work, Workload } from './company.ts'
import { Timeline } from './time.ts'
import { newWorkload } from './workloads.ts'

interface Addon {
  readonly name: string
  readonly namespace?: string
  readonly product: string
  readonly family?: 'go1' | 'go2' | 'python'
  readonly work: readonly (readonly [Call, perHour: number])[]
  readonly rare?: readonly (readonly [Call, perDay: number])[]
  readonly nightly?: boolean
}

const ec2 = (name: string, request: unknown = {}): Call => plain('ec2', name, request)
const elb = (name: string, request: unknown = {}): Call =>
  plain('elasticloadbalancing', name, request)
const scaling = (name: string, request: unknown = {}): Call => plain('autoscaling', name, request)
const dns = (name: string, request: unknown): Call =>
  plain('route53', name, request, { region: 'us-east-1', host: 'route53.amazonaws.com' })

/** What the controllers of an EKS cluster really call, from their published IAM policies. */
function addonsOf(company: Company, cluster: Cluster, random: Random): Addon[] {
  const at: Owner = { account: cluster.account, region: cluster.region }
  const zone = `Z0${random.hex(18).toUpperCase()}`
  const karpenter: Addon = {
    name: 'karpenter',
    product: 'karpenter.sh-1.6.2',
    work: [
      [ec2('DescribeInstanceTypes'), 1],
      [ec2('DescribeSubnets'), 0.5],
      [ec2('DescribeSpotPriceHistory'), 0.3],
      [plain('pricing', 'GetProducts', {}, { region: 'us-east-1' }), 0.1],
      [ec2('CreateFleet', { CreateFleetRequest: { Type: 'instant' } }), 0.4],
      [{ ...ec2('RunInstances', { instancesSet: {} }), by: 'ec2fleet.amazonaws.com' }, 0.4],
      [ec2('TerminateInstances', { instancesSet: {} }), 0.2],
      [ec2('CreateTags', {}), 0.3],
      [plain('sqs', 'ReceiveMessage', { queueUrl: 'karpenter' }, { isData: true }), 1],
      [plain('eks', 'DescribeCluster', { name: cluster.name }), 0.1],
    ],
    rare: [
      [ec2('CreateLaunchTemplate', {}), 0.6],
      [ec2('DeleteLaunchTemplate', {}), 0.4],
      [iam('CreateInstanceProfile', { instanceProfileName: `${cluster.name}_1` }), 0.08],
      [iam('AddRoleToInstanceProfile', { roleName: cluster.nodeRole.name }), 0.08],
    ],
  }
  const autoscaler: Addon = {
    name: 'cluster-autoscaler',
    product: 'cluster-autoscaler/v1.33.0',
    work: [
      [scaling('DescribeAutoScalingGroups', { maxRecords: 100 }), 3],
      [scaling('DescribeAutoScalingInstances'), 1],
      [ec2('DescribeLaunchTemplateVersions'), 0.5],
      [scaling('SetDesiredCapacity', { autoScalingGroupName: 'eks-workers' }), 0.3],
      [scaling('TerminateInstanceInAutoScalingGroup', {}), 0.2],
    ],
  }
  const all: Addon[] = [
    cluster.autoscaler === 'karpenter' ? karpenter : autoscaler,
    {
      name: 'aws-load-balancer-controller',
      product: 'elbv2.k8s.aws/v2.13.4',
      work: [
        [elb('DescribeLoadBalancers'), 1.5],
        [elb('DescribeTargetHealth'), 1.5],
        [elb('DescribeTags'), 0.5],
        [elb('RegisterTargets', { targets: [] }), 0.4],
        [elb('DeregisterTargets', { targets: [] }), 0.4],
        [ec2('DescribeSecurityGroups'), 0.5],
        [plain('wafv2', 'GetWebACLForResource', {}), 0.2],
      ],
      rare: [
        [elb('CreateTargetGroup', {}), 0.5],
        [elb('CreateLoadBalancer', {}), 0.15],
        [elb('CreateRule', {}), 0.3],
        [elb('ModifyListener', {}), 0.2],
        [ec2('AuthorizeSecurityGroupIngress', {}), 0.3],
        [ec2('CreateSecurityGroup', {}), 0.1],
        [
          iam('CreateServiceLinkedRole', { aWSServiceName: 'elasticloadbalancing.amazonaws.com' }),
          0.02,
        ],
      ],
    },
    {
      name: 'ebs-csi-controller-sa',
      product: 'ebs.csi.aws.com/v1.48.0',
      work: [
        [ec2('DescribeVolumes'), 1],
        [ec2('CreateVolume', { size: '20', encrypted: true }), 0.2],
        [ec2('AttachVolume', {}), 0.3],
        [ec2('DetachVolume', {}), 0.3],
        [
          {
            ...plain('kms', 'GenerateDataKeyWithoutPlaintext', {}, { readOnly: true }),
            by: 'ec2-frontend-api.amazonaws.com',
          },
          0.2,
        ],
        [{ ...plain('kms', 'CreateGrant', {}), by: 'ec2-frontend-api.amazonaws.com' }, 0.2],
      ],
      rare: [
        [ec2('DeleteVolume', {}), 1],
        [ec2('CreateSnapshot', {}), 0.3],
        [ec2('ModifyVolume', {}), 0.1],
      ],
    },
    {
      name: 'external-dns',
      product: 'ExternalDNS/v0.18.0',
      work: [
        [dns('ListHostedZones', {}), 1],
        [dns('ListResourceRecordSets', { hostedZoneId: zone }), 1.5],
        [dns('ChangeResourceRecordSets', { hostedZoneId: zone }), 0.15],
      ],
    },
    {
      name: 'cert-manager',
      namespace: 'cert-manager',
      product: 'cert-manager/v1.18.2',
      work: [[dns('GetChange', { id: 'C1' }), 0.05]],
      rare: [
        [dns('ChangeResourceRecordSets', { hostedZoneId: zone }), 0.25],
        [dns('ListHostedZonesByName', {}), 0.25],
      ],
    },
    {
      name: 'aws-node',
      product: 'amazon-vpc-cni-k8s/v1.20.1',
      work: [
        [ec2('DescribeNetworkInterfaces'), 1],
        [ec2('AssignPrivateIpAddresses', {}), 0.8],
        [ec2('CreateNetworkInterface', {}), 0.15],
        [ec2('AttachNetworkInterface', {}), 0.15],
        [ec2('ModifyNetworkInterfaceAttribute', {}), 0.15],
        [ec2('DeleteNetworkInterface', {}), 0.1],
      ],
    },
    {
      name: 'cloudwatch-agent',
      namespace: 'amazon-cloudwatch',
      product: 'CWAgent/1.300060.0',
      family: 'go1',
      work: [
        [ec2('DescribeTags'), 0.5],
        [plain('logs', 'CreateLogStream', { logGroupName: `/eks/${cluster.name}` }), 1],
      ],
      rare: [[plain('logs', 'CreateLogGroup', { logGroupName: `/eks/${cluster.name}/new` }), 0.1]],
    },
  ]
  if (random.chance(0.6)) {
    const count = random.between(8, 25)
    all.push({
      name: 'external-secrets',
      namespace: 'external-secrets',
      product: 'external-secrets/v0.19.2',
      // It refreshes every secret of the cluster in turn, and each new one.
      work: Array.from(
        { length: count },
        (_, i) => [secret(`apps/${cluster.name}/${i}`, at), 0.25] as const,
      ),
      rare: Array.from(
        { length: 4 },
        (_, i) => [secret(`apps/${cluster.name}/later-${i}`, at), 0.1] as const,
      ),
    })
  }
  if (random.chance(0.5))
    all.push({
      name: 'velero-server',
      namespace: 'velero',
      product: 'velero/v1.16.2',
      nightly: true,
      work: [
        [s3('PutObject', `acme-velero-${cluster.account}`, cluster.account), 20],
        [s3('GetObject', `acme-velero-${cluster.account}`, cluster.account), 5],
        [ec2('CreateSnapshot', {}), 8],
        [ec2('DescribeSnapshots'), 4],
      ],
    })
  if (random.chance(0.35))
    all.push({
      name: 'ack-iam-controller',
      namespace: 'ack-system',
      product: 'aws-controllers-k8s/iam.services.k8s.aws-v1.5.2',
      work: [
        [iam('GetRole', { roleName: 'app' }), 1],
        [iam('ListRolePolicies', { roleName: 'app' }), 0.5],
      ],
      // A workload whose work is IAM.
      rare: [
        [iam('CreateRole', { roleName: `team-${random.hex(4)}` }), 0.3],
        [iam('PutRolePolicy', { roleName: `team-${random.hex(4)}` }), 0.5],
        [iam('UpdateAssumeRolePolicy', { roleName: `team-${random.hex(4)}` }), 0.2],
        [iam('TagRole', { roleName: 'app' }), 0.3],
      ],
    })
  if (random.chance(0.4))
    all.push({
      name: 'keda-operator',
      namespace: 'keda',
      product: 'keda/2.17.2',
      work: [
        [plain('sqs', 'GetQueueAttributes', { queueUrl: 'q' }), 3],
        [plain('cloudwatch', 'GetMetricData', {}), 2],
        [dynamodb('Query', 'keda', at), 0.5],
      ],
    })
  if (random.chance(0.3))
    all.push({
      name: 'cloud-custodian',
      namespace: 'governance',
      product: 'CloudCustodian/0.9.46',
      family: 'python',
      nightly: true,
      // It lists everything there is, every night.
      work: DISCOVERY.map((call) => [call, 4] as const),
    })
  if (company.joining === cluster) return all.slice(0, 5)
  return all
}

/** The add-ons of every cluster, as workloads like any others. */
export function newAddons(company: Company, random: Random): Workload[] {
  return company.clusters.flatMap((cluster) =>
    addonsOf(company, cluster, random).map((addon, index) =>
      newWorkload(company, random, cluster, index, {
        namespace: addon.namespace ?? 'kube-system',
        serviceAccount: addon.name,
        identity: random.chance(0.3) ? 'pod-identity' : 'irsa',
        role: new Timeline(
          company.role(cluster.account, '/addons/', `${cluster.name}-${addon.name}`),
        ),
        client: new Timeline(newClient(random, addon.family ?? 'go2', addon.product)),
        rhythm:
          addon.nightly === true
            ? {
                kind: 'cron',
                every: 'day',
                hour: random.below(6),
                minute: random.below(60),
                length: 1500,
              }
            : { kind: 'steady' },
        replicas: addon.name === 'aws-node' ? 2 : 1,
        starts: [],
        work: addon.work.map(([call, perHour]): Work => ({ call, perHour })),
        rare: (addon.rare ?? []).map(([call, perDay]) => ({ call, perDay })),
        further: [],
        usesGlobalSts: false,
        hands: null,
        presigns: null,
        isAddon: true,
      }),
    ),
  )
}
