import { compareDecimals } from './decimal.ts'
import { compareInstants } from './instant.ts'
import { matchRange } from './ip.ts'
import type { Condition, ContextValue, OperatorName, Truth } from './model.ts'
import { operators } from './operator-names.ts'
import { matchArn, matchString } from './text-match.ts'
import { all, any, not, truth } from './truth.ts'
import { type Expansion, expand } from './variables.ts'

export type Lookup = (key: string) => ContextValue

/** Whether one condition of a statement holds. */
export function evaluateCondition(
  condition: Condition,
  version: '2008-10-17' | '2012-10-17',
  lookup: Lookup,
): Truth {
  const { operator, values } = condition
  const { family, negated } = operators[operator.name]
  const actual = lookup(condition.key)
  // What IAM makes of an empty list of values is not written anywhere.
  if (actual === 'unknown' || values.length === 0) return 'unknown'
  if (family === 'null') return evaluateNull(condition, actual)

  const expansions =
    family === 'string' || family === 'arn' || family === 'bool'
      ? values.map((value) => expand(value, version, lookup))
      : values.map(written)
  const resolved = all(expansions.map((value) => value.resolved))
  // A statement with a variable that has no value "might" be invalid: it may still not hold, but it does not surely hold.
  const doubted = (result: Truth): Truth =>
    result === 'true' && resolved !== 'true' ? 'unknown' : result

  if (actual === 'absent' || actual.length === 0) {
    // Also with IfExists (https://repost.aws/questions/QU9HFmDzP0QGuU-fd7rS6B7w).
    if (operator.quantifier === 'ForAnyValue') return 'false'
    if (operator.ifExists) return 'true'
    return doubted(truth(operator.quantifier === 'ForAllValues' || negated))
  }
  const isEmpty = actual.every((value) => value === '')
  // "Returns true if … the context key value resolves to a null dataset, such as an empty string": the page of the operators.
  if (operator.quantifier === 'ForAllValues' && isEmpty) return doubted('true')
  const results = actual.map((value) => {
    const found = any(expansions.map((expected) => match(operator.name, expected, value)))
    return negated ? not(found) : found
  })
  if (operator.quantifier === 'ForAllValues') return doubted(all(results))
  if (operator.quantifier === 'ForAnyValue') {
    // Of an empty text ForAnyValue was said to be false; today's page no longer says so.
    const found = any(results)
    return isEmpty && found === 'true' ? 'unknown' : doubted(found)
  }
  // "Multivalued context keys require a condition set operator": without one, only what every value agrees on is sure.
  return doubted(results.every((result) => result === results[0]) ? results[0]! : 'unknown')
}

function written(value: string): Expansion {
  return { pieces: [{ kind: 'written', text: value }], resolved: 'true' }
}

function match(name: OperatorName, expected: Expansion, actual: string): Truth {
  const { family } = operators[name]
  if (family === 'string') return matchString(name, expected, actual)
  if (family === 'arn') return matchArn(expected, actual)
  if (family === 'bool') return matchBool(expected, actual)
  const piece = expected.pieces[0]
  const value = piece === undefined || piece.kind === 'unknown' ? '' : piece.text
  if (family === 'ip') return matchRange(value, actual)
  if (family === 'binary') return matchBinary(value, actual)
  const order =
    family === 'numeric' ? compareDecimals(actual, value) : compareInstants(actual, value)
  if (order === null) return 'unknown'
  if (name.endsWith('LessThan')) return truth(order < 0)
  if (name.endsWith('LessThanEquals')) return truth(order <= 0)
  if (name.endsWith('GreaterThan')) return truth(order > 0)
  if (name.endsWith('GreaterThanEquals')) return truth(order >= 0)
  return truth(order === 0)
}

/** The pages of AWS disagree whether Bool takes variables, and none says whether case counts: such values are sure of nothing but a difference. */
function matchBool(expected: Expansion, actual: string): Truth {
  if (expected.resolved === 'false') return 'false'
  const texts = expected.pieces.map((piece) => (piece.kind === 'unknown' ? null : piece.text))
  const asWritten = expected.pieces.every((piece) => piece.kind === 'written')
  if (texts.includes(null)) return 'unknown'
  const value = texts.join('')
  const known = (text: string) => text === 'true' || text === 'false'
  if (!known(value.toLowerCase()) || !known(actual.toLowerCase())) return 'unknown'
  if (value.toLowerCase() !== actual.toLowerCase()) return 'false'
  return asWritten && known(value) && known(actual) ? 'true' : 'unknown'
}

/** Both in base64; "byte for byte". */
function matchBinary(expected: string, actual: string): Truth {
  const [left, right] = [readBase64(expected), readBase64(actual)]
  return left === null || right === null ? 'unknown' : truth(left === right)
}

function readBase64(text: string): string | null {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null
  return Buffer.from(text, 'base64').toString('hex')
}

/** `true`: the key is absent; `false`: it "exists and its value is not null". An empty text is neither for sure. */
function evaluateNull(condition: Condition, actual: readonly string[] | 'absent'): Truth {
  if (condition.operator.quantifier !== null) return 'unknown'
  const absent: Truth =
    actual === 'absent' || actual.length === 0
      ? 'true'
      : actual.every((value) => value === '')
        ? 'unknown'
        : 'false'
  return any(
    condition.values.map((value) =>
      value === 'true' ? absent : value === 'false' ? not(absent) : 'unknown',
    ),
  )
}
