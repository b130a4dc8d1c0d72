import { duplicateKey } from './json.ts'
import type {
  ActionClause,
  Condition,
  Effect,
  PrincipalClause,
  PrincipalEntry,
  PrincipalType,
  Statement,
  TrustPolicy,
  UnparseablePolicy,
  UnparseableReason,
} from './model.ts'
import { readOperator } from './operator-names.ts'

/**
 * A trust policy holds at most 2,048 characters without white space, 8,192 with a raised quota (IAM reference_iam-quotas);
 * URL encoding can triple that, and indenting add to it.
 */
const characterCountMax = 131_072

/**
 * Reads a trust policy: the object, its JSON text, or the URL-encoded JSON text that IAM's API returns.
 * What IAM would refuse to store is unparseable: such a document cannot be the trust that is in force.
 */
export function parseTrustPolicy(document: unknown): TrustPolicy | UnparseablePolicy {
  try {
    return readPolicy(typeof document === 'string' ? readText(document) : document)
  } catch (error) {
    if (error instanceof Unreadable) {
      return { kind: 'unparseable', reason: error.reason, at: error.at }
    }
    throw error
  }
}

/** Leaves the reading from any depth; never leaves this file. */
class Unreadable extends Error {
  readonly reason: UnparseableReason
  readonly at: string

  constructor(reason: UnparseableReason, at: string) {
    super(reason)
    this.reason = reason
    this.at = at
  }
}

function readText(document: string): unknown {
  if (document.length > characterCountMax) throw new Unreadable('too-large', '')
  const text = decode(document.trim())
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Unreadable('not-json', '')
  }
  const key = duplicateKey(text)
  // "Individual elements must not contain multiple instances of the same key": IAM reference_policies_grammar.
  if (key !== null) throw new Unreadable('duplicate-key', key)
  return value
}

/** "Policies returned by this operation are URL-encoded compliant with RFC 3986": IAM API Reference, GetRole. */
function decode(text: string): string {
  if (!text.startsWith('%')) return text
  try {
    return decodeURIComponent(text).trim()
  } catch {
    throw new Unreadable('not-json', '')
  }
}

type Entries = readonly (readonly [string, unknown])[]

function entriesOf(value: unknown, reason: UnparseableReason, at: string): Entries {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Unreadable(reason, at)
  }
  return Object.entries(value)
}

function readPolicy(value: unknown): TrustPolicy {
  let version: TrustPolicy['version'] = '2008-10-17'
  let statements: unknown
  for (const [element, content] of entriesOf(value, 'not-an-object', '')) {
    if (element === 'Version') {
      if (content !== '2008-10-17' && content !== '2012-10-17') {
        throw new Unreadable('unknown-version', 'Version')
      }
      version = content
    } else if (element === 'Statement') statements = content
    else if (element !== 'Id') throw new Unreadable('unknown-element', element)
  }
  if (statements === undefined) throw new Unreadable('no-statement', '')
  const budget = { characters: characterCountMax }
  const list = Array.isArray(statements) ? statements : [statements]
  if (list.length === 0) throw new Unreadable('no-statement', 'Statement')
  if (list.length > characterCountMax) throw new Unreadable('too-large', 'Statement')
  return {
    kind: 'policy',
    version,
    statements: list.map((statement, index) =>
      readStatement(
        statement,
        index,
        Array.isArray(statements) ? `Statement[${index}]` : 'Statement',
        budget,
      ),
    ),
  }
}

/** What is left of the size a policy may have; an object comes without a text whose length could be looked at. */
interface Budget {
  characters: number
}

function spend(budget: Budget, text: string, at: string): string {
  budget.characters -= text.length + 1
  if (budget.characters < 0) throw new Unreadable('too-large', at)
  return text
}

