import type { Refusal } from '../finding/decide.ts'
import { isRefusal } from '../finding/decide.ts'
import type { UnknownFinding } from '../finding/find.ts'
import type { Finding } from '../finding/finding.ts'
import { Problem } from './problem.ts'

/** The finding as it is now; why nothing was decided becomes a problem. */
export function decided(given: Finding | Refusal): Finding {
  if (!isRefusal(given)) return given
  switch (given.kind) {
    case 'Unknown':
      throw unknownFinding(given)
    case 'Conflict':
      throw new Problem('conflict')
    case 'NotAllowed':
      throw new Problem('not-possible')
    case 'Incomplete':
      throw new Problem('wrong-body', { errors: [{ pointer: `/${given.field}` }] })
  }
}

export function unknownFinding({ suggestions }: UnknownFinding): Problem {
  return new Problem('unknown-finding', { suggestions })
}
