import { expect, it } from 'vitest'
import type { Template } from '../../scripts/packaging/template.ts'
import { problemsIn } from './spec.ts'

/** A small sound template with one thing changed. */
function withChange(name: string, change: Record<string, unknown>): Template {
  const resources: Record<string, { Type: string; Properties: Record<string, unknown> }> = {
    Queue: { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: 30 } },
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        State: 'ENABLED',
        ScheduleExpression: 'rate(1 hour)',
        Targets: [{ Id: 'queue', Arn: { 'Fn::GetAtt': ['Queue', 'Arn'] } }],
      },
    },
    Topic: { Type: 'AWS::SNS::Topic', Properties: {} },
  }
  const changed = resources[name]!
  const { Type = changed.Type, ...properties } = change
  return {
    Resources: {
      ...resources,
      [name]: { Type: String(Type), Properties: { ...changed.Properties, ...properties } },
    },
  }
}

it.each([
  ['Queue', {}, []],
  [
    'Queue',
    { Type: 'AWS::SQS::Quue' },
    ['Queue: there is no AWS::SQS::Quue', 'Rule.Properties.Targets.Arn: Queue has no Arn'],
  ],
  ['Queue', { VisibilityTimout: 30 }, ['Queue.VisibilityTimout: unknown']],
  ['Queue', { VisibilityTimeout: 'long' }, ['Queue.VisibilityTimeout: "long" is not integer']],
  [
    'Queue',
    { KmsMasterKeyId: { Ref: 'Key' } },
    ['Queue.Properties.KmsMasterKeyId: there is no Key'],
  ],
  [
    'Queue',
    { KmsMasterKeyId: { 'Fn::GetAtt': ['Topic', 'Arn'] } },
    ['Queue.Properties.KmsMasterKeyId: Topic has no Arn'],
  ],
  [
    'Queue',
    { QueueName: { 'Fn::Sub': `\${Nmae}-queue` } },
    ['Queue.Properties.QueueName: there is no Nmae'],
  ],
  [
    'Rule',
    { State: 'ENABLD' },
    ['Rule.State: "ENABLD" is not DISABLED|ENABLED|ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'],
  ],
  ['Rule', { Targets: { Id: 'queue' } }, ['Rule.Targets: {"Id":"queue"} is not array']],
  ['Rule', { Targets: [{ Id: 'queue' }] }, ['Rule.Targets[0].Arn: missing']],
  [
    'Rule',
    { Targets: [{ Id: 'queue', Arn: { 'Fn::If': ['Never', 'a', 'b'] } }] },
    ['Rule.Properties.Targets.Arn: there is no condition Never'],
  ],
])('%s with %j: %j', (name, change, problems) => {
  expect(problemsIn(withChange(name, change))).toEqual(problems)
})
