import { thingOf } from '../record/trail.ts'

/**
 * CloudTrail names API operations, policies name IAM actions; mostly they are the same. Where they are not:
 * https://docs.aws.amazon.com/service-authorization/latest/reference/ (one page per service)
 */
const SERVICES: Readonly<Record<string, string>> = {
  monitoring: 'cloudwatch',
  tagging: 'tag',
  email: 'ses',
}

const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  's3:ListBuckets': ['s3:ListAllMyBuckets'],
  's3:ListObjects': ['s3:ListBucket'],
  's3:ListObjectsV2': ['s3:ListBucket'],
  's3:HeadBucket': ['s3:ListBucket'],
  's3:ListObjectVersions': ['s3:ListBucketVersions'],
  's3:HeadObject': ['s3:GetObject'],
  's3:SelectObjectContent': ['s3:GetObject'],
  's3:CopyObject': ['s3:PutObject', 's3:GetObject'],
  's3:CreateMultipartUpload': ['s3:PutObject'],
  's3:UploadPart': ['s3:PutObject'],
  's3:UploadPartCopy': ['s3:PutObject', 's3:GetObject'],
  's3:CompleteMultipartUpload': ['s3:PutObject'],
  's3:ListParts': ['s3:ListMultipartUploadParts'],
  's3:ListMultipartUploads': ['s3:ListBucketMultipartUploads'],
  's3:DeleteObjects': ['s3:DeleteObject'],
  's3:GetBucketEncryption': ['s3:GetEncryptionConfiguration'],
  's3:PutBucketEncryption': ['s3:PutEncryptionConfiguration'],
  's3:GetBucketLifecycle': ['s3:GetLifecycleConfiguration'],
  's3:GetBucketLifecycleConfiguration': ['s3:GetLifecycleConfiguration'],
  's3:PutBucketLifecycleConfiguration': ['s3:PutLifecycleConfiguration'],
  's3:GetBucketReplication': ['s3:GetReplicationConfiguration'],
  's3:GetBucketCors': ['s3:GetBucketCORS'],
  's3:PutBucketCors': ['s3:PutBucketCORS'],
  's3:GetPublicAccessBlock': ['s3:GetBucketPublicAccessBlock'],
  's3:GetBucketNotificationConfiguration': ['s3:GetBucketNotification'],
  's3:GetBucketAccelerateConfiguration': ['s3:GetAccelerateConfiguration'],
  'lambda:Invoke': ['lambda:InvokeFunction'],
  'dynamodb:TransactGetItems': ['dynamodb:GetItem'],
  'dynamodb:TransactWriteItems': [
    'dynamodb:PutItem',
    'dynamodb:UpdateItem',
    'dynamodb:DeleteItem',
    'dynamodb:ConditionCheckItem',
  ],
  'dynamodb:ExecuteStatement': [
    'dynamodb:PartiQLSelect',
    'dynamodb:PartiQLInsert',
    'dynamodb:PartiQLUpdate',
    'dynamodb:PartiQLDelete',
  ],
  'kms:ReEncrypt': ['kms:ReEncryptFrom', 'kms:ReEncryptTo'],
  'sqs:SendMessageBatch': ['sqs:SendMessage'],
  'sqs:DeleteMessageBatch': ['sqs:DeleteMessage'],
  'sqs:ChangeMessageVisibilityBatch': ['sqs:ChangeMessageVisibility'],
  'sns:PublishBatch': ['sns:Publish'],
  'secretsmanager:BatchGetSecretValue': [
    'secretsmanager:BatchGetSecretValue',
    'secretsmanager:GetSecretValue',
  ],
}

/** The actions that a policy has to allow for an operation; none where it needs no permission. */
export function iamActions(operation: string): readonly string[] {
  const [source = '', event = ''] = operation.split(':')
  const service = SERVICES[source] ?? source
  // Lambda and some others have the date of the API's version in the name.
  const name = event.replace(/(?<=[a-z])\d{8}(?:v\d+)?$/, '')
  const action = `${service}:${name}`
  if (action === 'sts:GetCallerIdentity') return []
  return ACTIONS[action] ?? [action]
}

/** The resource of a policy statement for an action on a container; `*` where none is known. */
export function iamResource(action: string, container: string | null): readonly string[] {
  if (container === null || !container.startsWith('arn:')) return ['*']
  const service = container.split(':')[2]
  if (service === 's3') {
    // An access point has an account, a bucket has none.
    if (container.split(':')[4] !== '') return [container, `${container}/object/*`]
    if (action === 's3:ListAllMyBuckets') return ['*']
    return [
      /Object|MultipartUpload(?:Parts)?$/.test(action) && !/^s3:List(?!Multipart)/.test(action)
        ? `${container}/*`
        : container,
    ]
  }
  if (service === 'dynamodb' && /:(?:Query|Scan|PartiQL\w+)$/.test(action))
    return [container, `${container}/index/*`]
  if (service === 'logs') return [container, `${container}:*`]
  if (service === 'lambda') return [container, `${container}:*`]
  // Calls may name a secret without the six characters that its ARN ends in.
  if (service === 'secretsmanager' && !/-[A-Za-z0-9]{6}$/.test(container))
    return [`${container}-??????`]
  if (service === 'kms' && container.includes(':alias/')) return ['*']
  return [thingOf(container)]
}
