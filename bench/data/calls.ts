import type { Random } from './random.ts'

/** One API action on one resource that a workload uses again and again; only the varying parts are drawn per record. */
export type Call = {
  eventSource: string
  eventName: string
  readOnly: boolean
  isDataEvent: boolean
  host: string
  resources: string
  requestParameters: (random: Random) => string
  responseElements: (random: Random) => string
  additionalEventData: (random: Random) => string
}

/** Where a workload's resources live and what they are named after. */
export type Place = { account: string; region: string; name: string }

const none = () => ''
const nothing = () => 'null'
const list = (...resources: { type: string; arn: string; account: string }[]) =>
  `,"resources":[${resources.map((r) => `{"accountId":"${r.account}","type":"${r.type}","ARN":"${r.arn}"}`).join(',')}]`

type Options = Partial<Call> & { service: string; action: string }

function call({ service, action, ...rest }: Options, { region }: Place): Call {
  return {
    eventSource: `${service}.amazonaws.com`,
    eventName: action,
    readOnly: /^(Get|List|Describe|Head|Query|Batch|Receive|Scan|Decrypt)/.test(action),
    isDataEvent: false,
    host: `${service}.${region}.amazonaws.com`,
    resources: '',
    requestParameters: nothing,
    responseElements: nothing,
    additionalEventData: none,
    ...rest,
  }
}

const folders = ['events', 'raw', 'reports', 'exports', 'tmp/_spark', 'models', 'Rechnungen/März']
const extensions = ['json.gz', 'parquet', 'csv', 'pdf', 'tar.zst', 'png']

const objectKey = (r: Random) =>
  `${r.pick(folders)}/dt=2026-05-${String(r.between(1, 28)).padStart(2, '0')}/${r.hex(16)}.${r.pick(extensions)}`

function bucketCall(place: Place, random: Random, action: string): Call {
  const bucket = `${place.name}-${random.pick(['data', 'assets', 'backup', 'landing'])}-${place.account.slice(-4)}`
  const isObject = /Object$/.test(action)
  const host = `s3.${place.region}.amazonaws.com`
  const bucketResource = `{"accountId":"${place.account}","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::${bucket}"}`
  return call(
    {
      service: 's3',
      action,
      isDataEvent: isObject || action === 'ListObjects',
      host,
      // The object's ARN varies with the key, so it is filled in by the record writer through KEY.
      resources: isObject
        ? `,"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::${bucket}/KEY"},${bucketResource}]`
        : `,"resources":[${bucketResource}]`,
      requestParameters: (r) => {
        if (isObject) return `{"bucketName":"${bucket}","Host":"${host}","key":"KEY"}`
        return action === 'ListObjects'
          ? `{"list-type":"2","bucketName":"${bucket}","prefix":"${r.pick(folders)}/","max-keys":"1000","Host":"${host}"}`
          : `{"bucketName":"${bucket}","location":"","Host":"${host}"}`
      },
      responseElements: (r) =>
        action === 'PutObject'
          ? `{"x-amz-server-side-encryption":"aws:kms","x-amz-version-id":"${r.hex(24)}"}`
          : 'null',
      additionalEventData: (r) =>
        `,"additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":${action === 'PutObject' ? r.below(900000) : 0},"AuthenticationMethod":"AuthHeader","x-amz-id-2":"${r.token(40)}=","bytesTransferredOut":${r.below(500000)}}`,
    },
    place,
  )
}

function tableCall(place: Place, random: Random, action: string): Call {
  const table = `${place.name}-${random.pick(['orders', 'sessions', 'locks', 'profiles', 'ledger'])}`
  const arn = `arn:aws:dynamodb:${place.region}:${place.account}:table/${table}`
  const isDataEvent = action !== 'DescribeTable'
  return call(
    {
      service: 'dynamodb',
      action,
      isDataEvent,
      resources: list({ type: 'AWS::DynamoDB::Table', arn, account: place.account }),
      requestParameters: (r) =>
        action === 'Query'
          ? `{"tableName":"${table}","keyConditionExpression":"pk = :pk AND begins_with(sk, :sk)","limit":${r.between(1, 100)},"scanIndexForward":false,"returnConsumedCapacity":"NONE"}`
          : isDataEvent
            ? `{"tableName":"${table}","key":{"pk":"HIDDEN_DUE_TO_SECURITY_REASONS"},"consistentRead":${r.chance(0.3)}}`
            : `{"tableName":"${table}"}`,
    },
    place,
  )
}

