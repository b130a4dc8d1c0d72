import { coversAction } from './action.ts'
import { evaluateCondition, type Lookup } from './condition.ts'
import type {
  ClauseResult,
  Condition,
  ContextValue,
  Requester,
  Statement,
  StatementResult,
  TrustDecision,
  TrustPolicy,
  TrustRequest,
  Truth,
} from './model.ts'
import { evaluatePrincipal } from './principal.ts'
import { lookupIn } from './request.ts'
import { all, truth } from './truth.ts'

/**
 * Whether the trust policy lets the request through, and which clauses say so.
 * "An explicit deny in any of these policies overrides the allow": IAM reference_policies_evaluation-logic. A Deny that may apply leaves it open.
 */
export function evaluateTrust(policy: TrustPolicy, request: TrustRequest): TrustDecision {
  const lookup = lookupIn(request)
  const because = policy.statements.map((statement) =>
    evaluateStatement(statement, policy.version, request, lookup),
  )
  return { decision: decide(because), because }
}

function decide(results: readonly StatementResult[]): TrustDecision['decision'] {
  const some = (effect: string, applies: string) =>
    results.some((result) => result.effect === effect && result.applies === applies)
  if (some('Deny', 'yes')) return 'refused'
  const allowed = some('Allow', 'yes')
  if (!allowed && !some('Allow', 'unknown')) return 'refused'
  return allowed && !some('Deny', 'unknown') ? 'allowed' : 'undecidable'
}

function evaluateStatement(
  statement: Statement,
  version: TrustPolicy['version'],
  request: TrustRequest,
  lookup: Lookup,
): StatementResult {
  const clauses = [
    principalClause(statement, request.principal),
    actionClause(statement, request.action),
    ...statement.conditions.map((condition) => conditionClause(condition, version, lookup)),
  ]
  const answer = all(clauses.map((clause) => clause.result))
  return {
    statement: statement.index,
    sid: statement.sid,
    effect: statement.effect,
    applies: answer === 'true' ? 'yes' : answer === 'false' ? 'no' : 'unknown',
    clauses,
  }
}

function principalClause(statement: Statement, requester: Requester): ClauseResult {
  const { element, entries } = statement.principals
  const { result, why } = evaluatePrincipal(statement.principals, statement.effect, requester)
  const name = nameOf(requester)
  return {
    what: 'principal',
    expected: entries.map(({ type, value }) => (type === '*' ? '*' : `${type} ${value}`)),
    actual: [name],
    result,
    text: `${element} ${verdict(result, 'includes', 'does not include', 'may include')} ${name}: ${why}.`,
  }
}

function nameOf(requester: Requester): string {
  if (requester.kind === 'federated') return requester.provider
  return requester.kind === 'service' ? requester.service : requester.arn
}

function actionClause(statement: Statement, action: TrustRequest['action']): ClauseResult {
  const { element, patterns } = statement.actions
  const result = truth(coversAction(statement.actions, action))
  return {
    what: 'action',
    expected: patterns,
    actual: [action],
    result,
    text: `${element} ${list(patterns)} ${verdict(result, 'covers', 'does not cover', 'may cover')} ${action}.`,
  }
}

function conditionClause(
  condition: Condition,
  version: TrustPolicy['version'],
  lookup: Lookup,
): ClauseResult {
  const actual = lookup(condition.key)
  const result = evaluateCondition(condition, version, lookup)
  const test = `${condition.operator.text} ${list(condition.values)}`
  const holds = verdict(result, 'holds', 'does not hold', 'cannot be decided')
  return {
    what: 'condition',
    operator: condition.operator.text,
    key: condition.key,
    expected: condition.values,
    actual,
    result,
    text: `${describe(condition.key, actual)}, so ${test} ${holds}${hint(condition, result)}.`,
  }
}

function describe(key: string, actual: ContextValue): string {
  if (actual === 'unknown') return `${key} is not known from here`
  if (actual === 'absent' || actual.length === 0) return `The request has no ${key}`
  return `${key} is ${list(actual)}`
}

/** The mistake that is easiest to overlook: a wildcard where wildcards are plain text. */
function hint({ operator, values }: Condition, result: Truth): string {
  const exact = operator.name === 'StringEquals' || operator.name === 'StringEqualsIgnoreCase'
  const plain = exact && values.some((value) => value.includes('*') || value.includes('?'))
  return plain && result === 'false' ? ` (under ${operator.name}, * and ? are plain text)` : ''
}

function verdict(result: Truth, yes: string, no: string, unknown: string): string {
  return result === 'true' ? yes : result === 'false' ? no : unknown
}

const valueCountMax = 5
const valueLengthMax = 200

function list(values: readonly string[]): string {
  if (values.length === 0) return 'without a value'
  const shown = values
    .slice(0, valueCountMax)
    .map(
      (value) =>
        `"${value.length > valueLengthMax ? `${value.slice(0, valueLengthMax)}…` : value}"`,
    )
  const more = values.length - shown.length
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ')
}
