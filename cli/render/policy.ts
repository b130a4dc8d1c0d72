import type { PolicyList } from '../../lib/review/least-privilege.ts'
import { csvOf } from '../../lib/text/csv.ts'
import type { Output, Printable } from '../output.ts'
import { safeJson, visible } from './safe.ts'
import { counted } from './words.ts'

/** One policy document for each role of the chain. */
export function policyView(answer: PolicyList, { paint }: Output): Printable {
  return {
    answer,
    lines: answer.items,
    csv: () =>
      csvOf(
        answer.items.flatMap(({ role, policy }) =>
          (policy?.Statement ?? []).flatMap(({ Action, Resource }) =>
            Action.flatMap((action) => Resource.map((resource) => ({ role, action, resource }))),
          ),
        ),
        [
          ['role', ({ role }) => role],
          ['action', ({ action }) => action],
          ['resource', ({ resource }) => resource],
        ],
      ),
    table: () =>
      answer.items.flatMap(({ role, hop, policy, observed, refused }) => [
        paint(
          'bold',
          visible(`${role}  (hop ${hop}, ${counted(observed.length, 'observed call')})`),
        ),
        ...(policy === null
          ? ['(nothing was seen that needs a permission)']
          : safeJson(JSON.stringify(policy, null, 2)).split('\n')),
        ...refused.map(({ action, resource, count }) =>
          paint('yellow', visible(`  was refused: ${action} on ${resource ?? '–'}, ${count}×`)),
        ),
      ]),
  }
}
