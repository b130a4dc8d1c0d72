import { roleName } from '../../identity/arn.ts'
import type { Severity } from '../../rule.ts'
import { type Detector, fires, quiet } from '../detector.ts'
import { bySubject } from '../group.ts'
import { CHECKOUT, issued, LEDGER_ACCOUNT, pod, role, SEARCH, usualAnd } from '../sample.ts'
import { FRESH, type Use } from '../use.ts'
import { counted, viaWords, Who } from '../words.ts'

export const chainDeeperThanUsual: Detector = {
  id: 'chain-deeper-than-usual',
  title: 'Chain of roles longer than the workload ever had',
  severity: 'medium',
  isLearner: true,
  attack: ['T1550.001', 'T1078.004'],
  why: 'Services need one role, sometimes two. Who goes on from there is looking for something.',
  blindSpots:
    'A chain of two is left to new-chain. A step that is not recorded makes a chain look shorter.',
  runbook: [
    'Follow it step by step: podtrail trace EVENT-ID of `evidence`, and see what was done with each role in the hour after `firstSeen`.',
    'Ask the owner of `role` whether anybody should arrive there by `via`.',
    'If not, revoke the sessions of all of them now, and tighten the trust of `role`: podtrail tighten ROLE.',
  ],
  settings: {
    depth: { default: 3, min: 2, max: 64, about: 'roles in a chain from which on this looks' },
  },

  *look({ hour, memory, setting }) {
    const suspects = hour.issues.filter(
      ({ who, via, fresh, first }) =>
        (who.principal.kind === 'workload' || who.principal.kind === 'web-identity') &&
        via.length + 1 >= setting('depth') &&
        via.length + 1 > who.depth &&
        (fresh & FRESH.edge) !== 0 &&
        memory.isLearned(who, first),
    )
    for (const uses of bySubject(suspects)) {
      const deepest = uses.reduce((a, b) => (b.via.length > a.via.length ? b : a))
      const { who, via, role: arn } = deepest
      yield {
        subject: who.principal.id,
        occurrence: String(via.length + 1),
        severity: severityOf(deepest, setting('depth')),
        title: `${Who(who.principal)} reached ${roleName(arn)} at the end of a chain of ${via.length + 1} roles,${viaWords(via)}`,
        normal: `Its chains were ${counted(who.depth, 'role')} long at most.`,
        principal: who.principal,
        uses: [deepest, ...uses.filter((use) => use !== deepest)],
      }
    }
  },

  examples: [
    fires(
      'a third role',
      () =>
        usualAnd(
          issued(CHECKOUT, role('archive'), {
            via: [role('checkout'), role('ledger', LEDGER_ACCOUNT)],
          }),
        ),
      'medium',
    ),
    fires(
      'a new service begins with one',
      () => {
        const wishlist = pod('shop', 'wishlist')
        return usualAnd(
          issued(wishlist, role('archive'), { via: [role('wishlist'), role('offers')] }),
        )
      },
      'low',
    ),
    quiet('as long as always', () =>
      usualAnd(issued(CHECKOUT, role('books', LEDGER_ACCOUNT), { via: [role('checkout')] })),
    ),
    quiet('a second role', () =>
      usualAnd(issued(SEARCH, role('archive'), { via: [role('search')] })),
    ),
  ],
}

/** What a new service begins with is not longer than usual. */
function severityOf({ who, via, first }: Use, depth: number): Severity {
  if (!who.isGrown(first)) return 'low'
  return via.length + 1 > depth ? 'high' : 'medium'
}
