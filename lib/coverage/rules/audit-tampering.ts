import { type Detector, fires, type Now, quiet } from '../../detect/detector.ts'
import { distinct, grouped } from '../../detect/group.ts'
import { remembered } from '../../detect/remembered.ts'
import {
  ADA,
  CHECKOUT,
  called,
  days,
  OFFICE,
  PIPELINE,
  role,
  STRANGER,
  someone,
  THEN,
  usualAnd,
} from '../../detect/sample.ts'
import { inAccount } from '../../detect/story.ts'
import { isStranger } from '../../detect/stranger.ts'
import { isByHabit } from '../../detect/trust-change.ts'
import { FRESH, type Use } from '../../detect/use.ts'
import { listed, resourceWords, Who } from '../../detect/words.ts'
import type { Severity } from '../../rule.ts'

/** Blinds at once, and for good. */
const BLINDS =
  /^(?:cloudtrail:(?:StopLogging|DeleteTrail|DeleteEventDataStore|StopEventDataStoreIngestion)|guardduty:(?:DeleteDetector|StopMonitoringMembers|DisassociateMembers)|config:(?:StopConfigurationRecorder|DeleteConfigurationRecorder)|organizations:LeaveOrganization)$/
/** Blinds in part: what is recorded, where it goes, who is told. */
const NARROWS =
  /^cloudtrail:(?:PutEventSelectors|UpdateTrail|PutInsightSelectors|UpdateEventDataStore|DeregisterOrganizationDelegatedAdmin)$/
/** Does harm to the log or to podtrail only where it is theirs. */
const ON_OURS =
  /^(?:s3:(?:PutBucketLifecycle(?:Configuration)?|DeleteBucketLifecycle|PutBucketPolicy|DeleteBucketPolicy|PutBucketNotification(?:Configuration)?|PutBucketVersioning|DeleteBucket|PutBucketReplication|DeleteBucketReplication|PutBucketLogging)|sns:(?:DeleteTopic|Unsubscribe|SetTopicAttributes|SetSubscriptionAttributes)|sqs:(?:PurgeQueue|DeleteQueue)|lambda:(?:DeleteFunction|UpdateFunction)|dynamodb:DeleteTable|kms:(?:ScheduleKeyDeletion|DisableKey|PutKeyPolicy))/
/** Of these what leaves nothing behind to record with. */
const ENDS =
  /^(?:sqs:|sns:(?:DeleteTopic|Unsubscribe)|lambda:DeleteFunction|dynamodb:DeleteTable|s3:DeleteBucket$|kms:ScheduleKeyDeletion)/
const OURS = /cloudtrail|aws-logs|audit|podtrail|log-archive|logarchive/i

const TRAIL = 'arn:aws:cloudtrail:eu-west-1:111122223333:trail/main'

