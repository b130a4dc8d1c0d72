/*
 * All alarms go to the topic of operations. What must happen and does not is an alarm when there is no data; what must not happen is
 * none then. docs/operate.md says for each what it means and what to do.
 */

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const FUNCTIONS = ['ingest', 'fastpath', 'rollup', 'coverage', 'detect', 'drift', 'dispatch', 'api']

/** Name, what it means, and what is looked at. `seconds` of data at a time, `times` in a row. */
const ALARMS = [
  queueNotEmpty('IngestDlq', 'Log files that could not be taken in wait in the DLQ.'),
  queueNotEmpty('FastpathDlq', 'Events that could not be taken in wait in the DLQ.'),
  queueNotEmpty('RollupDlq', 'Rows could not be brought up to date five times in a row.'),
  queueNotEmpty('DriftDlq', 'What is declared could not be read five times in a row.'),
  queueNotEmpty('ScheduleDlq', 'A scheduled function failed three times in a row.'),
  queueNotEmpty('EventsDlq', 'EventBridge could not deliver.'),
  queueAge('IngestQueue', 15 * MINUTE),
  queueAge('FastpathQueue', 10 * MINUTE),
  queueAge('RollupQueue', HOUR),
  queueAge('DriftQueue', 2 * HOUR),
  dead(
    'NoIngest',
    'No log file came in for an hour: nothing is seen.',
    'ingest',
    'ObjectsTaken',
    HOUR,
  ),
  dead('NoRollup', 'No rollup ran for an hour: answers grow old.', 'rollup', 'RollupRounds', HOUR),
  dead(
    'NoDrift',
    'What is declared was not compared with what was seen for a day.',
    'drift',
    'DriftPlacesNotRead',
    DAY,
    'SampleCount',
  ),
  dead(
    'NoCoverage',
    'Nobody looked for an hour whether all accounts are seen.',
    'coverage',
    'PlacesBlind',
    HOUR,
    'SampleCount',
  ),
  dead(
    'NoDetect',
    'Nothing unusual was looked for, for a day.',
    'detect',
    'Found',
    DAY,
    'SampleCount',
  ),
  dead(
    'NoDispatch',
    'Nobody looked for an hour whether findings are to be sent.',
    'dispatch',
    'AlertsSent',
    HOUR,
    'SampleCount',
  ),
  found(
    'OutboxAge',
    'Findings wait for more than ten minutes to be sent.',
    'dispatch',
    'OutboxOldestSeconds',
    'Maximum',
    { above: 10 * MINUTE },
  ),
  found(
    'AlertsDead',
    'Findings could not be sent for a day and are not tried any more.',
    'dispatch',
    'AlertsDead',
    'Maximum',
  ),
  found(
    'Blind',
    'Accounts or regions of ours are silent or were never seen.',
    'coverage',
    'PlacesBlind',
    'Maximum',
  ),
  found(
    'TrailNarrowed',
    'A trail is stopped, cannot deliver, or leaves out what podtrail lives on.',
    'coverage',
    'TrailProblems',
    'Maximum',
  ),
  found(
    'Integrity',
    'Log files or digests are missing, or not what CloudTrail delivered.',
    'coverage',
    'IntegrityFailures',
    'Maximum',
  ),
  found(
    'IntegrityNotLooked',
    'For a day, digests could not be verified.',
    'coverage',
    'IntegrityNotLooked',
    'Minimum',
    { seconds: DAY },
  ),
  found(
    'IntegrityBehind',
    'Digests are verified later than they come.',
    'coverage',
    'VerifiedSecondsBehind',
    'Minimum',
    { seconds: 6 * HOUR, above: 6 * HOUR },
  ),
  found(
    'Unreadable',
    'Log files are gone, or may not be read.',
    'ingest',
    'ObjectsUnreadable',
    'Sum',
  ),
  found('Foreign', 'Messages name a bucket that is not ours.', 'ingest', 'ObjectsForeign', 'Sum'),
  found('Removed', 'Log files were removed from the bucket.', 'ingest', 'LogsRemoved', 'Sum'),
  found(
    'QuarantinedFiles',
    'Log files are damaged or no log files.',
    'ingest',
    'ObjectsQuarantined',
    'Sum',
  ),
  found(
    'QuarantinedRecords',
    'Records were not understood.',
    'ingest',
    'RecordsQuarantined',
    'Sum',
  ),
  found(
    'QuarantinedEvents',
    'Events were not understood.',
    'fastpath',
    'RecordsQuarantined',
    'Sum',
  ),
  found(
    'RollupBehind',
    'Rollups do not keep up with what comes in.',
    'rollup',
    'PartitionsLeft',
    'Minimum',
    { seconds: HOUR },
  ),
  found(
    'DriftBlind',
    'Not all that is declared may be read: an account, a region or a cluster.',
    'drift',
    'DriftPlacesNotRead',
    'Minimum',
    { seconds: DAY },
  ),
  found('Flood', 'So many records that they will cost.', 'ingest', 'RecordsAccepted', 'Sum', {
    seconds: HOUR,
    above: `\${param:recordsPerHourMax}`,
  }),
  ...FUNCTIONS.flatMap((name) => [
    lambda(name, 'Errors', 'failed, ran out of time or out of memory.', 5 * MINUTE),
    lambda(name, 'Throttles', 'may not run as often as it should.', 15 * MINUTE),
  ]),
  ...['ReadThrottleEvents', 'WriteThrottleEvents', 'SystemErrors'].map((metric) => ({
    name: `Table${metric}`,
    about: 'The table refuses requests, for longer than repeating them helps.',
    source: {
      Namespace: 'AWS/DynamoDB',
      MetricName: metric,
      Dimensions: [{ Name: 'TableName', Value: { Ref: 'Table' } }],
    },
    statistic: 'Sum',
    seconds: 5 * MINUTE,
    times: 3,
    above: 100,
  })),
  ...['FastRule', 'MembersFastRule', 'RollupRule', 'DriftRule'].map((rule) => ({
    name: `${rule}Failed`,
    about: 'EventBridge could not deliver.',
    source: {
      Namespace: 'AWS/Events',
      MetricName: 'FailedInvocations',
      Dimensions:
        rule === 'MembersFastRule'
          ? [
              { Name: 'EventBusName', Value: { Ref: 'Members' } },
              {
                Name: 'RuleName',
                Value: { 'Fn::Select': [1, { 'Fn::Split': ['|', { Ref: rule }] }] },
              },
            ]
          : [{ Name: 'RuleName', Value: { Ref: rule } }],
    },
    statistic: 'Sum',
    seconds: 5 * MINUTE,
  })),
  {
    name: 'ApiFailures',
    about: 'The API fails.',
    source: {
      Namespace: 'AWS/ApiGateway',
      MetricName: '5xx',
      Dimensions: [{ Name: 'ApiId', Value: { Ref: 'HttpApi' } }],
    },
    statistic: 'Sum',
    seconds: 5 * MINUTE,
    above: 5,
  },
]

