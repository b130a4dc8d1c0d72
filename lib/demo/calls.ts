import type { Random } from './random.ts'

/** One API call as CloudTrail would describe it, apart from who makes it. */
export interface ApiCall {
  /** First label of the event source: `s3` of `s3.amazonaws.com`. */
  service: string
  name: string
  readOnly: boolean
  /** A data event when false. */
  management: boolean
  version: string
  request: unknown
  response: unknown
  additional?: unknown
  resources?: unknown[]
  /** ARN of the bucket, table, queue, secret, key, function or log group; `*` when there is none. */
  container: string
  /** Where the service logs, when not in the caller's region. */
  region?: string
  host?: string
  /** What a refusal names, when it is not the container. */
  refusedResource?: string
}

const management = (
  service: string,
  name: string,
  readOnly: boolean,
  request: unknown,
  rest: Partial<ApiCall> = {},
): ApiCall => ({
  service,
  name,
  readOnly,
  management: true,
  version: '1.11',
  request,
  response: null,
  container: '*',
  ...rest,
})

/** S3 object data events. */
export function s3Object(
  random: Random,
  name: 'GetObject' | 'PutObject' | 'DeleteObject' | 'HeadObject',
  bucket: string,
  key: string,
  account: string,
): ApiCall {
  const put = name === 'PutObject'
  const host = `${bucket}.s3.amazonaws.com`
  return {
    service: 's3',
    name,
    readOnly: name === 'GetObject' || name === 'HeadObject',
    management: false,
    version: '1.11',
    request: { bucketName: bucket, Host: host, key },
    response: put ? { 'x-amz-server-side-encryption': 'AES256' } : null,
    additional: {
      SignatureVersion: 'SigV4',
      CipherSuite: 'TLS_AES_128_GCM_SHA256',
      bytesTransferredIn: put ? random.int(200, 90_000) : 0,
      AuthenticationMethod: 'AuthHeader',
      'x-amz-id-2': `${random.letters(24)}EXAMPLE=`,
      bytesTransferredOut: put ? 0 : random.int(200, 400_000),
    },
    resources: [
      { type: 'AWS::S3::Object', ARN: `arn:aws:s3:::${bucket}/${key}` },
      { accountId: account, type: 'AWS::S3::Bucket', ARN: `arn:aws:s3:::${bucket}` },
    ],
    container: `arn:aws:s3:::${bucket}`,
    host,
    refusedResource: `arn:aws:s3:::${bucket}/${key}`,
  }
}

/** S3 bucket calls: listing is a data event, policies are management events. */
export function s3Bucket(
  random: Random,
  name: 'ListObjects' | 'GetBucketPolicy' | 'PutBucketPolicy' | 'GetBucketAcl',
  bucket: string,
  account: string,
  request: Record<string, unknown> = {},
): ApiCall {
  const host = `${bucket}.s3.amazonaws.com`
  return {
    service: 's3',
    name,
    readOnly: name !== 'PutBucketPolicy',
    management: name !== 'ListObjects',
    version: '1.11',
    request: { ...request, bucketName: bucket, Host: host },
    response: null,
    additional: {
      SignatureVersion: 'SigV4',
      CipherSuite: 'TLS_AES_128_GCM_SHA256',
      bytesTransferredIn: 0,
      AuthenticationMethod: 'AuthHeader',
      'x-amz-id-2': `${random.letters(24)}EXAMPLE=`,
      bytesTransferredOut: random.int(200, 4_000),
    },
    resources: [{ accountId: account, type: 'AWS::S3::Bucket', ARN: `arn:aws:s3:::${bucket}` }],
    container: `arn:aws:s3:::${bucket}`,
    host,
  }
}

/** The one S3 call without a bucket. */
export function s3ListBuckets(): ApiCall {
  return management('s3', 'ListBuckets', true, { Host: 's3.us-east-1.amazonaws.com' })
}

/** DynamoDB item data events. */
export function dynamodb(
  name: 'GetItem' | 'PutItem' | 'Query' | 'UpdateItem',
  table: string,
  region: string,
  account: string,
): ApiCall {
  const arn = `arn:aws:dynamodb:${region}:${account}:table/${table}`
  return {
    service: 'dynamodb',
    name,
    readOnly: name === 'GetItem' || name === 'Query',
    management: false,
    version: '1.11',
    request: { tableName: table },
    response: null,
    resources: [{ accountId: account, type: 'AWS::DynamoDB::Table', ARN: arn }],
    container: arn,
  }
}