export const auditTampering: Detector = {
  id: 'audit-tampering',
  title: 'Somebody changes what is recorded',
  severity: 'critical',
  attack: ['T1562.008', 'T1070', 'T1562.001'],
  why: 'An attacker who blinds the log first does the rest unseen. What podtrail says afterwards rests on what it was not told.',
  blindSpots:
    'Of selectors it is told which half of the management events is left, and whether data events are; finer conditions stand in the log file of the change. Buckets, queues and functions count as ours by their names.',
  runbook: [
    'Look at the trail in `account` now: aws cloudtrail get-trail-status and get-event-selectors (also the advanced ones: read-only events and STS have to be in).',
    'Restore it, then list what its principal did in the hour before `firstSeen`: podtrail trace ADDRESS.',
    'Take everything between `firstSeen` and the restoring for unseen: compare with LookupEvents of that time, which a trail does not govern.',
  ],

  *look(now) {
    const suspects = now.hour.calls.filter((use) => use.outcome !== 'failed' && isTampering(use))
    for (const uses of grouped(
      suspects,
      ({ who, account, action }) => `${who.key}\n${account}\n${action}`,
    )) {
      const use = uses[0]!
      const { who, account, action, outcome } = use
      const things = distinct(uses, ({ what }) => what).filter((what) => what !== '')
      yield {
        subject: `${account} by ${who.principal.id} ${action}`,
        occurrence: String(Math.floor(use.first / 86_400)),
        severity: severityOf(use, now),
        title: `${Who(who.principal)} ${outcome === 'refused' ? 'tried to change' : 'changed'} what is recorded in account ${account}: ${action}${things.length === 0 ? '' : ` on ${listed(things.map(resourceWords), 2)}`}`,
        normal: who.actions.has(action) ? 'It has done so before.' : 'It has never done so before.',
        principal: who.principal,
        uses,
        joins: [inAccount(account)],
      }
    }
  },

  examples: [
    fires(
      'a person stops the trail',
      () => usualAnd(called(ADA, role('admin'), 'cloudtrail:StopLogging')),
      'critical',
    ),
    fires(
      'a workload is refused it',
      () =>
        usualAnd(
          called(CHECKOUT, role('checkout'), 'cloudtrail:StopLogging', { outcome: 'refused' }),
        ),
      'high',
    ),
    fires(
      'selectors are changed',
      () =>
        usualAnd(called(ADA, role('admin'), 'cloudtrail:PutEventSelectors', { network: OFFICE })),
      'high',
    ),
    fires(
      'selectors are changed from where none of ours works',
      () =>
        usualAnd(called(ADA, role('admin'), 'cloudtrail:PutEventSelectors', { network: STRANGER })),
      'critical',
    ),
    fires(
      'a user never seen before changes them',
      () =>
        usualAnd(
          called(
            someone('iam-user', 'arn:aws:iam::111122223333:user/backup-2'),
            '',
            'cloudtrail:PutEventSelectors',
            { network: OFFICE },
          ),
        ),
      'critical',
    ),
    fires(
      'the pipeline lets the trail record writes only: sessions are issued by reads',
      () =>
        usualAnd(
          called(PIPELINE, role('deploy'), 'cloudtrail:PutEventSelectors', {
            what: `${TRAIL}#management-events=writes-only,data-events=none`,
          }),
        ),
      'high',
    ),
    fires(
      'the pipeline lets the trail record more',
      () =>
        usualAnd(
          called(PIPELINE, role('deploy'), 'cloudtrail:PutEventSelectors', {
            what: `${TRAIL}#management-events=all,data-events=1-selected`,
          }),
        ),
      'low',
    ),
    fires(
      'log files are to be deleted after a day',
      () =>
        usualAnd(
          called(ADA, role('admin'), 's3:PutBucketLifecycle', {
            network: OFFICE,
            what: 'arn:aws:s3:::acme-cloudtrail',
          }),
        ),
      'high',
    ),
    fires(
      'podtrail’s own queue is emptied',
      () =>
        usualAnd(
          called(CHECKOUT, role('checkout'), 'sqs:PurgeQueue', {
            what: 'arn:aws:sqs:eu-west-1:111122223333:podtrail-ingest',
          }),
        ),
      'critical',
    ),
    fires(
      'the pipeline sets selectors, as every week',
      () =>
        usualAnd(
          ...[16, 9, 0].map((day) =>
            called(PIPELINE, role('deploy'), 'cloudtrail:PutEventSelectors', {
              at: THEN - days(day),
              client: 'terraform',
            }),
          ),
        ),
      'low',
    ),
    quiet('somebody looks at the trail', () =>
      usualAnd(called(ADA, role('admin'), 'cloudtrail:GetTrailStatus')),
    ),
    quiet('a bucket of an application gets a lifecycle', () =>
      usualAnd(
        called(PIPELINE, role('deploy'), 's3:PutBucketLifecycle', {
          what: 'arn:aws:s3:::acme-photos',
        }),
      ),
    ),
  ],
}

/** What the trail records from then on, where the call says so: every management event, or not. */
function recordsOf({ what }: Use): 'all' | 'less' | null {
  if (!what.includes('#management-events=')) return null
  return what.includes('#management-events=all,data-events=') ? 'all' : 'less'
}

const isOnTheLog = remembered((action) => BLINDS.test(action) || NARROWS.test(action))
const mayBeOnOurs = remembered((action) => ON_OURS.test(action))

function isTampering({ action, what }: Use): boolean {
  return isOnTheLog(action) || (mayBeOnOurs(action) && OURS.test(what))
}

function severityOf(use: Use, { memory }: Now): Severity {
  const { who, action, outcome, first, fresh } = use
  const isService = who.principal.kind === 'workload' || who.principal.kind === 'node'
  if (outcome === 'refused') return isService ? 'high' : 'medium'
  if (BLINDS.test(action)) return 'critical'
  const isHabit = (fresh & FRESH.action) === 0 && memory.isOld(memory.first, first)
  if (isHabit) return 'low'
  if (isService || isStranger(use, memory)) return 'critical'
  const records = recordsOf(use)
  if (records === 'all') return isByHabit(use) ? 'low' : 'medium'
  // An automation that changes trusts for a living sets up trails as well; whether it should have, somebody has to say.
  if (isByHabit(use)) return NARROWS.test(action) && records === null ? 'medium' : 'high'
  return ENDS.test(action) ? 'critical' : 'high'
}
