import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Resource, Template } from '../../scripts/packaging/template.ts'
import { checkParameters, WrongParameter, writeSettings } from '../../scripts/packaging/template.ts'
import { DECLARED, REVIEWED, WILDCARDS } from './permissions.ts'
import { plainTemplate, rendered, SETTINGS, sources } from './rendered.ts'
import { problemsIn } from './spec.ts'

/*
 * What would be deployed, looked at as CloudFormation would get it.
 */

let template: Template
const member = plainTemplate('deploy/member-role.yml')
const forward = plainTemplate('deploy/forward-events.yml')

beforeAll(() => {
  template = rendered({ trailBucket: 'acme-cloudtrail', alertEmail: 'security@example.org' })
}, 120_000)

// biome-ignore lint/suspicious/noExplicitAny: properties are looked at as they come.
type Any = any

const ofType = (type: string, { Resources }: Template = template): [string, Resource & Any][] =>
  Object.entries(Resources).filter(([, { Type }]) => Type === type)

/** Routes that anybody may call. */
const openRoutes = (of: Template): string[] =>
  ofType('AWS::ApiGatewayV2::Route', of)
    .filter(([, { Properties }]) => !['AWS_IAM', 'JWT'].includes(Properties.AuthorizationType))
    .map(([, { Properties }]) => Properties.RouteKey)

interface Statement {
  readonly Effect: string
  readonly Action: string | readonly string[]
  readonly Resource: unknown
  readonly Condition?: Any
}

/** Statements of a role, those with a condition of the template too. */
function statementsOf(role: Resource & Any): Statement[] {
  return role.Properties.Policies.flatMap((policy: Any) =>
    policy.PolicyDocument.Statement.map((one: Any) => one['Fn::If']?.[1] ?? one),
  )
}

const listOf = (value: unknown): string[] => [value].flat() as string[]

