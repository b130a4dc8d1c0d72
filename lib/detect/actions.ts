import type { Client } from '../identity/client.ts'
import { remembered } from './remembered.ts'

/** What actions mean for detection. Names as CloudTrail records them: `service:EventName`. */

/** Who may become a role. */
export const isTrustChange = (action: string): boolean =>
  action === 'iam:UpdateAssumeRolePolicy' || action === 'iam:CreateRole'

/** New public addresses of our own. */
export const isAddressChange = (action: string): boolean =>
  action === 'ec2:CreateNatGateway' ||
  action === 'ec2:AllocateAddress' ||
  action === 'ec2:AssociateAddress' ||
  action === 'ec2:AssociateNatGatewayAddress'

export const isEndpointChange = (action: string): boolean => action === 'ec2:CreateVpcEndpoint'

export const isAssociationChange = (action: string): boolean =>
  action === 'eks:CreatePodIdentityAssociation' || action === 'eks:UpdatePodIdentityAssociation'

/** `control`: who may do what. `secret`: hands out credentials or secrets. `spend`: starts machines. `destroy`: cannot be undone. */
export type Sensitivity = 'control' | 'secret' | 'spend' | 'destroy'

const CONTROL =
  /^(?:iam:(?:Add|Attach|Create|Delete|Detach|Put|Remove|Set|Tag|Update|Upload|Deactivate|Enable)|organizations:(?:Attach|Create|Delete|Detach|Disable|Leave|Move|Put|Remove|Update|Invite)|cloudtrail:(?:Stop|Delete|Put|Update)|guardduty:(?:Delete|Stop|Update|Disassociate)|config:(?:Delete|Stop)|eks:(?:CreateAccessEntry|AssociateAccessPolicy|CreatePodIdentityAssociation|UpdatePodIdentityAssociation|AssociateIdentityProviderConfig)|kms:(?:PutKeyPolicy|CreateGrant)|s3:(?:PutBucketPolicy|PutBucketAcl|DeleteBucketPolicy|PutAccountPublicAccessBlock|DeleteAccountPublicAccessBlock|PutBucketPublicAccessBlock|DeleteBucketPublicAccessBlock|PutBucketReplication)|lambda:(?:AddPermission|UpdateFunctionCode|UpdateFunctionConfiguration)|secretsmanager:PutResourcePolicy|ec2:(?:ModifySnapshotAttribute|ModifyImageAttribute|AssociateIamInstanceProfile|ReplaceIamInstanceProfileAssociation)|rds:Modify(?:DBSnapshot|DBClusterSnapshot)Attribute|ecr:SetRepositoryPolicy|ssm:(?:SendCommand|StartSession)|sso:|sso-admin:(?:Attach|Create|Delete|Put|Provision)|sts:GetFederationToken|identitystore:(?:Create|Delete|Update))/
const SECRET =
  /^(?:secretsmanager:(?:GetSecretValue|BatchGetSecretValue)|ssm:GetParameters?(?:ByPath)?|ec2:GetPasswordData|codecommit:GitPull|lambda:GetFunction|redshift:GetClusterCredentials|rds:DownloadDBLogFilePortion)$/
const SPEND =
  /^(?:ec2:(?:RunInstances|RequestSpotInstances|RequestSpotFleet|CreateFleet)|ecs:RunTask|batch:SubmitJob|sagemaker:Create(?:TrainingJob|NotebookInstance|ProcessingJob|Endpoint)|lambda:CreateFunction|lightsail:CreateInstances|glue:CreateDevEndpoint|elasticmapreduce:RunJobFlow|bedrock:CreateProvisionedModelThroughput)/
const DESTROY =
  /^(?:s3:DeleteBucket|rds:Delete(?:DBInstance|DBCluster|DBSnapshot|DBClusterSnapshot)|dynamodb:(?:DeleteTable|DeleteBackup)|kms:(?:ScheduleKeyDeletion|DisableKey)|backup:Delete|efs:DeleteFileSystem|elasticfilesystem:DeleteFileSystem|eks:DeleteCluster|ec2:DeleteVolume|ec2:DeleteSnapshot|secretsmanager:DeleteSecret)/

