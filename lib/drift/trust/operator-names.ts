import type { Operator, OperatorName } from './model.ts'

/** How the values of an operator are compared. */
export type Family = 'string' | 'numeric' | 'date' | 'bool' | 'binary' | 'ip' | 'arn' | 'null'

export interface OperatorFacts {
  readonly family: Family
  readonly negated: boolean
}

/** IAM reference_policies_elements_condition_operators. */
export const operators: Readonly<Record<OperatorName, OperatorFacts>> = {
  StringEquals: { family: 'string', negated: false },
  StringNotEquals: { family: 'string', negated: true },
  StringEqualsIgnoreCase: { family: 'string', negated: false },
  StringNotEqualsIgnoreCase: { family: 'string', negated: true },
  StringLike: { family: 'string', negated: false },
  StringNotLike: { family: 'string', negated: true },
  NumericEquals: { family: 'numeric', negated: false },
  NumericNotEquals: { family: 'numeric', negated: true },
  NumericLessThan: { family: 'numeric', negated: false },
  NumericLessThanEquals: { family: 'numeric', negated: false },
  NumericGreaterThan: { family: 'numeric', negated: false },
  NumericGreaterThanEquals: { family: 'numeric', negated: false },
  DateEquals: { family: 'date', negated: false },
  DateNotEquals: { family: 'date', negated: true },
  DateLessThan: { family: 'date', negated: false },
  DateLessThanEquals: { family: 'date', negated: false },
  DateGreaterThan: { family: 'date', negated: false },
  DateGreaterThanEquals: { family: 'date', negated: false },
  Bool: { family: 'bool', negated: false },
  BinaryEquals: { family: 'binary', negated: false },
  IpAddress: { family: 'ip', negated: false },
  NotIpAddress: { family: 'ip', negated: true },
  ArnEquals: { family: 'arn', negated: false },
  ArnNotEquals: { family: 'arn', negated: true },
  ArnLike: { family: 'arn', negated: false },
  ArnNotLike: { family: 'arn', negated: true },
  Null: { family: 'null', negated: false },
}

/**
 * The parts of an operator as written, or null where IAM has no such operator.
 * Case counts: IAM refuses `stringEquals` with "Invalid Condition type" (ministryofjustice/modernisation-platform-environments#8893).
 */
export function readOperator(text: string): Operator | null {
  let rest = text
  let quantifier: Operator['quantifier'] = null
  if (rest.startsWith('ForAllValues:')) quantifier = 'ForAllValues'
  else if (rest.startsWith('ForAnyValue:')) quantifier = 'ForAnyValue'
  if (quantifier !== null) rest = rest.slice(quantifier.length + 1)
  const ifExists = rest.endsWith('IfExists')
  if (ifExists) rest = rest.slice(0, -'IfExists'.length)
  if (!Object.hasOwn(operators, rest)) return null
  // "You can add IfExists to the end of any condition operator name except the Null condition."
  if (ifExists && rest === 'Null') return null
  return { text, name: rest as OperatorName, quantifier, ifExists }
}