describe('the template', () => {
  it('is what the schemas of CloudFormation allow, and so are those of other accounts', () => {
    expect(problemsIn(template)).toEqual([])
    expect(problemsIn(member)).toEqual([])
    expect(problemsIn(forward)).toEqual([])
    expect(Object.keys(template.Resources).length).toBeGreaterThan(60)
  })

  it('has a role for each function, which it shares with none', () => {
    const functions = ofType('AWS::Lambda::Function')
    const roles = functions.map(([, { Properties }]) => Properties.Role['Fn::GetAtt'][0])
    expect(new Set(roles).size).toBe(functions.length)
    expect(roles.sort()).toEqual(
      ofType('AWS::IAM::Role')
        .map(([name]) => name)
        .sort(),
    )
    for (const [, { Properties }] of ofType('AWS::IAM::Role')) {
      expect(Properties.ManagedPolicyArns).toBeUndefined()
      expect(JSON.stringify(Properties.AssumeRolePolicyDocument)).toContain('lambda.amazonaws.com')
    }
  })

  it('lets each function do exactly what was reviewed', () => {
    const found = Object.fromEntries(
      ofType('AWS::IAM::Role').map(([name, role]) => [
        name.replace(/Role$/, ''),
        [...new Set(statementsOf(role).flatMap(({ Action }) => listOf(Action)))].sort(),
      ]),
    )
    const reviewed = Object.fromEntries(
      Object.entries(REVIEWED).map(([name, actions]) => [name, [...new Set(actions)].sort()]),
    )
    expect(found).toEqual(reviewed)
  })

  it('has no star in an action, and none in a resource without a reason', () => {
    for (const [name, role] of ofType('AWS::IAM::Role'))
      for (const { Effect, Action, Resource: on } of statementsOf(role)) {
        expect(Effect).toBe('Allow')
        expect(listOf(Action).filter((action) => action.includes('*'))).toEqual([])
        for (const one of [on].flat()) {
          const text = typeof one === 'string' ? one : ((one as Any)['Fn::Sub'] ?? '')
          if (text.includes('*'))
            expect(
              WILDCARDS.some(([pattern]) => pattern.test(text)),
              `${name}: ${text}`,
            ).toBe(true)
        }
      }
    for (const [name, { Metadata }] of [
      ...ofType('AWS::KMS::Key'),
      ...ofType('AWS::IAM::Role', member),
    ])
      expect(Metadata?.['WildcardReason'], name).toBeTypeOf('string')
  })

  it('keeps functions that write to keys of their own', () => {
    for (const [name, role] of ofType('AWS::IAM::Role'))
      for (const { Action, Condition } of statementsOf(role)) {
        const writes = listOf(Action).some((action) =>
          /^dynamodb:(?:\w*Write|Put|Update|Delete)/.test(action),
        )
        if (!writes) continue
        const keys = Condition['ForAllValues:StringLike']['dynamodb:LeadingKeys'] as string[]
        expect(keys.length, name).toBeGreaterThan(0)
        expect(
          keys.filter((key) => key.startsWith('*')),
          name,
        ).toEqual([])
      }
  })

  it('reads log files of one account only', () => {
    const [, role] = ofType('AWS::IAM::Role').find(([name]) => name === 'IngestRole')!
    const reads = statementsOf(role).find(({ Action }) => Action === 's3:GetObject')!
    expect(reads.Condition.StringEquals['aws:ResourceAccount']).toEqual({
      'Fn::Sub': `\${AWS::AccountId}`,
    })
  })

  it('gives each queue that is read a DLQ that keeps longer, and ten tries', () => {
    const queues = new Map(ofType('AWS::SQS::Queue'))
    const read = ofType('AWS::Lambda::EventSourceMapping').map(([, { Properties }]) => Properties)
    expect(read.length).toBeGreaterThanOrEqual(3)
    for (const mapping of read) {
      const name = mapping.EventSourceArn['Fn::GetAtt'][0] as string
      const { RedrivePolicy, MessageRetentionPeriod, VisibilityTimeout } =
        queues.get(name)!.Properties
      const dlq = queues.get(RedrivePolicy.deadLetterTargetArn['Fn::GetAtt'][0])!.Properties
      expect(RedrivePolicy.maxReceiveCount).toBeGreaterThanOrEqual(5)
      expect(dlq.MessageRetentionPeriod).toBeGreaterThan(MessageRetentionPeriod)
      expect(JSON.stringify(dlq.RedriveAllowPolicy)).toContain(
        `:podtrail-${name.replace('Queue', '').toLowerCase()}`,
      )
      expect(mapping.FunctionResponseTypes).toEqual(['ReportBatchItemFailures'])
      expect(mapping.ScalingConfig.MaximumConcurrency).toBeGreaterThanOrEqual(2)
      const reader = template.Resources[mapping.FunctionName['Fn::GetAtt'][0]] as Resource & Any
      expect(VisibilityTimeout).toBeGreaterThanOrEqual(6 * reader.Properties.Timeout)
    }
  })

  it('gives every schedule and rule somewhere to put what it cannot deliver', () => {
    for (const [name, { Properties }] of [
      ...ofType('AWS::Events::Rule'),
      ...ofType('AWS::Events::Rule', forward),
    ])
      for (const target of Properties.Targets) {
        const [invoked] = target.Arn['Fn::GetAtt'] ?? []
        const called = template.Resources[invoked] as (Resource & Any) | undefined
        const dlq =
          called?.Type === 'AWS::Lambda::Function'
            ? called.Properties.DeadLetterConfig
            : target.DeadLetterConfig
        expect(dlq, name).toBeDefined()
      }
  })

  it('is shown events that only read: issuing a session is one', () => {
    const rules = [...ofType('AWS::Events::Rule'), ...ofType('AWS::Events::Rule', forward)].filter(
      ([, { Properties }]) => Properties.EventPattern !== undefined,
    )
    expect(rules.map(([name]) => name).sort()).toEqual(['FastRule', 'MembersFastRule', 'Rule'])
    for (const [, { Properties }] of rules) {
      expect(Properties.State).toBe('ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS')
      expect(Properties.EventPattern.account.length).toBeGreaterThan(0)
      expect(Properties.EventPattern['detail-type']).toEqual(['AWS API Call via CloudTrail'])
      expect(Properties.EventPattern.source).toContain('aws.sts')
      expect(Properties.EventPattern.source).toContain('aws.eks-auth')
    }
    const patterns = rules.map(([, { Properties }]) => {
      const { account: _, ...pattern } = Properties.EventPattern
      return pattern
    })
    expect(new Set(patterns.map((pattern) => JSON.stringify(pattern))).size).toBe(1)
    for (const event of [
      'AssumeRoleWithWebIdentity',
      'AssumeRoleForPodIdentity',
      'UpdateAssumeRolePolicy',
      'StopLogging',
    ])
      expect(patterns[0].detail.eventName).toContain(event)
  })

  it('keeps the table: on demand, restorable, protected, encrypted, with a time to live', () => {
    const [[, table]] = ofType('AWS::DynamoDB::Table') as [[string, Any]]
    expect(table).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        DeletionProtectionEnabled: true,
        SSESpecification: { SSEEnabled: true },
        TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
      },
    })
    expect(table.Properties.GlobalSecondaryIndexes).toBeUndefined()
  })

  it('keeps the bucket of facts: private, encrypted, versioned, in its own right', () => {
    const buckets = ofType('AWS::S3::Bucket').filter(([name]) => name === 'Facts')
    expect(buckets).toHaveLength(1)
    const [[, bucket]] = buckets as [[string, Any]]
    expect(bucket).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        VersioningConfiguration: { Status: 'Enabled' },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      },
    })
    // Nothing that is the newest of its name ever expires.
    const rules = bucket.Properties.LifecycleConfiguration.Rules
    expect(rules.every((rule: Any) => !('ExpirationInDays' in rule))).toBe(true)
    const [, policy] = ofType('AWS::S3::BucketPolicy').find(([name]) => name === 'FactsPolicy')!
    expect(JSON.stringify(policy.Properties.PolicyDocument)).toContain('aws:SecureTransport')
    for (const [name, role] of ofType('AWS::IAM::Role'))
      for (const { Action } of statementsOf(role))
        expect(listOf(Action), name).not.toContain('s3:DeleteObject')
  })

  it('encrypts queues and topics with a key that turns', () => {
    for (const [name, { Properties }] of [
      ...ofType('AWS::SQS::Queue'),
      ...ofType('AWS::SNS::Topic'),
    ])
      expect(Properties.KmsMasterKeyId, name).toEqual({ 'Fn::GetAtt': ['Key', 'Arn'] })
    const [[, key]] = ofType('AWS::KMS::Key') as [[string, Any]]
    expect(key).toMatchObject({ DeletionPolicy: 'Retain', Properties: { EnableKeyRotation: true } })
    // Whoever puts messages in has to be let to the key, else they get lost without a word.
    const allowed = key.Properties.KeyPolicy.Statement.flatMap((one: Any) =>
      listOf(one.Principal.Service ?? []),
    )
    for (const service of ['s3', 'sns', 'events', 'cloudwatch'])
      expect(allowed).toContain(`${service}.amazonaws.com`)
  })

  it('takes messages from those it expects only', () => {
    for (const [name, { Properties }] of ofType('AWS::SQS::QueuePolicy'))
      for (const given of Properties.PolicyDocument.Statement) {
        const { Effect, Principal, Condition } = given['Fn::If']?.[1] ?? given
        if (Effect === 'Deny') continue
        expect(Principal, name).toHaveProperty('Service')
        expect(JSON.stringify(Condition), name).toContain('aws:SourceArn')
      }
  })

  it('asks who it is on every route but health', () => {
    expect(openRoutes(template)).toEqual(['GET /healthz'])
    const kinds = ofType('AWS::ApiGatewayV2::Route').map(
      ([, { Properties }]) => Properties.AuthorizationType,
    )
    expect(kinds.sort()).toEqual(['AWS_IAM', 'AWS_IAM', undefined])
  })

  it('keeps logs for a while, of functions and of the API', () => {
    const groups = ofType('AWS::Logs::LogGroup')
    expect(groups.length).toBeGreaterThanOrEqual(ofType('AWS::Lambda::Function').length)
    for (const [name, { Properties }] of groups) expect(Properties.RetentionInDays, name).toBe(90)
  })

  it('runs on the current Node, on arm64, under its tags', () => {
    for (const [name, { Properties }] of ofType('AWS::Lambda::Function')) {
      expect(Properties, name).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] })
      expect(Properties.Tags).toContainEqual({ Key: 'service', Value: 'podtrail' })
      expect(JSON.stringify(Properties.Environment)).not.toMatch(/secret|password|token/i)
    }
  })
})