function queueNotEmpty(queue, about) {
  return {
    name: `${queue}NotEmpty`,
    about,
    source: queueMetric(queue, 'ApproximateNumberOfMessagesVisible'),
    statistic: 'Maximum',
    seconds: MINUTE,
  }
}

function queueAge(queue, above) {
  return {
    name: `${queue}Age`,
    about: `Messages wait for more than ${above / MINUTE} minutes.`,
    source: queueMetric(queue, 'ApproximateAgeOfOldestMessage'),
    statistic: 'Maximum',
    seconds: MINUTE,
    times: 3,
    above,
  }
}

function queueMetric(queue, metric) {
  const name = { 'Fn::GetAtt': [queue, 'QueueName'] }
  return {
    Namespace: 'AWS/SQS',
    MetricName: metric,
    Dimensions: [{ Name: 'QueueName', Value: name }],
  }
}

function lambda(name, metric, about, seconds) {
  const functionName = `\${param:name}-${name}`
  return {
    name: `${name[0].toUpperCase()}${name.slice(1)}${metric}`,
    about: `The function ${name} ${about}`,
    source: {
      Namespace: 'AWS/Lambda',
      MetricName: metric,
      Dimensions: [{ Name: 'FunctionName', Value: functionName }],
    },
    statistic: 'Sum',
    seconds,
  }
}

/** Of our own metrics: more than `above` is wrong. */
function found(name, about, from, metric, statistic, { seconds = 5 * MINUTE, above = 0 } = {}) {
  return { name, about, source: ownMetric(from, metric), statistic, seconds, above }
}

/** Of our own metrics: nothing for so long is wrong. */
function dead(name, about, from, metric, seconds, statistic = 'Sum') {
  return { name, about, source: ownMetric(from, metric), statistic, seconds, below: 1 }
}

function ownMetric(from, metric) {
  return {
    Namespace: 'podtrail',
    MetricName: metric,
    Dimensions: [{ Name: 'function', Value: from }],
  }
}

function resource({ about, source, statistic, seconds, times = 1, above = 0, below }) {
  const topic = { Ref: 'Operations' }
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmDescription: `${about} See docs/operate.md, Alarms.`,
      ...source,
      Statistic: statistic,
      Period: seconds,
      EvaluationPeriods: times,
      ComparisonOperator: below === undefined ? 'GreaterThanThreshold' : 'LessThanThreshold',
      Threshold: below ?? above,
      TreatMissingData: below === undefined ? 'notBreaching' : 'breaching',
      AlarmActions: [topic],
      OKActions: [topic],
    },
  }
}

export const resources = {
  Resources: Object.fromEntries(ALARMS.map((alarm) => [`Alarm${alarm.name}`, resource(alarm)])),
}
