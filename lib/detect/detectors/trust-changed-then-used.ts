import { roleName } from '../../identity/arn.ts'
import type { Severity } from '../../rule.ts'
import { type Detector, fires, type Now, quiet } from '../detector.ts'
import { grouped } from '../group.ts'
import {
  ADA,
  CHECKOUT,
  called,
  hours,
  issued,
  minutes,
  PIPELINE,
  pod,
  REPORTS,
  role,
  SEARCH,
  THEN,
  usualAnd,
} from '../sample.ts'
import { isByHabit, trustChangeBefore } from '../trust-change.ts'
import { FRESH, type Use } from '../use.ts'
import { counted, who as named, Who } from '../words.ts'

export const trustChangedThenUsed: Detector = {
  id: 'trust-changed-then-used',
  title: 'Trust of a role changed, and at once used by somebody new',
  severity: 'high',
  attack: ['T1098.003', 'T1484', 'T1078.004'],
  why: 'The quiet way to keep access is one more line in the trust of a role that is there already.',
  blindSpots:
    'Only who changed the trust is recorded here, not what was changed: the log file has it. A trust that is used later than the window is a new edge only.',
  runbook: [
    'Read what was changed: the log file of the change in `evidence`, or podtrail drift --check trust-changed after a snapshot from today.',
    'Ask who changed it, in `title`, for the ticket.',
    'If there is none, restore the trust now, revoke the sessions of `role`, and look at what else that principal did since the day before `firstSeen`.',
  ],
  settings: {
    hours: {
      default: 24,
      min: 1,
      max: 24,
      about: 'hours after a change in which the first use counts',
    },
  },

  *look(now) {
    const fresh = now.hour.issues.filter(
      (use) => (use.fresh & FRESH.edge) !== 0 && now.memory.isOld(now.memory.first, use.first),
    )
    for (const uses of grouped(fresh, ({ who, role: arn }) => `${who.key}\n${arn}`)) {
      const use = uses[0]!
      const change = trustChangeBefore(use, now, now.setting('hours') * 3600)
      if (change === null) continue
      const severity = severityOf(use, change, now)
      if (severity === null) continue
      const { who, role: arn } = use
      const minutesLater = Math.max(1, Math.round((use.first - change.first) / 60))
      yield {
        subject: `${who.principal.id} as ${arn} by ${change.who.principal.id}`,
        severity,
        title: `${Who(change.who.principal)} changed who may become ${roleName(arn)}, and ${named(who.principal)} became it ${minutesLater < 120 ? `${minutesLater} minutes` : `${Math.round(minutesLater / 60)} hours`} later for the first time`,
        normal: `${Who(change.who.principal)} changed trusts on ${change.who.trustDays === 0 ? 'no day' : counted(change.who.trustDays, 'day')} before.`,
        principal: who.principal,
        role: arn,
        uses: [...uses, change],
        joins: [`principal ${change.who.key}`],
      }
    }
  },

  examples: [
    fires(
      'a person opens a role, and a workload of another namespace walks in',
      () =>
        usualAnd(
          called(ADA, role('admin'), 'iam:UpdateAssumeRolePolicy', {
            what: role('reports'),
            at: THEN - minutes(20),
          }),
          issued(SEARCH, role('reports'), { client: 'sdk-js' }),
        ),
      'high',
    ),
    fires(
      'a workload opens a role for itself',
      () =>
        usualAnd(
          called(CHECKOUT, role('checkout'), 'iam:UpdateAssumeRolePolicy', {
            what: role('reports'),
            at: THEN - minutes(20),
          }),
          issued(CHECKOUT, role('reports')),
        ),
      'critical',
    ),
    fires(
      'a person makes an association',
      () =>
        usualAnd(
          called(ADA, role('admin'), 'eks:CreatePodIdentityAssociation', {
            at: THEN - minutes(20),
          }),
          issued(CHECKOUT, role('reports'), {
            action: 'sts:AssumeRole',
            what: 'pods.eks.amazonaws.com',
          }),
        ),
      'high',
    ),
    fires(
      'the pipeline opens a role, and a new service uses it',
      () =>
        usualAnd(
          called(PIPELINE, role('deploy'), 'iam:UpdateAssumeRolePolicy', {
            what: role('reports'),
            at: THEN - minutes(20),
          }),
          issued(pod('shop', 'wishlist'), role('reports')),
        ),
      'low',
    ),
    quiet('used by who always had it', () =>
      usualAnd(
        called(ADA, role('admin'), 'iam:UpdateAssumeRolePolicy', {
          what: role('reports'),
          at: THEN - minutes(20),
        }),
        issued(REPORTS, role('reports'), { client: 'boto' }),
      ),
    ),
    quiet('the pipeline makes a role, and its workload begins', () =>
      usualAnd(
        called(PIPELINE, role('deploy'), 'iam:CreateRole', {
          what: role('wishlist'),
          at: THEN - minutes(20),
        }),
        issued(pod('shop', 'wishlist'), role('wishlist')),
      ),
    ),
    quiet('changed two days before', () =>
      usualAnd(
        called(ADA, role('admin'), 'iam:UpdateAssumeRolePolicy', {
          what: role('reports'),
          at: THEN - hours(48),
        }),
        issued(SEARCH, role('reports'), { client: 'sdk-js' }),
      ),
    ),
  ],
}

/** Null: a role that was made for its workload. */
function severityOf({ who, role: arn, first }: Use, change: Use, { memory }: Now): Severity | null {
  const known = memory.roles.get(arn)
  const isHabit = isByHabit(change)
  if (change.who === who) return who.principal.kind === 'workload' ? 'critical' : 'medium'
  if (change.action === 'iam:CreateRole') return isHabit ? null : 'low'
  if (isHabit) return 'low'
  const isOther =
    known !== undefined &&
    known.users.size > 0 &&
    !known.namespaces.has(who.principal.namespace ?? '') &&
    memory.isOld(known.first, first)
  return isOther ? 'high' : 'medium'
}