function readStatement(value: unknown, index: number, at: string, budget: Budget): Statement {
  let sid: string | null = null
  let effect: Effect | null = null
  let principals: PrincipalClause | null = null
  let actions: ActionClause | null = null
  let conditions: readonly Condition[] = []
  for (const [element, content] of entriesOf(value, 'not-an-object', at)) {
    const here = `${at}.${element}`
    if (element === 'Sid') {
      sid = spend(budget, scalar(content, 'bad-sid', here), here)
    } else if (element === 'Effect') {
      // "The Effect value is case sensitive": IAM reference_policies_elements_effect.
      if (content !== 'Allow' && content !== 'Deny') throw new Unreadable('bad-effect', here)
      effect = content
    } else if (element === 'Principal' || element === 'NotPrincipal') {
      if (principals !== null) throw new Unreadable('bad-principal', here)
      principals = { element, entries: readPrincipals(content, here, budget) }
    } else if (element === 'Action' || element === 'NotAction') {
      if (actions !== null) throw new Unreadable('bad-action', here)
      const patterns = strings(content, 'bad-action', here, budget)
      if (patterns.length === 0) throw new Unreadable('no-action', here)
      actions = { element, patterns }
    } else if (element === 'Condition') {
      conditions = readConditions(content, here, budget)
    } else {
      // A trust policy "Has prohibited field Resource": what IAM answers to one.
      throw new Unreadable('unknown-element', here)
    }
  }
  if (effect === null) throw new Unreadable('bad-effect', at)
  if (principals === null) throw new Unreadable('no-principal', at)
  if (actions === null) throw new Unreadable('no-action', at)
  return { index, sid, effect, principals, actions, conditions }
}

const principalTypes: readonly string[] = [
  'AWS',
  'Federated',
  'Service',
  'CanonicalUser',
] satisfies readonly PrincipalType[]

function readPrincipals(value: unknown, at: string, budget: Budget): readonly PrincipalEntry[] {
  if (value === '*') return [{ type: '*', value: '*' }]
  const entries: PrincipalEntry[] = []
  for (const [type, content] of entriesOf(value, 'bad-principal', at)) {
    const here = `${at}.${type}`
    if (!principalTypes.includes(type)) throw new Unreadable('bad-principal', here)
    for (const principal of strings(content, 'bad-principal', here, budget)) {
      // "You cannot use a wildcard to match part of a principal name or ARN": IAM reference_policies_elements_principal.
      if (principal !== '*' && (principal.includes('*') || principal.includes('?'))) {
        throw new Unreadable('wildcard-in-principal', here)
      }
      entries.push({ type: type as PrincipalType, value: principal })
    }
  }
  if (entries.length === 0) throw new Unreadable('no-principal', at)
  return entries
}

function readConditions(value: unknown, at: string, budget: Budget): readonly Condition[] {
  const conditions: Condition[] = []
  for (const [text, block] of entriesOf(value, 'bad-condition', at)) {
    const here = `${at}.${text}`
    const operator = readOperator(spend(budget, text, here))
    if (operator === null) throw new Unreadable('unknown-operator', here)
    const seen = new Set<string>()
    for (const [key, content] of entriesOf(block, 'bad-condition', here)) {
      // The names of keys are not case-sensitive (IAM reference_policies_elements_condition), so these would be one key twice.
      const name = spend(budget, key, here).toLowerCase()
      if (name === '') throw new Unreadable('bad-condition', here)
      if (seen.has(name)) throw new Unreadable('duplicate-key', `${here}.${key}`)
      seen.add(name)
      conditions.push({
        operator,
        key,
        values: strings(content, 'bad-value', `${here}.${key}`, budget),
      })
    }
  }
  return conditions
}

/** A single value stands for a list of one: IAM reference_policies_grammar. */
function strings(
  value: unknown,
  reason: UnparseableReason,
  at: string,
  budget: Budget,
): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list.map((item) => spend(budget, scalar(item, reason, at), at))
}

/** "Quotation marks are optional for numeric and Boolean values": IAM reference_policies_grammar. */
function scalar(value: unknown, reason: UnparseableReason, at: string): string {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return String(value)
  // A number that JSON.parse rounded is no longer the number that was written.
  if (typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER) {
    const text = String(value)
    if (!text.includes('e')) return text
  }
  throw new Unreadable(reason, at)
}
