import { roleName } from '../../identity/arn.ts'
import type { Severity } from '../../rule.ts'
import { type Detector, fires, quiet } from '../detector.ts'
import { bySubject, distinct } from '../group.ts'
import { isHuman } from '../memory.ts'
import { ADA, CHECKOUT, minutes, refused, role, THEN, usualAnd } from '../sample.ts'
import { counted, listed, Who } from '../words.ts'

const DAY = 86_400
const NAMES = ['admin', 'deploy', 'backup', 'reports', 'billing']

export const roleSpraying: Detector = {
  id: 'role-spraying',
  title: 'Somebody tries one role after another',
  severity: 'high',
  attack: ['T1110.003', 'T1580', 'T1078.004'],
  why: 'With a stolen session or token an attacker asks for every role they can think of, until a trust is wide enough.',
  blindSpots:
    'STS does not log calls with tokens that are no good at all, and the account of the role does not see refusals from other accounts. Fewer roles than the threshold in a day stay below it.',
  runbook: [
    'List the roles and the errors: podtrail what NS/SA --since 1d; where the record does not name the role, read `evidence` in the log file.',
    'See whether any other role was given in the hours after `firstSeen`: podtrail trace ADDRESS.',
    'Revoke the sessions of the caller now; if a token was used, delete its pod.',
  ],
  settings: {
    roles: {
      default: 4,
      min: 2,
      max: 1000,
      about: 'different roles, never refused before, within a day',
    },
    byPeople: {
      default: 8,
      min: 2,
      max: 1000,
      about: 'the same for people, who look for the right one',
    },
  },

  *look({ hour, memory, setting }) {
    const since = hour.hour * 3600 - DAY
    const tries = hour.tries.filter(
      ({ who, outcome, role: arn }) =>
        outcome === 'refused' && arn !== '' && !who.triedRoles.has(arn),
    )
    for (const uses of bySubject(tries)) {
      const { who, first } = uses[0]!
      const before = who.triedRoles.newSince(since)
      const all = [...new Set([...before, ...distinct(uses, ({ role: arn }) => arn)])].sort()
      const isPerson = isHuman(who.principal)
      const enough = setting(isPerson ? 'byPeople' : 'roles')
      if (all.length < enough || before.length >= enough) continue
      const isLearned = memory.isLearned(who, first)
      const severity: Severity = isPerson || !isLearned ? 'medium' : 'high'
      yield {
        subject: who.principal.id,
        occurrence: String(hour.hour),
        severity,
        title: `${Who(who.principal)} was refused ${counted(all.length, 'role')} within a day: ${listed(all.map(roleName))}`,
        normal:
          who.roles.size === 0
            ? 'It had no role before.'
            : `It has ${listed(who.roles.names().map(roleName))}, and asks for no other.`,
        principal: who.principal,
        uses,
      }
    }
  },

  examples: [
    fires(
      'a stolen token against five roles',
      () =>
        usualAnd(
          ...NAMES.map((name, index) =>
            refused(CHECKOUT, role(name), { at: THEN + minutes(index) }),
          ),
        ),
      'high',
    ),
    fires(
      'over the day',
      () =>
        usualAnd(
          ...NAMES.map((name, index) =>
            refused(CHECKOUT, role(name), { at: THEN - minutes(120 * index) }),
          ),
        ),
      'high',
    ),
    quiet('one role again and again', () =>
      usualAnd(
        ...NAMES.map((_, index) => refused(CHECKOUT, role('admin'), { at: THEN + minutes(index) })),
      ),
    ),
    quiet('a person who looks for the right one', () =>
      usualAnd(...NAMES.map((name) => refused(ADA, role(name)))),
    ),
  ],
}
