import { glob, matches } from './glob.ts'
import type { ActionClause, TrustAction } from './model.ts'

/** Whether a statement is about an action. "The prefix and the action name are case insensitive": IAM reference_policies_elements_action. */
export function coversAction(clause: ActionClause, action: TrustAction): boolean {
  const named = clause.patterns.some((pattern) =>
    matches(glob(pattern.toLowerCase(), true), action.toLowerCase()),
  )
  return clause.element === 'Action' ? named : !named
}
