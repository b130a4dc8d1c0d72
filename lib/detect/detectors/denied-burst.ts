import type { Severity } from '../../rule.ts'
import { sensitivityOf, serviceOf } from '../actions.ts'
import { type Detector, fires, quiet } from '../detector.ts'
import { bySubject, distinct } from '../group.ts'
import { isHuman } from '../memory.ts'
import { ADA, CHECKOUT, called, days, minutes, pod, role, THEN, usualAnd } from '../sample.ts'
import { FRESH } from '../use.ts'
import { counted, listed, Who } from '../words.ts'

const DAY = 86_400
const PROBED = [
  'iam:ListUsers',
  'iam:ListRoles',
  's3:ListBuckets',
  'ec2:DescribeInstances',
  'secretsmanager:ListSecrets',
  'kms:ListKeys',
]

export const deniedBurst: Detector = {
  id: 'denied-burst',
  title: 'Workload is refused many things it never asked for',
  severity: 'medium',
  attack: ['T1580', 'T1087.004', 'T1526'],
  why: 'Whoever has just got a key tries what it opens. A service knows what it may do and does not try.',
  blindSpots:
    'Counts actions, not calls: a broken deployment repeats one or two. Whoever tries less than the threshold in a day stays below it. Reads that a trail does not record are not seen.',
  runbook: [
    'List what was refused between `firstSeen` and `lastSeen`: podtrail what NS/SA --since 1d.',
    'Compare with the deployments of the workload in the day before; a new version without its policy looks like this, with actions of one or two services.',
    'If there was none, treat the session as stolen: revoke the sessions of `role` now, and look at `networks` and the program in `evidence`.',
  ],
  settings: {
    actions: {
      default: 5,
      min: 2,
      max: 1000,
      about: 'different actions, never refused before, within a day',
    },
    services: { default: 3, min: 1, max: 100, about: 'services that they belong to' },
  },

  *look({ hour, memory, setting }) {
    const since = hour.hour * 3600 - DAY
    const fresh = hour.calls.filter(
      (use) =>
        (use.fresh & FRESH.refusal) !== 0 &&
        !isHuman(use.who.principal) &&
        use.who.principal.kind !== 'aws-service' &&
        memory.isLearned(use.who, use.first),
    )
    for (const uses of bySubject(fresh)) {
      const { who, first } = uses[0]!
      const now = distinct(uses, ({ action }) => action)
      const before = who.refusals.newSince(since)
      const all = [...new Set([...before, ...now])].sort()
      const isOver = (actions: readonly string[]): boolean =>
        actions.length >= setting('actions') &&
        new Set(actions.map(serviceOf)).size >= setting('services')
      if (!isOver(all) || isOver(before)) continue
      yield {
        subject: who.principal.id,
        occurrence: String(hour.hour),
        severity: severityOf(all, who.isGrown(first)),
        title: `${Who(who.principal)} was refused ${counted(all.length, 'action')} that it never tried before: ${listed(all)}`,
        normal: `Until the day before it was refused ${counted(who.refusals.size - before.length, 'different action')}.`,
        principal: who.principal,
        uses,
      }
    }
  },

  examples: [
    fires(
      'somebody tries what a stolen key opens',
      () =>
        usualAnd(
          ...PROBED.map((action, index) =>
            called(CHECKOUT, role('checkout'), action, {
              outcome: 'refused',
              at: THEN + minutes(index),
            }),
          ),
        ),
      'medium',
    ),
    fires(
      'slowly, over the day',
      () =>
        usualAnd(
          ...PROBED.map((action, index) =>
            called(CHECKOUT, role('checkout'), action, {
              outcome: 'refused',
              at: THEN - minutes(150 * index),
            }),
          ),
        ),
      'medium',
    ),
    fires(
      'a new service without its policy',
      () =>
        usualAnd(
          ...PROBED.map((action) =>
            called(pod('shop', 'wishlist'), role('wishlist'), action, { outcome: 'refused' }),
          ),
        ),
      'low',
    ),
    quiet('one action refused a thousand times', () =>
      usualAnd(
        called(CHECKOUT, role('checkout'), 's3:PutObject', { outcome: 'refused', count: 1000 }),
      ),
    ),
    quiet('what it is refused every day', () =>
      usualAnd(
        ...[16, 0].flatMap((day) =>
          PROBED.map((action) =>
            called(CHECKOUT, role('checkout'), action, {
              outcome: 'refused',
              at: THEN - days(day),
            }),
          ),
        ),
      ),
    ),
    quiet('a person who looks around', () =>
      usualAnd(
        ...PROBED.map((action) => called(ADA, role('admin'), action, { outcome: 'refused' })),
      ),
    ),
  ],
}

function severityOf(actions: readonly string[], isGrown: boolean): Severity {
  if (!isGrown) return 'low'
  return actions.length >= 12 || actions.some((action) => sensitivityOf(action) === 'control')
    ? 'high'
    : 'medium'
}