function queueCall(place: Place, random: Random, action: string): Call {
  const queue = `${place.name}-${random.pick(['jobs', 'events', 'dlq', 'mail'])}`
  return call(
    {
      service: 'sqs',
      action,
      readOnly: false,
      isDataEvent: action !== 'GetQueueUrl',
      resources: list({
        type: 'AWS::SQS::Queue',
        arn: `arn:aws:sqs:${place.region}:${place.account}:${queue}`,
        account: place.account,
      }),
      requestParameters: () =>
        `{"queueUrl":"https://sqs.${place.region}.amazonaws.com/${place.account}/${queue}"${action === 'ReceiveMessage' ? ',"maxNumberOfMessages":10,"waitTimeSeconds":20' : ''}}`,
      responseElements: (r) =>
        action === 'SendMessage'
          ? `{"messageId":"${r.uuid()}","mD5OfMessageBody":"${r.hex(32)}"}`
          : 'null',
    },
    place,
  )
}

/** One of the two dozen keys that an account has in a region. */
export function keyArn(
  { region, account }: { region: string; account: string },
  n: number,
): string {
  const id = (n % 24).toString(16).padStart(4, '0')
  return `arn:aws:kms:${region}:${account}:key/${account.slice(0, 8)}-${id}-4${id.slice(1)}-8${account.slice(9, 12)}-${account}`
}

function keyCall(place: Place, random: Random, action: string): Call {
  const arn = keyArn(place, random.below(3) * 7 + place.name.length)
  return call(
    {
      service: 'kms',
      action,
      readOnly: true,
      resources: list({ type: 'AWS::KMS::Key', arn, account: place.account }),
      requestParameters: (r) =>
        action === 'Decrypt'
          ? `{"encryptionAlgorithm":"SYMMETRIC_DEFAULT","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::${place.name}-data-${place.account.slice(-4)}","service":"${place.name}","nonce":"${r.hex(8)}"}}`
          : `{"keyId":"${arn}","keySpec":"AES_256","encryptionContext":{"SecretARN":"arn:aws:secretsmanager:${place.region}:${place.account}:secret:${place.name}"}}`,
    },
    place,
  )
}

function secretCall(place: Place, random: Random, action: string): Call {
  const secret = `${random.pick(['prod', 'stage', 'shared'])}/${place.name}/${random.pick(['db', 'api-key', 'tls', 'oauth'])}`
  const arn = `arn:aws:secretsmanager:${place.region}:${place.account}:secret:${secret}-${random.token(6).replace(/[+/]/g, 'x')}`
  const id = random.chance(0.5) ? secret : arn
  return call(
    {
      service: 'secretsmanager',
      action,
      requestParameters: () =>
        action === 'GetSecretValue'
          ? `{"secretId":"${id}","versionStage":"AWSCURRENT"}`
          : `{"secretId":"${id}"}`,
    },
    place,
  )
}

function functionCall(place: Place, random: Random): Call {
  const name = `${place.name}-${random.pick(['resize', 'notify', 'authorize', 'export'])}`
  const arn = `arn:aws:lambda:${place.region}:${place.account}:function:${name}`
  return call(
    {
      service: 'lambda',
      action: 'Invoke',
      readOnly: false,
      isDataEvent: true,
      resources: list({ type: 'AWS::Lambda::Function', arn, account: place.account }),
      requestParameters: () =>
        `{"invocationType":"${random.chance(0.5) ? 'Event' : 'RequestResponse'}","functionName":"${arn}","clientContext":"","qualifier":"live"}`,
      additionalEventData: (r) =>
        `,"additionalEventData":{"functionVersion":"${arn}:${r.between(1, 90)}"}`,
    },
    place,
  )
}

