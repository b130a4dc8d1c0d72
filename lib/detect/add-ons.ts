import type { Principal } from '../model.ts'

/**
 * ServiceAccounts that AWS add-ons and common controllers use, each with the actions it is made for. Namespace and name alone excuse
 * nothing: whatever lies outside these actions is looked at as for anyone, and networks, clients and roles always are. So whoever takes
 * the name of an add-on, or its token, gains the silence of that add-on's own work and no more.
 * Actions as in the policies that their installation guides publish.
 */
interface AddOn {
  readonly namespaces: readonly string[]
  readonly names: readonly string[]
  readonly actions: RegExp
}

const ADD_ONS: readonly AddOn[] = [
  {
    namespaces: ['kube-system'],
    names: ['aws-load-balancer-controller'],
    actions:
      /^(?:elasticloadbalancing:|ec2:(?:Describe|GetCoipPoolUsage|GetSecurityGroupsForVpc|CreateSecurityGroup|CreateTags|DeleteTags|DeleteSecurityGroup|AuthorizeSecurityGroupIngress|RevokeSecurityGroupIngress)|acm:(?:List|Describe)Certificates?$|wafv2:|waf-regional:|shield:|cognito-idp:DescribeUserPoolClient$|iam:(?:CreateServiceLinkedRole|ListServerCertificates|GetServerCertificate)$)/,
  },
  {
    namespaces: ['kube-system'],
    names: ['ebs-csi-controller-sa', 'ebs-csi-node-sa'],
    actions:
      /^(?:ec2:(?:Describe|CreateSnapshot|CreateVolume|CreateTags|DeleteTags|AttachVolume|DetachVolume|ModifyVolume|DeleteVolume|DeleteSnapshot|EnableFastSnapshotRestores|LockSnapshot)|kms:(?:CreateGrant|ListGrants|RevokeGrant|Encrypt|Decrypt|ReEncrypt|GenerateDataKey|DescribeKey))/,
  },
  {
    namespaces: ['kube-system'],
    names: ['efs-csi-controller-sa', 'efs-csi-node-sa'],
    actions: /^(?:elasticfilesystem:|ec2:DescribeAvailabilityZones$)/,
  },
  {
    namespaces: ['kube-system'],
    names: ['cluster-autoscaler', 'cluster-autoscaler-aws-cluster-autoscaler'],
    actions:
      /^(?:autoscaling:|ec2:(?:Describe|GetInstanceTypesFromInstanceRequirements)|eks:DescribeNodegroup$)/,
  },
  {
    namespaces: ['karpenter', 'kube-system'],
    names: ['karpenter'],
    actions:
      /^(?:ec2:(?:Describe|CreateFleet|RunInstances|CreateLaunchTemplate|DeleteLaunchTemplate|CreateTags|TerminateInstances)|pricing:GetProducts$|ssm:GetParameter$|eks:DescribeCluster$|sqs:(?:DeleteMessage|GetQueueUrl|ReceiveMessage)$|iam:(?:PassRole|CreateInstanceProfile|TagInstanceProfile|AddRoleToInstanceProfile|RemoveRoleFromInstanceProfile|DeleteInstanceProfile|GetInstanceProfile|ListInstanceProfiles)$)/,
  },
  {
    namespaces: ['external-dns', 'kube-system'],
    names: ['external-dns'],
    actions: /^route53:(?:ChangeResourceRecordSets|List|GetChange|GetHostedZone)/,
  },
  {
    namespaces: ['cert-manager'],
    names: ['cert-manager'],
    actions:
      /^route53:(?:ChangeResourceRecordSets|ListResourceRecordSets|ListHostedZonesByName|GetChange)$/,
  },
  {
    namespaces: ['kube-system'],
    names: ['aws-node'],
    actions:
      /^ec2:(?:Describe|Assign|Unassign|AttachNetworkInterface|CreateNetworkInterface|DeleteNetworkInterface|DetachNetworkInterface|ModifyNetworkInterfaceAttribute|CreateTags)/,
  },
  {
    namespaces: ['kube-system', 'amazon-cloudwatch', 'logging'],
    names: ['aws-for-fluent-bit', 'fluent-bit', 'cloudwatch-agent'],
    actions:
      /^(?:logs:|cloudwatch:PutMetricData$|monitoring:PutMetricData$|ec2:Describe(?:Tags|Volumes|Instances)$|xray:Put|ssm:GetParameter$)/,
  },
  {
    namespaces: ['external-secrets'],
    names: ['external-secrets'],
    actions:
      /^(?:secretsmanager:(?:GetResourcePolicy|GetSecretValue|BatchGetSecretValue|DescribeSecret|ListSecretVersionIds|ListSecrets)|ssm:(?:GetParameters?|GetParametersByPath|DescribeParameters))$/,
  },
  // Controllers that make roles for others are powerful by nature; users and keys are none of their usual work.
  {
    namespaces: ['ack-system'],
    names: ['ack-iam-controller'],
    actions:
      /^iam:(?:Create|Delete|Get|List|Update|Tag|Untag|Attach|Detach|Put)(?:Role|Policy|InstanceProfile|OpenIDConnectProvider|AssumeRolePolicy|Roles|Policies|PolicyVersion|RolePolicy|AttachedRolePolicies|RolePolicies|RoleTags|PolicyTags)/,
  },
  {
    namespaces: ['velero'],
    names: ['velero', 'velero-server'],
    actions: /^(?:s3:|ec2:(?:Describe|CreateTags|CreateVolume|CreateSnapshot|DeleteSnapshot))/,
  },
]

/** Whether an action is what the principal, as an add-on, is made for. */
export function isAddOnWork(
  { kind, namespace, serviceAccount }: Principal,
  action: string,
): boolean {
  if (kind !== 'workload') return false
  return ADD_ONS.some(
    ({ namespaces, names, actions }) =>
      names.includes(serviceAccount ?? '') &&
      namespaces.includes(namespace ?? '') &&
      actions.test(action),
  )
}
