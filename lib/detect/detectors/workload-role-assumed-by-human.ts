import { roleName } from '../../identity/arn.ts'
import type { Severity } from '../../rule.ts'
import { type Detector, fires, quiet } from '../detector.ts'
import { grouped } from '../group.ts'
import { isGrown, isHuman, type Memory, wayOfPeople } from '../memory.ts'
import { ADA, BEN, days, issued, OFFICE, pod, role, someone, THEN, usualAnd } from '../sample.ts'
import { FRESH, type Use } from '../use.ts'
import { counted, listed, viaWords, Who } from '../words.ts'

export const workloadRoleAssumedByHuman: Detector = {
  id: 'workload-role-assumed-by-human',
  title: 'Person takes the role of a workload',
  severity: 'high',
  attack: ['T1078.004', 'T1550.001'],
  why: 'What a person does as a workload looks like the workload’s work. It is a way around the limits of their own role, and around the log of who did what.',
  blindSpots:
    'People who took the role while podtrail learned are taken for normal. Who comes by the way that people came to it before, or by a role through which people took several before, is low. A person inside a pod is the workload.',
  runbook: [
    'Ask `principal` what they did between `firstSeen` and `lastSeen`, and under which ticket.',
    'See what they did with it: podtrail trace EVENT-ID of `evidence`, for the hours after `firstSeen`.',
    'If it was an emergency, approve it with the ticket. If not, take people out of the trust of `role` this week.',
  ],

  *look({ hour, memory }) {
    const suspects = hour.issues.filter((use) => {
      if (!isHuman(use.who.principal) || (use.fresh & FRESH.role) === 0) return false
      const known = memory.roles.get(use.role)
      return (
        known?.kinds.has('workload') === true &&
        memory.isOld(memory.first, use.first) &&
        isGrown(known, use.first)
      )
    })
    for (const uses of grouped(suspects, (use) => `${use.who.key}\n${use.role}`)) {
      const use = uses[0]!
      const { who, role: arn, via } = use
      const known = memory.roles.get(arn)!
      yield {
        subject: `${who.principal.id} as ${arn}`,
        severity: severityOf(use, memory),
        title: `${Who(who.principal)} took role ${roleName(arn)}${viaWords(via)}, which is a workload’s`,
        normal: `So far ${counted(known.users.size, 'principal')} had it: ${listed(known.users.names().map((key) => key.slice(key.indexOf('\n') + 1)))}.`,
        principal: who.principal,
        uses,
      }
    }
  },

  examples: [
    fires(
      'by their administrator role',
      () =>
        usualAnd(
          issued(ADA, role('checkout'), {
            via: [role('admin')],
            network: OFFICE,
            client: 'aws-cli',
          }),
        ),
      'high',
    ),
    fires(
      'with a long-lived key',
      () =>
        usualAnd(
          issued(
            someone('iam-user', 'arn:aws:iam::111122223333:user/old-admin', {
              name: 'old-admin',
              account: '111122223333',
            }),
            role('refunds'),
            { network: OFFICE, client: 'boto' },
          ),
        ),
      'high',
    ),
    fires(
      'of a service that is a week old',
      () =>
        usualAnd(
          ...[7, 6, 5].map((day) =>
            issued(pod('shop', 'wishlist'), role('wishlist'), { at: THEN - days(day) }),
          ),
          issued(ADA, role('wishlist'), { via: [role('admin')] }),
        ),
      'medium',
    ),
    fires(
      'a second person, where one has it already',
      () =>
        usualAnd(
          issued(ADA, role('cart'), { via: [role('admin')], at: THEN - days(10) }),
          issued(BEN, role('cart'), { via: [role('admin')] }),
        ),
      'low',
    ),
    fires(
      'by a role of theirs, where so far only those on call came, by another',
      () =>
        usualAnd(
          issued(ADA, role('cart'), { via: [role('on-call')], at: THEN - days(10) }),
          issued(BEN, role('cart'), { via: [role('read-only')] }),
        ),
      'high',
    ),
    fires(
      'somebody on call, by the role that is for that',
      () =>
        usualAnd(
          issued(BEN, role('cart'), { via: [role('on-call')], at: THEN - days(12) }),
          issued(BEN, role('search'), { via: [role('on-call')], at: THEN - days(9) }),
          issued(ADA, role('checkout'), { via: [role('on-call')] }),
        ),
      'low',
    ),
    quiet('the one who took it while podtrail learned', () =>
      usualAnd(
        ...[10, 0].map((day) =>
          issued(ADA, role('cart'), { via: [role('admin')], at: THEN - days(day) }),
        ),
      ),
    ),
    quiet('a role of people', () => usualAnd(issued(BEN, role('admin'), { network: OFFICE }))),
  ],
}

/** Through so many roles of workloads a role of people is one for emergencies. */
const EMERGENCIES = 2

/** A role that people come to by this way anyway is theirs too; and who is on call goes on to whichever workload is down. */
function severityOf(use: Use, memory: Memory): Severity {
  const { role: arn, via } = use
  if (via.length > 0 && memory.taken(via.at(-1)!) >= EMERGENCIES) return 'low'
  const known = memory.roles.get(arn)!
  if (known.peoplesWays.has(wayOfPeople(use))) return 'low'
  // While a service is new, its people may still be trying it out.
  return memory.isOld(known.first, use.first) ? 'high' : 'medium'
}