const LONG_TAIL: Record<string, readonly string[]> = {
  ec2: [
    'DescribeSubnets',
    'DescribeVpcs',
    'DescribeSecurityGroups',
    'DescribeVolumes',
    'DescribeSnapshots',
    'DescribeImages',
    'DescribeInstanceTypes',
    'DescribeLaunchTemplates',
    'DescribeSpotPriceHistory',
    'DescribeAvailabilityZones',
    'DescribeTags',
    'CreateFleet',
    'TerminateInstances',
    'DetachVolume',
    'CreateSnapshot',
    'AssignPrivateIpAddresses',
    'ModifyNetworkInterfaceAttribute',
  ],
  elasticloadbalancing: [
    'DescribeLoadBalancers',
    'DescribeListeners',
    'DescribeRules',
    'DescribeTargetGroups',
    'DescribeTags',
    'ModifyRule',
    'DeregisterTargets',
    'SetSecurityGroups',
  ],
  iam: [
    'GetRole',
    'GetPolicy',
    'GetPolicyVersion',
    'ListAttachedRolePolicies',
    'ListRolePolicies',
    'GetInstanceProfile',
    'ListOpenIDConnectProviders',
  ],
  acm: ['DescribeCertificate', 'ListCertificates', 'ListTagsForCertificate'],
  wafv2: ['GetWebACLForResource', 'ListWebACLs', 'AssociateWebACL'],
  eks: ['ListNodegroups', 'DescribeNodegroup', 'ListAddons', 'ListPodIdentityAssociations'],
  kinesis: ['GetShardIterator', 'DescribeStreamSummary', 'ListShards', 'PutRecords'],
  states: ['StartExecution', 'DescribeExecution', 'GetExecutionHistory'],
  sagemaker: ['DescribeEndpoint', 'InvokeEndpoint', 'DescribeTrainingJob'],
  elasticache: ['DescribeCacheClusters', 'DescribeReplicationGroups'],
  elasticfilesystem: ['DescribeMountTargets', 'DescribeFileSystems', 'CreateAccessPoint'],
  organizations: ['DescribeAccount', 'ListAccounts'],
  tagging: ['GetResources', 'GetTagKeys'],
  servicediscovery: ['DiscoverInstances', 'RegisterInstance'],
  xray: ['GetSamplingRules', 'GetSamplingTargets'],
  firehose: ['DescribeDeliveryStream', 'ListDeliveryStreams'],
  es: ['DescribeDomain', 'ListDomainNames'],
  logs: ['DescribeLogGroups', 'DescribeLogStreams', 'StartQuery', 'GetQueryResults'],
  monitoring: ['DescribeAlarms', 'ListMetrics'],
}

function longTailCall(place: Place, random: Random): Call {
  const service = random.pick(Object.keys(LONG_TAIL))
  const action = random.pick(LONG_TAIL[service] as string[])
  const isNull = random.chance(0.3)
  return call(
    {
      service,
      action,
      requestParameters: (r) =>
        isNull
          ? 'null'
          : `{"name":"${place.name}","maxResults":${r.pick([20, 50, 100])},"dryRun":false}`,
    },
    place,
  )
}

const instanceId = (r: Random) => `i-0${r.hex(16)}`