describe('alarms', () => {
  const alarms = () =>
    ofType('AWS::CloudWatch::Alarm').map(([name, { Properties }]) => ({ name, ...Properties }))

  it('go to operations', () => {
    expect(alarms().length).toBeGreaterThan(30)
    for (const { name, AlarmActions, AlarmDescription } of alarms()) {
      expect(AlarmActions, name).toEqual([{ Ref: 'Operations' }])
      expect(AlarmDescription, name).toContain('docs/operate.md')
    }
  })

  it('watch every queue, function and rule', () => {
    const watched = JSON.stringify(
      alarms().map(({ MetricName, Dimensions }) => [MetricName, Dimensions]),
    )
    for (const [name] of ofType('AWS::SQS::Queue'))
      expect(watched).toContain(
        JSON.stringify([
          name.endsWith('Dlq')
            ? 'ApproximateNumberOfMessagesVisible'
            : 'ApproximateAgeOfOldestMessage',
          [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [name, 'QueueName'] } }],
        ]),
      )
    for (const [, { Properties }] of ofType('AWS::Lambda::Function'))
      for (const metric of ['Errors', 'Throttles'])
        expect(watched).toContain(
          JSON.stringify([metric, [{ Name: 'FunctionName', Value: Properties.FunctionName }]]),
        )
    for (const [name, { Properties }] of ofType('AWS::Events::Rule'))
      if (Properties.EventPattern !== undefined)
        expect(watched).toContain(JSON.stringify({ Ref: name }))
  })

  it('are raised by silence where something must happen, and by that alone not where something must not', () => {
    for (const { name, TreatMissingData, ComparisonOperator } of alarms())
      expect([name, TreatMissingData]).toEqual([
        name,
        ComparisonOperator === 'LessThanThreshold' ? 'breaching' : 'notBreaching',
      ])
    const dead = alarms().filter(({ TreatMissingData }) => TreatMissingData === 'breaching')
    expect(dead.map(({ name }) => name)).toContain('AlarmNoIngest')
  })
})

