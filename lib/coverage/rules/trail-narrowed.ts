import { type Detector, fires, quiet } from '../../detect/detector.ts'
import { ACCOUNT, THEN, usual } from '../../detect/sample.ts'
import type { TrailProblem } from '../../detect/trail-problem.ts'
import { timestamp } from '../../graph/timestamp.ts'

/** Nothing is recorded any more, or not what podtrail lives on. */
const BLIND: readonly TrailProblem['code'][] = ['stopped', 'not-delivered', 'events-left-out']

export const trailNarrowed: Detector = {
  id: 'trail-narrowed',
  title: 'The trail does not record what it should',
  severity: 'critical',
  attack: ['T1562.008'],
  why: 'A trail that was stopped, or whose selectors leave out read-only events, records no assumption of a role. Its state says so even where the change itself was made unseen.',
  blindSpots:
    'Looks only where the state of the trail is read: the deployed coverage function does, from the account it is deployed in. Trails of other accounts, but for the organization trail, do not show there.',
  runbook: [
    'Look at the trail in `title` now: aws cloudtrail get-trail-status and get-event-selectors.',
    "See who changed it, in the hour before `firstSeen`: findings of audit-tampering, and LookupEvents of the trail's home region.",
    'Restore it. Take everything from `firstSeen` to `lastSeen` for unseen, and say so in answers about that time.',
  ],

  *conclude({ trails, extent }) {
    for (const { verdict, code, trail, text, since, until } of trails ?? []) {
      if (verdict !== 'failed') continue
      const account = trail.split(':')[4] ?? ''
      const name = trail.slice(trail.lastIndexOf('/') + 1)
      const isBlind = BLIND.includes(code)
      yield {
        subject: trail,
        occurrence: `${code} ${timestamp(since)}`,
        severity: until !== null ? 'medium' : isBlind ? 'critical' : 'high',
        title: `The trail ${name} does not record what it should: ${text}${until === null ? '' : ` (until ${timestamp(until)})`}`,
        normal: 'A trail records all management events of all regions, and signs what it delivers.',
        principal: null,
        uses: [],
        account,
        firstSeen: since,
        lastSeen: until ?? Math.max(since, extent.to - 1),
        text: `${trail}: ${text}`,
        joins: [`account ${account}`],
      }
    }
  },

  examples: [
    fires(
      'it was stopped',
      () => ({ seen: usual(THEN - 7200), trails: [problem('stopped')] }),
      'critical',
    ),
    fires(
      'selectors let in only what writes',
      () => ({ seen: usual(THEN - 7200), trails: [problem('events-left-out')] }),
      'critical',
    ),
    fires(
      'validation was switched off',
      () => ({ seen: usual(THEN - 7200), trails: [problem('no-digests')] }),
      'high',
    ),
    fires(
      'it was stopped for an hour',
      () => ({ seen: usual(THEN - 7200), trails: [problem('stopped', THEN - 3600)] }),
      'medium',
    ),
    quiet('its state could not be read', () => ({
      seen: usual(THEN - 7200),
      trails: [{ ...problem('unreadable'), verdict: 'not-looked' }],
    })),
    quiet('nothing is known of it', () => ({ seen: usual(THEN - 7200) })),
  ],
}

function problem(code: TrailProblem['code'], until: number | null = null): TrailProblem {
  return {
    verdict: 'failed',
    code,
    trail: `arn:aws:cloudtrail:eu-west-1:${ACCOUNT}:trail/main`,
    text: 'it is not as it was',
    since: THEN - 7200,
    until,
  }
}