/** The actions that controllers, operators and applications in clusters use. */
export const catalogue: readonly ((place: Place, random: Random) => Call)[] = [
  ...['GetObject', 'PutObject', 'HeadObject', 'DeleteObject', 'ListObjects'].map(
    (action) => (place: Place, random: Random) => bucketCall(place, random, action),
  ),
  ...['GetItem', 'PutItem', 'UpdateItem', 'Query', 'DescribeTable'].map(
    (action) => (place: Place, random: Random) => tableCall(place, random, action),
  ),
  ...['SendMessage', 'ReceiveMessage', 'DeleteMessage', 'GetQueueUrl'].map(
    (action) => (place: Place, random: Random) => queueCall(place, random, action),
  ),
  ...['Decrypt', 'Decrypt', 'GenerateDataKey'].map(
    (action) => (place: Place, random: Random) => keyCall(place, random, action),
  ),
  ...['GetSecretValue', 'GetSecretValue', 'DescribeSecret'].map(
    (action) => (place: Place, random: Random) => secretCall(place, random, action),
  ),
  functionCall,
  longTailCall,
  longTailCall,
  longTailCall,
  longTailCall,
  longTailCall,
  longTailCall,
  (place, random) => {
    const name = `/${place.name}/${random.pick(['config', 'flags', 'dsn'])}`
    return call(
      {
        service: 'ssm',
        action: random.pick(['GetParameter', 'GetParameters']),
        resources: list({
          type: 'AWS::SSM::Parameter',
          arn: `arn:aws:ssm:${place.region}:${place.account}:parameter${name}`,
          account: place.account,
        }),
        requestParameters: () => `{"name":"${name}","withDecryption":true}`,
      },
      place,
    )
  },
  (place) =>
    call(
      {
        service: 'ec2',
        action: 'DescribeInstances',
        requestParameters: (r) =>
          `{"instancesSet":{"items":[${Array.from({ length: r.between(1, 6) }, () => `{"instanceId":"${instanceId(r)}"}`).join(',')}]},"filterSet":{"items":[{"name":"instance-state-name","valueSet":{"items":[{"value":"running"},{"value":"pending"}]}}]}}`,
      },
      place,
    ),
  (place) =>
    call(
      {
        service: 'ec2',
        action: 'DescribeNetworkInterfaces',
        requestParameters: (r) =>
          `{"networkInterfaceIdSet":{},"filterSet":{"items":[{"name":"tag:cluster.k8s.amazonaws.com/name","valueSet":{"items":[{"value":"${place.name}"}]}},{"name":"addresses.private-ip-address","valueSet":{"items":[{"value":"10.${r.below(256)}.${r.below(256)}.${r.below(256)}"}]}}]},"maxResults":1000}`,
      },
      place,
    ),
  (place) =>
    call(
      {
        service: 'ec2',
        action: 'AttachVolume',
        readOnly: false,
        requestParameters: (r) =>
          `{"volumeId":"vol-0${r.hex(16)}","instanceId":"${instanceId(r)}","device":"/dev/xvd${r.pick(['aa', 'ab', 'ba'])}","deleteOnTermination":false}`,
        responseElements: (r) =>
          `{"requestId":"${r.uuid()}","volumeId":"vol-0${r.hex(16)}","instanceId":"${instanceId(r)}","device":"/dev/xvdaa","status":"attaching","attachTime":1777845${r.digits(6)},"deleteOnTermination":false}`,
      },
      place,
    ),
  (place) =>
    call(
      {
        service: 'ec2',
        action: 'CreateTags',
        readOnly: false,
        requestParameters: (r) =>
          `{"resourcesSet":{"items":[{"resourceId":"${instanceId(r)}"}]},"tagSet":{"items":[{"key":"Name","value":"${place.name}"},{"key":"karpenter.sh/nodeclaim","value":"default-${r.hex(5)}"},{"key":"eks:eks-cluster-name","value":"${place.name}"}]}}`,
        responseElements: (r) => `{"requestId":"${r.uuid()}","_return":true}`,
      },
      place,
    ),
  (place) =>
    call(
      {
        service: 'elasticloadbalancing',
        action: 'DescribeTargetHealth',
        requestParameters: (r) =>
          `{"targetGroupArn":"arn:aws:elasticloadbalancing:${place.region}:${place.account}:targetgroup/k8s-${place.name.slice(0, 8)}-${r.hex(10)}/${r.hex(16)}"}`,
      },
      place,
    ),
  (place) =>
    call(
      {
        service: 'elasticloadbalancing',
        action: 'RegisterTargets',
        readOnly: false,
        requestParameters: (r) =>
          `{"targetGroupArn":"arn:aws:elasticloadbalancing:${place.region}:${place.account}:targetgroup/k8s-${place.name.slice(0, 8)}-${r.hex(10)}/${r.hex(16)}","targets":[${Array.from({ length: r.between(1, 5) }, () => `{"id":"10.${r.below(256)}.${r.below(256)}.${r.below(256)}","port":8443}`).join(',')}]}`,
      },
      place,
    ),
  (place, random) => {
    const zone = `Z0${random.hex(18).toUpperCase()}`
    return call(
      {
        service: 'route53',
        action: 'ChangeResourceRecordSets',
        readOnly: false,
        host: 'route53.amazonaws.com',
        requestParameters: (r) =>
          `{"hostedZoneId":"${zone}","changeBatch":{"changes":[{"action":"UPSERT","resourceRecordSet":{"name":"${place.name}.internal.example.com","type":"TXT","tTL":300,"resourceRecords":[{"value":"\\"heritage=external-dns,external-dns/owner=${place.name},external-dns/resource=service/${r.hex(6)}\\""}]}}]}}`,
        responseElements: (r) =>
          `{"changeInfo":{"id":"/change/C0${r.hex(18).toUpperCase()}","status":"PENDING","submittedAt":"May 4, 2026, 8:12:44 AM"}}`,
      },
      place,
    )
  },
  (place, random) => {
    const zone = `Z0${random.hex(18).toUpperCase()}`
    return call(
      {
        service: 'route53',
        action: 'ListResourceRecordSets',
        host: 'route53.amazonaws.com',
        requestParameters: () => `{"hostedZoneId":"${zone}","maxItems":"300"}`,
      },
      place,
    )
  },
  (place) =>
    call(
      {
        service: 'ecr',
        action: 'GetAuthorizationToken',
        host: `api.ecr.${place.region}.amazonaws.com`,
      },
      place,
    ),
  (place) =>
    call(
      {
        service: 'ecr',
        action: 'BatchGetImage',
        host: `api.ecr.${place.region}.amazonaws.com`,
        resources: list({
          type: 'AWS::ECR::Repository',
          arn: `arn:aws:ecr:${place.region}:${place.account}:repository/${place.name}`,
          account: place.account,
        }),
        requestParameters: (r) =>
          `{"registryId":"${place.account}","repositoryName":"${place.name}","imageIds":[{"imageTag":"v1.${r.below(90)}.${r.below(20)}"}],"acceptedMediaTypes":["application/vnd.oci.image.manifest.v1+json","application/vnd.docker.distribution.manifest.v2+json"]}`,
      },
      place,
    ),
  (place) =>
    call(
      {
        service: 'logs',
        action: 'CreateLogStream',
        readOnly: false,
        requestParameters: (r) =>
          `{"logGroupName":"/eks/${place.name}","logStreamName":"${place.name}-${r.hex(10)}-${r.hex(5)}"}`,
      },
      place,
    ),
  (place) =>
    call(
      {
        service: 'monitoring',
        action: 'GetMetricData',
        requestParameters: (r) =>
          `{"startTime":"May 4, 2026, 8:0${r.below(10)}:00 AM","endTime":"May 4, 2026, 9:0${r.below(10)}:00 AM","metricDataQueries":[{"id":"q${r.below(99)}","metricStat":{"metric":{"namespace":"AWS/SQS","metricName":"ApproximateNumberOfMessagesVisible","dimensions":[{"name":"QueueName","value":"${place.name}-jobs"}]},"period":60,"stat":"Average"}}]}`,
      },
      place,
    ),
  (place) =>
    call(
      {
        service: 'sns',
        action: 'Publish',
        isDataEvent: true,
        readOnly: false,
        resources: list({
          type: 'AWS::SNS::Topic',
          arn: `arn:aws:sns:${place.region}:${place.account}:${place.name}-events`,
          account: place.account,
        }),
        requestParameters: () =>
          `{"topicArn":"arn:aws:sns:${place.region}:${place.account}:${place.name}-events","message":"HIDDEN_DUE_TO_SECURITY_REASONS"}`,
        responseElements: (r) => `{"messageId":"${r.uuid()}"}`,
      },
      place,
    ),
  (place) => call({ service: 'sts', action: 'GetCallerIdentity' }, place),
  (place) =>
    call(
      {
        service: 'eks',
        action: 'DescribeCluster',
        requestParameters: () => `{"name":"${place.name}"}`,
      },
      place,
    ),
  (place) =>
    call(
      {
        service: 'autoscaling',
        action: 'DescribeAutoScalingGroups',
        requestParameters: (r) =>
          `{"autoScalingGroupNames":["eks-${place.name}-${r.hex(8)}"],"maxRecords":100}`,
      },
      place,
    ),
  (place) =>
    call(
      {
        service: 'athena',
        action: 'StartQueryExecution',
        readOnly: false,
        requestParameters: (r) =>
          `{"queryString":"SELECT json_extract(detail, '$.items[0]') FROM \\"${place.name}\\".events WHERE dt = '2026-05-0${r.between(1, 9)}' AND id IN ('${r.hex(8)}', '${r.hex(8)}')\\nLIMIT 100","clientRequestToken":"${r.uuid()}","workGroup":"primary"}`,
        responseElements: (r) => `{"queryExecutionId":"${r.uuid()}"}`,
      },
      place,
    ),
  (place) =>
    call(
      {
        service: 'glue',
        action: 'GetTable',
        requestParameters: (r) =>
          `{"databaseName":"${place.name.replaceAll('-', '_')}","name":"events_v${r.between(1, 4)}","catalogId":"${place.account}"}`,
      },
      place,
    ),
  (place) =>
    call(
      {
        service: 'bedrock',
        action: 'InvokeModel',
        readOnly: true,
        host: `bedrock-runtime.${place.region}.amazonaws.com`,
        requestParameters: () => `{"modelId":"amazon.nova-lite-v1:0"}`,
        additionalEventData: (r) =>
          `,"additionalEventData":{"inputTokens":${r.below(4000)},"outputTokens":${r.below(900)}}`,
      },
      place,
    ),
  (place) =>
    call(
      {
        service: 'cloudformation',
        action: 'DescribeStacks',
        requestParameters: () => `{"stackName":"${place.name}"}`,
      },
      place,
    ),
  (place) =>
    call(
      {
        service: 'rds',
        action: 'DescribeDBInstances',
        requestParameters: () => `{"dBInstanceIdentifier":"${place.name}-pg","maxRecords":100}`,
      },
      place,
    ),
]

export { objectKey }
