import type { Random } from './chance.ts'

/** One API call, apart from who makes it. */
export interface Call {
  /** First label of the event source. */
  readonly service: string
  readonly name: string
  readonly readOnly: boolean
  readonly isData: boolean
  /** JSON. */
  readonly request: (random: Random) => string
  readonly response?: (random: Random) => string
  /** JSON of `resources`; `KEY` in an object's ARN is the one of the request. */
  readonly resources?: string
  /** Where the service logs, when not in the caller's region. */
  readonly region?: string
  readonly host?: string
  /** The service calls KMS for the session, which leaves a record without a key. */
  readonly decrypts?: string
  /** Made by this service in the name of the session: no key, and the service's name for an address. */
  readonly by?: string
}

const fixed = (text: string) => () => text

/** A call that names nothing, or what stands in its parameters. */
export const plain = (
  service: string,
  name: string,
  request: unknown = null,
  rest: Partial<Call> = {},
): Call => ({
  service,
  name,
  readOnly: /^(?:Get|List|Describe|Batch(?:Get|Check)|Head|Search|Lookup)/.test(name),
  isData: false,
  request: fixed(JSON.stringify(request)),
  ...rest,
})

export const iam = (name: string, request: unknown, rest: Partial<Call> = {}): Call =>
  plain('iam', name, request, { region: 'us-east-1', host: 'iam.amazonaws.com', ...rest })

export type Owner = { readonly account: string; readonly region: string }

export function s3(
  name: 'GetObject' | 'PutObject' | 'HeadObject' | 'DeleteObject',
  bucket: string,
  account: string,
): Call {
  return {
    service: 's3',
    name,
    readOnly: name === 'GetObject' || name === 'HeadObject',
    isData: true,
    request: (random) =>
      `{"bucketName":"${bucket}","Host":"${bucket}.s3.amazonaws.com","key":"${random.hex(2)}/${random.hex(12)}.bin"}`,
    resources: `[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::${bucket}/x"},{"accountId":"${account}","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::${bucket}"}]`,
    host: `${bucket}.s3.amazonaws.com`,
  }
}

export const listObjects = (bucket: string, account: string): Call => ({
  ...s3('GetObject', bucket, account),
  name: 'ListObjects',
  request: fixed(`{"bucketName":"${bucket}","Host":"${bucket}.s3.amazonaws.com","list-type":"2"}`),
  resources: `[{"accountId":"${account}","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::${bucket}"}]`,
})

export const listBuckets = (): Call =>
  plain('s3', 'ListBuckets', { Host: 's3.amazonaws.com' }, { region: 'us-east-1' })

function dataCall(
  service: string,
  name: string,
  readOnly: boolean,
  request: unknown,
  type: string,
  arn: string,
  account: string,
): Call {
  return {
    service,
    name,
    readOnly,
    isData: true,
    request: fixed(JSON.stringify(request)),
    resources: JSON.stringify([{ accountId: account, type, ARN: arn }]),
  }
}

export function dynamodb(
  name: 'GetItem' | 'PutItem' | 'Query' | 'UpdateItem' | 'Scan',
  table: string,
  at: Owner,
): Call {
  const arn = `arn:aws:dynamodb:${at.region}:${at.account}:table/${table}`
  const readOnly = name === 'GetItem' || name === 'Query' || name === 'Scan'
  return dataCall(
    'dynamodb',
    name,
    readOnly,
    { tableName: table },
    'AWS::DynamoDB::Table',
    arn,
    at.account,
  )
}

export function sqs(
  name: 'ReceiveMessage' | 'SendMessage' | 'DeleteMessage',
  queue: string,
  at: Owner,
): Call {
  const arn = `arn:aws:sqs:${at.region}:${at.account}:${queue}`
  const request = { queueUrl: `https://sqs.${at.region}.amazonaws.com/${at.account}/${queue}` }
  return dataCall('sqs', name, false, request, 'AWS::SQS::Queue', arn, at.account)
}

export function sns(topic: string, at: Owner): Call {
  const arn = `arn:aws:sns:${at.region}:${at.account}:${topic}`
  return dataCall('sns', 'Publish', false, { topicArn: arn }, 'AWS::SNS::Topic', arn, at.account)
}

export function invoke(name: string, at: Owner): Call {
  const arn = `arn:aws:lambda:${at.region}:${at.account}:function:${name}`
  return dataCall(
    'lambda',
    'Invoke',
    false,
    { functionName: arn },
    'AWS::Lambda::Function',
    arn,
    at.account,
  )
}

/** Reading a secret; KMS decrypts it in the name of the session. */
export function secret(name: string, at: Owner): Call {
  const arn = `arn:aws:secretsmanager:${at.region}:${at.account}:secret:${name}`
  return plain('secretsmanager', 'GetSecretValue', { secretId: arn }, { decrypts: kmsKey(at) })
}

export const parameter = (name: string): Call =>
  plain('ssm', 'GetParameter', { name, withDecryption: true })

const kmsKey = (at: Owner): string =>
  `arn:aws:kms:${at.region}:${at.account}:key/1234abcd-12ab-34cd-56ef-${at.account}`

export const kms = (name: 'Decrypt' | 'GenerateDataKey', at: Owner): Call =>
  plain(
    'kms',
    name,
    name === 'Decrypt'
      ? { keyId: kmsKey(at), encryptionAlgorithm: 'SYMMETRIC_DEFAULT' }
      : { keyId: kmsKey(at), keySpec: 'AES_256' },
    {
      readOnly: true,
      resources: JSON.stringify([
        { accountId: at.account, type: 'AWS::KMS::Key', ARN: kmsKey(at) },
      ]),
    },
  )

export const callerIdentity = (): Call => plain('sts', 'GetCallerIdentity')

/** What somebody does first who does not know where they are. */
export const DISCOVERY: readonly Call[] = [
  callerIdentity(),
  listBuckets(),
  iam('ListRoles', null),
  iam('ListUsers', null),
  iam('ListAttachedRolePolicies', { roleName: 'admin' }),
  iam('GetAccountAuthorizationDetails', null),
  iam('GetAccountSummary', null),
  iam('ListPolicies', { scope: 'Local' }),
  plain('secretsmanager', 'ListSecrets', {}),
  plain('ssm', 'DescribeParameters', {}),
  plain('kms', 'ListKeys', {}),
  plain('kms', 'ListAliases', {}),
  plain('lambda', 'ListFunctions20150331', {}),
  plain('ec2', 'DescribeInstances', {}),
  plain('ec2', 'DescribeSecurityGroups', {}),
  plain('ec2', 'DescribeVpcs', {}),
  plain('ec2', 'DescribeSnapshots', {}),
  plain('rds', 'DescribeDBInstances', {}),
  plain('eks', 'ListClusters', null),
  plain('ecr', 'DescribeRepositories', {}),
  plain('dynamodb', 'ListTables', {}),
  plain('organizations', 'ListAccounts', {}),
  plain('cloudtrail', 'DescribeTrails', null),
  plain('guardduty', 'ListDetectors', null),
  plain('sns', 'ListTopics', {}),
  plain('sqs', 'ListQueues', {}),
]
