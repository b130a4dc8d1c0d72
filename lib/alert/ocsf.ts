import { cut } from '../finding/content.ts'
import type { Finding } from '../finding/finding.ts'
import { parseArn } from '../identity/arn.ts'
import type { Severity } from '../rule.ts'
import { safeJson } from '../text/visible.ts'
import { type Alert, pathOf, subjectOf } from './alert.ts'
import type { ForMachines } from './format.ts'
import { tidied } from './mask.ts'

/** https://schema.ocsf.io/1.3.0/classes/detection_finding */
const VERSION = '1.3.0'
const CLASS = 2004
const LONGEST = 4_000

const SEVERITY: Readonly<Record<Severity, { id: number; name: string }>> = {
  low: { id: 2, name: 'Low' },
  medium: { id: 3, name: 'Medium' },
  high: { id: 4, name: 'High' },
  critical: { id: 5, name: 'Critical' },
}

/** Approved and withdrawn findings need nobody any more: OCSF has no words of its own for them. */
const STATUS: Readonly<Record<Finding['status'], { id: number; name: string }>> = {
  open: { id: 1, name: 'New' },
  suppressed: { id: 3, name: 'Suppressed' },
  resolved: { id: 4, name: 'Resolved' },
  approved: { id: 4, name: 'Resolved' },
  withdrawn: { id: 4, name: 'Resolved' },
}

/** A Detection Finding of the Open Cybersecurity Schema Framework. */
export const ocsf: ForMachines = {
  id: 'ocsf',
  isForPeople: false,
  body(alert) {
    const { rule, url } = alert
    const finding = tidied(alert.finding, 1_000)
    const activity = activityOf(alert)
    const severity = SEVERITY[finding.severity]
    const status = STATUS[finding.status]
    const firstSeen = Date.parse(finding.firstSeen)
    const lastSeen = Date.parse(finding.lastSeen)
    const last = finding.history.at(-1)
    const changed = last === undefined ? lastSeen : Date.parse(last.at)
    return safeJson(
      JSON.stringify({
        activity_id: activity.id,
        activity_name: activity.name,
        category_uid: 2,
        category_name: 'Findings',
        class_uid: CLASS,
        class_name: 'Detection Finding',
        type_uid: CLASS * 100 + activity.id,
        type_name: `Detection Finding: ${activity.name}`,
        time: changed,
        start_time: firstSeen,
        end_time: lastSeen,
        count: finding.count,
        severity_id: severity.id,
        severity: severity.name,
        status_id: status.id,
        status: status.name,
        status_detail:
          last === undefined ? finding.status : cut(`${finding.status}: ${last.reason}`, LONGEST),
        message: cut(finding.title, LONGEST),
        metadata: {
          version: VERSION,
          uid: alert.id,
          event_code: finding.rule,
          profiles: ['cloud'],
          product: { name: 'podtrail', vendor_name: 'podtrail' },
        },
        cloud: {
          provider: 'AWS',
          ...(finding.account === null ? {} : { account: { uid: finding.account } }),
        },
        finding_info: {
          uid: finding.id,
          title: cut(finding.title, LONGEST),
          desc: cut(
            [pathOf(finding), finding.normal, rule?.why].filter(Boolean).join('. '),
            LONGEST,
          ),
          types: [finding.kind],
          created_time: Date.parse(finding.history[0]?.at ?? finding.firstSeen),
          modified_time: changed,
          first_seen_time: firstSeen,
          last_seen_time: lastSeen,
          related_events: relatedEvents(finding),
          analytic: {
            type_id: 1,
            type: 'Rule',
            uid: finding.rule,
            name: rule?.title ?? finding.rule,
          },
          attacks: (rule?.attack ?? []).map((technique) => ({ technique: { uid: technique } })),
          ...(url === null ? {} : { src_url: url }),
        },
        ...(rule === null
          ? {}
          : {
              remediation: {
                desc: cut(alert.steps.map((step, n) => `${n + 1}. ${step}`).join('\n'), LONGEST),
              },
            }),
        resources: resourcesOf(finding),
        evidences: evidencesOf(finding),
        unmapped: {
          subject: finding.subject,
          story: finding.story,
          podtrail_version: finding.version,
        },
      }),
    )
  },
}

function activityOf({ finding, action }: Alert): { id: number; name: string } {
  if (finding.status !== 'open') return { id: 3, name: 'Close' }
  return action === 'found' && finding.history.length === 1
    ? { id: 1, name: 'Create' }
    : { id: 2, name: 'Update' }
}

function relatedEvents({ evidence }: Finding): object[] {
  return evidence.flatMap(({ eventId }) =>
    eventId === null ? [] : [{ uid: eventId, type: 'AWS CloudTrail' }],
  )
}

function resourcesOf({ via, role, subject }: Finding): object[] {
  const roles = [...via.slice(0, 20), ...(role === null ? [] : [role])]
  if (roles.length === 0) return [{ type: 'Subject', uid: cut(subject, 1_000) }]
  return roles.map((arn) => {
    const { partition, account } = parseArn(arn) ?? { partition: 'aws', account: '' }
    return {
      type: 'AWS::IAM::Role',
      uid: arn,
      cloud_partition: partition,
      ...(account === '' ? {} : { owner: { account: { uid: account } } }),
    }
  })
}

function evidencesOf(finding: Finding): object[] {
  const { principal, networks, evidence } = finding
  const actor =
    principal === null
      ? {}
      : {
          actor: {
            user: {
              uid: principal.id,
              name: subjectOf(finding),
              type_id: 99,
              type: principal.kind,
            },
          },
        }
  const from = networks[0]
  // An address is one; a VPC endpoint is called by its id.
  const endpoint =
    from === undefined
      ? {}
      : { src_endpoint: /^[0-9a-f.:]+$/i.test(from) ? { ip: from } : { uid: from } }
  return [{ ...actor, ...endpoint, data: { networks, events: evidence } }]
}