export const sensitivityOf = remembered((action): Sensitivity | null => {
  if (SECRET.test(action)) return 'secret'
  if (CONTROL.test(action)) return 'control'
  if (SPEND.test(action)) return 'spend'
  return DESTROY.test(action) ? 'destroy' : null
})

/** Looks around: what there is, who may do what, who am I. Reading one's own data is none of it. */
const DISCOVERY =
  /^[a-z0-9-]+:(?:List(?!Objects|Parts|MultipartUploads|StreamRecords|Shards)|Describe(?!Table$|Stream|LogStreams)|Search|Lookup|GetCallerIdentity|GetAccount|Get(?:Role|User|Group|Policy|RolePolicy|UserPolicy|PolicyVersion|CredentialReport|LoginProfile|Bucket(?:Acl|Policy|PolicyStatus|Location|Versioning|Logging|Encryption|PublicAccessBlock)|KeyPolicy|ResourcePolicies|ResourcePolicy|Trail|TrailStatus|EventSelectors|Findings|Resources|CostAndUsage|OrganizationsAccessReport)\b)/

export const isDiscovery = remembered((action) => DISCOVERY.test(action))

/**
 * A signed request may be handed on, and whoever has it sends it from where they are: links to objects, and the proof of identity
 * that the API server of a cluster, or Vault, takes. So where such a call comes from says little of where the key is. Whoever sends it
 * needs no key and so no SDK: a call by an SDK or the AWS CLI was signed where it was sent.
 */
export const isPortable = ({ action, client }: { action: string; client: Client }): boolean =>
  PORTABLE.has(action) && SENDS_SIGNED.has(client)

const SENDS_SIGNED: ReadonlySet<Client> = new Set(['console', 'plain-http', 'other', 'none'])

const PORTABLE: ReadonlySet<string> = new Set([
  's3:GetObject',
  's3:HeadObject',
  's3:PutObject',
  's3:UploadPart',
  'sts:GetCallerIdentity',
])

export const serviceOf = (action: string): string => action.slice(0, action.indexOf(':'))

/** What nodes of a cluster do themselves: kubelet, bootstrap, the VPC CNI, log and metric agents, Systems Manager. */
const NODE_WORK =
  /^(?:eks:DescribeCluster$|eks-auth:|ecr:(?:Get|Batch(?:Get|Check)|Describe|ListImages|CreateRepository|BatchImportUpstreamImage)|ec2:(?:Describe|Assign|Unassign|AttachNetworkInterface|DetachNetworkInterface|CreateNetworkInterface|DeleteNetworkInterface|ModifyNetworkInterfaceAttribute|CreateTags|AttachVolume|DetachVolume|ModifyVolume)|ssm(?:messages|-agent)?:(?:UpdateInstance|Put|DescribeAssociation|ListAssociations|ListInstanceAssociations|GetDeployablePatchSnapshot|GetManifest|GetDocument|DescribeDocument|OpenControlChannel|OpenDataChannel|CreateControlChannel|CreateDataChannel|RegisterManagedInstance|RequestManagedInstanceRoleToken|DescribeInstance|GetParameters?$)|ec2messages:|ssmmessages:|logs:(?:Put|Create|Describe)|cloudwatch:PutMetricData|monitoring:PutMetricData|autoscaling:Describe|autoscaling:CompleteLifecycleAction|sts:GetCallerIdentity$|s3:(?:GetObject|HeadObject)$|kms:Decrypt$|xray:Put)/

export const isNodeWork = remembered((action) => NODE_WORK.test(action))

/** Only a node of a cluster does this: it fetches the credentials of pods, joins the cluster, gives pods addresses. */
export const isOnlyNodeWork = (action: string): boolean =>
  action === 'eks-auth:AssumeRoleForPodIdentity' ||
  action === 'eks:DescribeCluster' ||
  action === 'ec2:AssignPrivateIpAddresses'
