import { cut } from '../finding/content.ts'
import type { Finding } from '../finding/finding.ts'
import { parseArn } from '../identity/arn.ts'
import type { Severity } from '../rule.ts'
import { safeJson, visible } from '../text/visible.ts'
import { type Alert, pathOf, subjectOf, whenOf } from './alert.ts'
import type { ForMachines } from './format.ts'

/** https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsSecurityFinding.html */
const MAX = { title: 256, description: 1_024, text: 512, id: 512, resources: 32, field: 2_048 }

const LABEL: Readonly<Record<Severity, string>> = {
  low: 'LOW',
  medium: 'MEDIUM',
  high: 'HIGH',
  critical: 'CRITICAL',
}

/**
 * One finding in the AWS Security Finding Format, for `BatchImportFindings` under the default product of the topic's account and region,
 * which are also those that may import it.
 */
export const asff: ForMachines = {
  id: 'asff',
  isForPeople: false,
  body(alert, to) {
    const { finding, url } = alert
    const { partition, region, account } = placeOf(to, finding)
    const last = finding.history.at(-1)
    const [step] = alert.steps
    return safeJson(
      JSON.stringify({
        SchemaVersion: '2018-10-08',
        Id: `podtrail/${finding.id}`,
        ProductArn: `arn:${partition}:securityhub:${region}:${account}:product/${account}/default`,
        ProductName: 'podtrail',
        GeneratorId: cut(`podtrail/${filled(finding.rule)}`, MAX.id),
        AwsAccountId: account,
        Types: [typeOf(finding)],
        CreatedAt: finding.history[0]?.at ?? finding.firstSeen,
        UpdatedAt: latest([last?.at, finding.lastSeen]),
        FirstObservedAt: finding.firstSeen,
        LastObservedAt: finding.lastSeen,
        Severity: { Label: LABEL[finding.severity], Original: finding.severity },
        Title: cut(filled(finding.title), MAX.title),
        Description: cut(filled(descriptionOf(alert)), MAX.description),
        ...(step === undefined
          ? {}
          : { Remediation: { Recommendation: { Text: cut(filled(step), MAX.text) } } }),
        ...(url === null ? {} : { SourceUrl: url }),
        ProductFields: productFields(alert),
        Resources: resourcesOf(finding, region),
        // What is decided stays out of the way until it is active again; people set the workflow themselves.
        RecordState: finding.status === 'open' ? 'ACTIVE' : 'ARCHIVED',
      }),
    )
  },
}

/** Of a topic, where it is; else of the finding. */
function placeOf(
  to: string,
  finding: Finding,
): { partition: string; region: string; account: string } {
  const topic = parseArn(to)
  if (topic !== null) return topic
  const { partition } = parseArn(finding.role ?? '') ?? { partition: 'aws' }
  const account = /^\d{12}$/.test(finding.account ?? '') ? finding.account! : '000000000000'
  return { partition, region: 'us-east-1', account }
}

/** https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-type-taxonomy.html */
function typeOf({ kind, principal }: Finding): string {
  if (kind === 'drift') return 'Software and Configuration Checks/AWS Security Best Practices'
  return principal?.kind === 'workload' ? 'Unusual Behaviors/Container' : 'Unusual Behaviors/User'
}

function descriptionOf({ finding, rule }: Alert): string {
  const { normal, networks, declared } = finding
  const parts = [
    pathOf(finding),
    whenOf(finding),
    networks.length === 0 ? null : `from ${networks.slice(0, 8).join(', ')}`,
    normal,
    declared,
    rule?.why,
  ]
  return parts.filter((part) => typeof part === 'string' && part !== '').join('. ')
}

function productFields(alert: Alert): Record<string, string> {
  const { finding } = alert
  const last = finding.history.at(-1)
  const events = finding.evidence.flatMap(({ eventId }) => eventId ?? [])
  const fields: readonly (readonly [string, string | null])[] = [
    ['podtrail/AlertId', alert.id],
    ['podtrail/Status', finding.status],
    ['podtrail/Subject', subjectOf(finding)],
    ['podtrail/Story', finding.story],
    ['podtrail/Account', finding.account],
    ['podtrail/Cluster', finding.principal?.cluster ?? null],
    ['podtrail/Namespace', finding.principal?.namespace ?? null],
    ['podtrail/Networks', finding.networks.join(', ')],
    ['podtrail/EventIds', events.join(', ')],
    ['podtrail/Because', last === undefined ? null : `${last.reason} (${last.by})`],
  ]
  return Object.fromEntries(
    fields.flatMap(([name, value]) =>
      value === null || value.trim() === '' ? [] : [[name, cut(visible(value), MAX.field)]],
    ),
  )
}

function resourcesOf({ via, role, subject }: Finding, region: string): object[] {
  const roles = [...(role === null ? [] : [role]), ...via]
  if (roles.length === 0)
    return [{ Type: 'Other', Id: cut(filled(subject), MAX.id), Region: region }]
  return roles.slice(0, MAX.resources).map((arn) => ({
    Type: 'AwsIamRole',
    Id: cut(filled(arn), MAX.id),
    Partition: parseArn(arn)?.partition ?? 'aws',
    Region: region,
  }))
}

/** Every text must have something in it that is no blank. */
function filled(text: string): string {
  const shown = visible(text)
  return shown.trim() === '' ? '–' : shown
}

function latest(times: readonly (string | undefined)[]): string {
  return times.reduce<string>((most, time) => (time !== undefined && time > most ? time : most), '')
}