describe('the role of other accounts', () => {
  it('only reads', () => {
    const [[, role]] = ofType('AWS::IAM::Role', member) as [[string, Any]]
    for (const { Action } of statementsOf(role))
      for (const action of listOf(Action))
        expect(action).toMatch(/^(?:iam|eks):(?:Get|List|Describe)[A-Z]/)
    const actions = statementsOf(role).flatMap(({ Action }) => listOf(Action))
    expect(actions.sort()).toEqual([...DECLARED].sort())
    // Just what the reader calls.
    const called = Object.values(sources('lib/aws/live')).flatMap((text) =>
      [...text.matchAll(/new (\w+)Command\(/g)].map(([, name]) => name!),
    )
    const own = ['AssumeRole', 'GetCallerIdentity']
    expect([...new Set(called)].filter((name) => !own.includes(name)).sort()).toEqual(
      DECLARED.map((action) => action.split(':')[1]).sort(),
    )
  })

  it('trusts one role of one account and organization that knows the external id', () => {
    const [[, { Properties }]] = ofType('AWS::IAM::Role', member) as [[string, Any]]
    const [statement] = Properties.AssumeRolePolicyDocument.Statement
    expect(statement.Condition).toEqual({
      ArnEquals: { 'aws:PrincipalArn': { Ref: 'Reader' } },
      StringEquals: {
        'sts:ExternalId': { Ref: 'ExternalId' },
        'aws:PrincipalOrgID': { Ref: 'Organization' },
      },
    })
  })
})

describe('settings', () => {
  const folder = mkdtempSync(join(tmpdir(), 'podtrail-settings-'))
  const write = (change: (text: string) => string) => () =>
    writeSettings(change(SETTINGS), 'podtrail.yaml', folder)

  afterAll(() => rmSync(folder, { recursive: true }))

  it.each([
    [(text: string) => text.replace(/^accounts:.*\n/m, ''), 'missing key accounts'],
    [
      (text: string) => text.replace(/auth:[\s\S]*?\n(?=\w)/, ''),
      'missing key auth.iam or auth.jwt',
    ],
    [
      (text: string) => `${text}\nalerts: { routes: [{ to: stdout, formats: [text] }] }`,
      'alerts.routes: stdout is of no use on AWS',
    ],
    [(text: string) => `${text}\nacounts: []`, 'unknown key acounts'],
  ])('%s: %s', (change, message) => {
    expect(write(change)).toThrow(message)
    expect(write((text) => text)).not.toThrow()
  })
})

describe('parameters', () => {
  const check = (given: Record<string, string>) => () =>
    checkParameters(new Map(Object.entries(given)))

  it.each([
    [{}, 'missing parameter trailBucket'],
    [{ trailBucket: '', alertEmail: 'a@example.org' }, 'missing parameter trailBucket'],
    [{ trailBucket: 'b' }, 'missing parameter alertEmail or alertTopic'],
    [
      { trailBucket: 'b', alertEmail: 'a@example.org', trailbucket: 'b' },
      'there is no parameter trailbucket',
    ],
  ])('%j: %s', (given, message) => {
    expect(check(given)).toThrow(WrongParameter)
    expect(check(given)).toThrow(message)
  })

  it('are enough otherwise', () => {
    expect(
      check({ trailBucket: 'b', alertTopic: 'arn:aws:sns:eu-west-1:111122223333:t' }),
    ).not.toThrow()
  })

  it('of another account, with a key, a topic and tokens, make a template that is allowed too', () => {
    const settings = SETTINGS.replace(
      /auth:[\s\S]*?\n(?=\w)/,
      'auth: { jwt: { issuer: https://login.example.org, audience: podtrail, claim: groups, roles: { audit: viewer } } }\n',
    )
    const given = {
      trailBucket: 'acme-cloudtrail',
      trailBucketAccount: '222233334444',
      trailPrefix: 'logs/AWSLogs/o-exampleorgid/',
      trailKey: 'arn:aws:kms:eu-west-1:222233334444:key/00000000-0000-4000-8000-000000000000',
      trailTopic: 'arn:aws:sns:eu-west-1:222233334444:trail',
      alertTopic: 'arn:aws:sns:eu-west-1:111122223333:findings',
      operationsEmail: 'operations@example.org',
    }
    const other = rendered(given, settings)
    expect(problemsIn(other)).toEqual([])
    expect(other.Resources['HttpApiAuthorizerCallers']).toMatchObject({
      Properties: {
        AuthorizerType: 'JWT',
        JwtConfiguration: { Issuer: 'https://login.example.org', Audience: ['podtrail'] },
      },
    })
    expect(openRoutes(other)).toEqual(['GET /healthz'])
    const text = JSON.stringify(other)
    for (const part of ['logs/AWSLogs/o-exampleorgid/*', '222233334444:key/', '"Sid":"TrailTopic"'])
      expect(text).toContain(part)
  }, 120_000)
})
