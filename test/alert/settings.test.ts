import { describe, expect, it } from 'vitest'
import { parseConfig, WrongConfig } from '../../lib/config.ts'

const REST = 'accounts: []\nclusters: []\nnetwork: { egress: [], vpcEndpoints: [] }\n'
const WHOLE = `${REST}
alerts:
  dashboard: https://podtrail.example
  storm: { most: 5, minutes: 30 }
  routes:
    - to: arn:aws:sns:eu-west-1:111122223333:podtrail.fifo
      formats: [text, json]
      minimumSeverity: high
      rules: [new-chain]
      decisions: true
    - to: file:///tmp/alerts.ndjson
      formats: [ocsf]
    - { to: stdout, formats: [slack, chat, asff] }
suppressions:
  - rule: denied-burst
    namespace: sandbox
    cluster: dev-eks
    owner: ana
    reason: a broken job that is being replaced
    expires: '2027-01-31'
`

function problems(text: string): readonly string[] {
  try {
    parseConfig(text, 'podtrail.yaml')
  } catch (error) {
    if (error instanceof WrongConfig) return error.problems
    throw error
  }
  return []
}

describe('settings of alerts and suppressions', () => {
  it('may be left out', () => {
    const { alerts, suppressions } = parseConfig(REST, 'podtrail.yaml')
    expect([alerts, suppressions]).toEqual([undefined, undefined])
  })

  it('are read, with what is usual for what is left out', () => {
    const { alerts, suppressions } = parseConfig(WHOLE, 'podtrail.yaml')
    expect(alerts!.routes[1]).toEqual({
      to: 'file:///tmp/alerts.ndjson',
      formats: ['ocsf'],
      minimumSeverity: 'low',
      decisions: false,
    })
    expect(alerts!.storm).toEqual({ most: 5, minutes: 30 })
    expect(parseConfig(`${REST}alerts: { routes: [] }`, 'x').alerts!.storm).toEqual({
      most: 20,
      minutes: 10,
    })
    expect(suppressions![0]!.expires).toBe('2027-01-31T00:00:00Z')
  })

  it.each([
    [
      'to: stdout',
      'to: slack',
      ['alerts.routes[2].to must be the ARN of an SNS topic, file://PATH, or stdout'],
    ],
    [
      'formats: [ocsf]',
      'formats: [xml]',
      ['alerts.routes[1].formats[0] must be one of json, text, slack, chat, ocsf, asff'],
    ],
    ['formats: [ocsf]', 'formats: []', ['alerts.routes[1].formats must name a format']],
    [
      'minimumSeverity: high',
      'minimumSeverity: severe',
      ['alerts.routes[0].minimumSeverity must be low, medium, high or critical'],
    ],
    [
      '      decisions: true\n',
      '      decision: true\n',
      ['unknown key alerts.routes[0].decision'],
    ],
    ['most: 5', 'most: 0', ['alerts.storm.most must be at least 1']],
    [
      'https://podtrail.example',
      'javascript:alert(1)',
      ['alerts.dashboard must be an http or https URL'],
    ],
    ['    owner: ana\n', '', ['missing key suppressions[0].owner']],
    ['    namespace: sandbox\n', '', ['suppressions[0] needs a subject or a namespace']],
    [
      'a broken job that is being replaced',
      'noise',
      ['suppressions[0].reason must have at least 10 characters'],
    ],
    ["'2027-01-31'", "'2027-02-31'", ['suppressions[0].expires must be a day such as 2027-01-31']],
    ["    expires: '2027-01-31'\n", '', ['missing key suppressions[0].expires']],
  ])('that do not fit name their key: %s → %s', (right, wrong, expected) => {
    expect(WHOLE).toContain(right)
    expect(problems(WHOLE.replace(right, wrong))).toEqual(expected)
  })
})