/** SQS message data events; the queue is in the URL and in `resources`. */
export function sqs(
  name: 'ReceiveMessage' | 'SendMessage' | 'DeleteMessage',
  queue: string,
  region: string,
  account: string,
): ApiCall {
  const arn = `arn:aws:sqs:${region}:${account}:${queue}`
  return {
    service: 'sqs',
    name,
    readOnly: name === 'ReceiveMessage',
    management: false,
    version: '1.11',
    request: { queueUrl: `https://sqs.${region}.amazonaws.com/${account}/${queue}` },
    response: null,
    resources: [{ accountId: account, type: 'AWS::SQS::Queue', ARN: arn }],
    container: arn,
  }
}

/** Reading a secret by its ARN; these records carry no `resources`. */
export function secret(name: string, suffix: string, region: string, account: string): ApiCall {
  const arn = `arn:aws:secretsmanager:${region}:${account}:secret:${name}-${suffix}`
  return management('secretsmanager', 'GetSecretValue', true, { secretId: arn }, { container: arn })
}

/** KMS by key. */
export function kms(
  name: 'Decrypt' | 'GenerateDataKey' | 'GenerateDataKeyWithoutPlaintext',
  key: string,
  region: string,
  account: string,
): ApiCall {
  const arn = `arn:aws:kms:${region}:${account}:key/${key}`
  return management(
    'kms',
    name,
    true,
    name === 'Decrypt'
      ? { encryptionAlgorithm: 'SYMMETRIC_DEFAULT', keyId: arn }
      : { keySpec: 'AES_256', keyId: arn },
    { resources: [{ accountId: account, type: 'AWS::KMS::Key', ARN: arn }], container: arn },
  )
}

/** Calling a function: a data event. */
export function invoke(functionName: string, region: string, account: string): ApiCall {
  const arn = `arn:aws:lambda:${region}:${account}:function:${functionName}`
  return {
    service: 'lambda',
    name: 'Invoke',
    readOnly: false,
    management: false,
    version: '1.11',
    request: { functionName: arn, invocationType: 'RequestResponse' },
    response: null,
    resources: [{ accountId: account, type: 'AWS::Lambda::Function', ARN: arn }],
    container: arn,
  }
}

/** A new stream in a log group: the log call that CloudTrail does record. */
export function logStream(group: string, stream: string, region: string, account: string): ApiCall {
  return management(
    'logs',
    'CreateLogStream',
    false,
    { logGroupName: group, logStreamName: stream },
    { container: `arn:aws:logs:${region}:${account}:log-group:${group}` },
  )
}

export const getCallerIdentity = (): ApiCall => management('sts', 'GetCallerIdentity', true, null)

/** Calls that name no container. IAM and Route 53 log in us-east-1. */
export const plain = {
  ec2: (name: string, request: unknown = {}, readOnly = true, response: unknown = null): ApiCall =>
    management('ec2', name, readOnly, request, { response, refusedResource: '*' }),
  elb: (name: string, request: unknown = {}, readOnly = true): ApiCall =>
    management('elasticloadbalancing', name, readOnly, request),
  autoscaling: (name: string, request: unknown = {}, readOnly = true): ApiCall =>
    management('autoscaling', name, readOnly, request),
  route53: (name: string, request: unknown, readOnly = true): ApiCall =>
    management('route53', name, readOnly, request, {
      region: 'us-east-1',
      host: 'route53.amazonaws.com',
    }),
  iam: (name: string, request: unknown, readOnly = true, resource = '*'): ApiCall =>
    management('iam', name, readOnly, request, {
      region: 'us-east-1',
      host: 'iam.amazonaws.com',
      refusedResource: resource,
    }),
  ecr: (name: string, request: unknown = null): ApiCall => management('ecr', name, true, request),
  ssm: (parameter: string): ApiCall =>
    management('ssm', 'GetParameter', true, { name: parameter, withDecryption: true }),
  eks: (name: string, request: unknown): ApiCall => management('eks', name, true, request),
  config: (name: string, request: unknown = {}): ApiCall =>
    management('config', name, true, request),
  cloudformation: (name: string, request: unknown): ApiCall =>
    management('cloudformation', name, true, request),
  signin: (name: string, request: unknown, response: unknown): ApiCall => ({
    ...management('signin', name, false, request, { response }),
    additional: { LoginTo: 'https://console.aws.amazon.com/console/home', MFAUsed: 'Yes' },
    host: 'signin.aws.amazon.com',
  }),
}
