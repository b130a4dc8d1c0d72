const LOGS = ['logs:CreateLogStream', 'logs:PutLogEvents']
const CONSUME = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']
const READ = ['dynamodb:BatchGetItem', 'dynamodb:Query']
const FACTS = [...READ, 'dynamodb:BatchWriteItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem']
/** Deltas that stand in the bucket of facts: written once, never removed. */
const LONG_FACTS = ['s3:GetObject', 's3:PutObject']
const CHANGE = ['dynamodb:BatchWriteItem', 'dynamodb:DeleteItem', 'dynamodb:PutItem']
/** What Lambda does with the function's role where a scheduled run failed for good. */
const UNDELIVERED = ['sqs:SendMessage', 'kms:Decrypt', 'kms:GenerateDataKey']

/** A message to a queue, which is encrypted. */
const TELL = ['sqs:SendMessage', 'kms:Decrypt', 'kms:GenerateDataKey']
/** What is declared: the same as deploy/member-role.yml has. */
export const DECLARED = [
  'iam:GetAccountAuthorizationDetails',
  'iam:ListOpenIDConnectProviders',
  'iam:GetOpenIDConnectProvider',
  'eks:ListClusters',
  'eks:DescribeCluster',
  'eks:ListPodIdentityAssociations',
  'eks:DescribePodIdentityAssociation',
  'eks:ListFargateProfiles',
  'eks:DescribeFargateProfile',
  'eks:ListNodegroups',
  'eks:DescribeNodegroup',
]

/** What each function may do. A change here is a change of what podtrail may do to those who run it: review it as such. */
export const REVIEWED: Readonly<Record<string, readonly string[]>> = {
  Ingest: [...LOGS, ...CONSUME, ...TELL, ...FACTS, ...LONG_FACTS],
  Fastpath: [...LOGS, ...CONSUME, ...TELL, ...FACTS, ...LONG_FACTS],
  Rollup: [
    ...LOGS,
    ...CONSUME,
    'sqs:SendMessage',
    'kms:Decrypt',
    'kms:GenerateDataKey',
    ...FACTS,
    's3:GetObject',
    'dynamodb:DeleteItem',
  ],
  Drift: [
    ...LOGS,
    ...CONSUME,
    ...TELL,
    ...DECLARED,
    'sts:AssumeRole',
    ...READ,
    'dynamodb:BatchWriteItem',
    'dynamodb:PutItem',
    'dynamodb:DeleteItem',
  ],
  Coverage: [
    ...LOGS,
    ...UNDELIVERED,
    ...READ,
    'dynamodb:BatchWriteItem',
    'cloudtrail:DescribeTrails',
    'cloudtrail:GetEventSelectors',
    'cloudtrail:GetTrailStatus',
    'cloudtrail:ListPublicKeys',
    's3:GetObject',
    's3:ListBucket',
  ],
  Detect: [...LOGS, ...UNDELIVERED, ...READ, 's3:GetObject', ...CHANGE],
  Dispatch: [...LOGS, ...UNDELIVERED, 'sns:Publish', ...READ, ...CHANGE],
  Api: [...LOGS, ...READ, 's3:GetObject', ...CHANGE, 'dynamodb:UpdateItem'],
}

/** Stars in resources, and why they are as narrow as they can be. */
export const WILDCARDS: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [
    /^\*$/,
    'only reads what is declared: lists have no resource, and what there is is to be found out',
  ],
  [
    /^arn:\$\{AWS::Partition\}:iam::\*:role\/[\w+=,.@/-]+$/,
    'one role in each account of ours, whose trust names who may assume it',
  ],
  [
    /:log-group:\/aws\/lambda\/podtrail-[a-z]+:\*$/,
    'streams of the own log group get their names from Lambda',
  ],
  [/^\$\{Facts\.Arn\}\/deltas\/\*$/, 'names of facts follow from their content'],
  [
    /^arn:\$\{AWS::Partition\}:s3:::acme-cloudtrail\/AWSLogs\/\*$/,
    'all log files below the given prefix',
  ],
]
