import { lastPart } from '../../identity/arn.ts'
import { isAddOnWork } from '../add-ons.ts'
import { type Detector, fires, quiet } from '../detector.ts'
import { bySubject, distinct } from '../group.ts'
import { isHuman, SECRET_READ } from '../memory.ts'
import { called, days, minutes, pod, REFUNDS, role, THEN, usualAnd } from '../sample.ts'
import { counted, listed, Who } from '../words.ts'

const DAY = 86_400
const secret = (name: string): string =>
  `arn:aws:secretsmanager:eu-west-1:111122223333:secret:${name}`
const NAMES = ['mail', 'cards', 'ledger', 'admin', 'search', 'vpn']

export const secretHarvest: Detector = {
  id: 'secret-harvest',
  title: 'Workload reads one secret after another',
  severity: 'high',
  attack: ['T1555.006', 'T1552.007'],
  why: 'A service has a few secrets of its own. Whoever reads those of others as well is collecting.',
  blindSpots:
    'Parameters of Systems Manager are not told apart, and records of batch reads do not name what was read. Fewer new secrets than the threshold in a day stay below it.',
  runbook: [
    'List the secrets in `evidence` and change them today, the most powerful first.',
    'See what else the session did in the hour before `firstSeen` and since: podtrail what NS/SA --since 1d.',
    'Revoke the sessions of `role` now, and let its policy name the secrets that it needs: podtrail policy NS/SA.',
  ],
  settings: {
    secrets: {
      default: 5,
      min: 2,
      max: 1000,
      about: 'different secrets, never read before, within a day',
    },
  },

  *look({ hour, memory, setting }) {
    const since = hour.hour * 3600 - DAY
    const fresh = hour.calls.filter(
      ({ who, action, what, outcome, first }) =>
        action === SECRET_READ &&
        what !== '' &&
        outcome !== 'failed' &&
        !isHuman(who.principal) &&
        !isAddOnWork(who.principal, action) &&
        !who.secrets.has(what) &&
        memory.isLearned(who, first),
    )
    for (const uses of bySubject(fresh)) {
      const { who, first } = uses[0]!
      const before = who.secrets.newSince(since)
      const all = [...new Set([...before, ...distinct(uses, ({ what }) => what)])].sort()
      if (all.length < setting('secrets') || before.length >= setting('secrets')) continue
      yield {
        subject: who.principal.id,
        occurrence: String(hour.hour),
        severity: who.isGrown(first) ? 'high' : 'low',
        title: `${Who(who.principal)} read, or tried to read, ${counted(all.length, 'secret')} that it never read before: ${listed(all.map((arn) => lastPart(arn.slice(arn.lastIndexOf(':') + 1))))}`,
        normal: `Until the day before it read ${counted(who.secrets.size - before.length, 'secret')}.`,
        principal: who.principal,
        uses,
      }
    }
  },

  examples: [
    fires(
      'six secrets in a few minutes',
      () =>
        usualAnd(
          ...NAMES.map((name, index) =>
            called(REFUNDS, role('refunds'), SECRET_READ, {
              what: secret(name),
              client: 'sdk-java',
              at: THEN + minutes(index),
            }),
          ),
        ),
      'high',
    ),
    fires(
      'a new service with many of its own',
      () =>
        usualAnd(
          ...NAMES.map((name) =>
            called(pod('shop', 'wishlist'), role('wishlist'), SECRET_READ, { what: secret(name) }),
          ),
        ),
      'low',
    ),
    quiet('the secrets it always reads', () =>
      usualAnd(
        ...[16, 0].flatMap((day) =>
          NAMES.map((name) =>
            called(REFUNDS, role('refunds'), SECRET_READ, {
              what: secret(name),
              client: 'sdk-java',
              at: THEN - days(day),
            }),
          ),
        ),
      ),
    ),
    quiet('the operator whose work it is', () =>
      usualAnd(
        ...NAMES.map((name) =>
          called(pod('external-secrets', 'external-secrets'), role('secrets'), SECRET_READ, {
            what: secret(name),
          }),
        ),
      ),
    ),
  ],
}
