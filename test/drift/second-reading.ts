/**
 * The rules of trust policies read a second time, in another way: straight from the JSON, with yes and no only. Wherever the first reading
 * says "unknown" this one looks at every possibility: it tries the values that an unknown key could have, and both readings where the pages
 * of AWS leave one open. What all possibilities agree on must be what the first reading says, or else that it cannot tell.
 */
import type { ContextValue, TrustRequest } from '../../lib/drift/trust-policy.ts'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Answers a question the same way for as long as one possibility is looked at; `questions` lists what was asked. */
interface Fate {
  pick<T>(question: string, answers: readonly T[]): T
}

/** All outcomes over all possibilities; null where there are more than `limit`. */
export function outcomes(
  document: unknown,
  request: TrustRequest,
  limit = 3000,
): { outcomes: Set<'allowed' | 'refused'>; certain: boolean } | null {
  const found = new Set<'allowed' | 'refused'>()
  let tape: number[] = []
  for (let run = 0; run < limit; run++) {
    const sizes: number[] = []
    const memory = new Map<string, number>()
    const fate: Fate = {
      pick(question, answers) {
        let index = memory.get(question)
        if (index === undefined) {
          index = tape[sizes.length] ?? 0
          sizes.push(answers.length)
          memory.set(question, index)
        }
        return answers[index]!
      },
    }
    found.add(read(document as Json, request, fate) ? 'allowed' : 'refused')
    const path = sizes.map((_, index) => tape[index] ?? 0)
    while (path.length > 0 && path.at(-1)! + 1 >= sizes[path.length - 1]!) path.pop()
    if (path.length === 0) return { outcomes: found, certain: run === 0 }
    path[path.length - 1]!++
    tape = path
  }
  return null
}

function listed(value: Json | undefined): Json[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}

function texts(value: Json | undefined): string[] {
  return listed(value).map((item) => (typeof item === 'string' ? item : JSON.stringify(item)))
}

function read(document: Json, request: TrustRequest, fate: Fate): boolean {
  const policy = document as { [key: string]: Json }
  let allowed = false
  let denied = false
  for (const item of listed(policy['Statement'])) {
    const statement = item as { [key: string]: Json }
    const applies =
      isAbout(statement, request, fate) &&
      isDoing(statement, request.action) &&
      isMet(document, statement, request, fate)
    if (applies && statement['Effect'] === 'Allow') allowed = true
    if (applies && statement['Effect'] === 'Deny') denied = true
  }
  return allowed && !denied
}

/** Recursive, exponential, obviously right on short texts. */
export function globByRecursion(pattern: string, text: string): boolean {
  if (pattern === '') return text === ''
  const [head, rest] = [pattern[0], pattern.slice(1)]
  if (head === '*') {
    for (let at = 0; at <= text.length; at++) {
      if (globByRecursion(rest, text.slice(at))) return true
    }
    return false
  }
  return text !== '' && (head === '?' || head === text[0]) && globByRecursion(rest, text.slice(1))
}

function isDoing(statement: { [key: string]: Json }, action: string): boolean {
  const hit = (patterns: Json | undefined) =>
    texts(patterns).some((pattern) => globByRecursion(pattern.toLowerCase(), action.toLowerCase()))
  return 'NotAction' in statement ? !hit(statement['NotAction']) : hit(statement['Action'])
}

function isAbout(statement: { [key: string]: Json }, request: TrustRequest, fate: Fate): boolean {
  const negated = 'NotPrincipal' in statement
  const element = statement[negated ? 'NotPrincipal' : 'Principal']!
  const allow = statement['Effect'] === 'Allow'
  const pairs: [string, string][] =
    element === '*'
      ? [['everyone', '*']]
      : Object.entries(element as { [key: string]: Json }).flatMap(([type, values]) =>
          texts(values).map((value): [string, string] => [type, value]),
        )
  const who = request.principal
  const named = pairs.filter(([type, value]) => isNamed(type, value, request, fate)).length > 0
  const account =
    who.kind === 'aws' &&
    pairs.some(([type, value]) => type === 'AWS' && whole(value) === who.account)
  const reaches = !account
    ? named
    : allow
      ? named ||
        (who.ownPolicy === undefined || who.ownPolicy === 'unknown'
          ? fate.pick('own policy', [true, false])
          : who.ownPolicy === 'allows')
      : named || fate.pick('a deny of an account reaches all of it', [true, false])
  if (!negated) return reaches
  if (!named)
    return account && !isRoot(who) ? fate.pick('an account in NotPrincipal', [true, false]) : !named
  if (allow || who.kind !== 'aws') return false
  const boundary = who.boundary ?? 'unknown'
  if (boundary === 'present') return true
  if (boundary === 'unknown' && fate.pick('boundary', [true, false])) return true
  const role = /:assumed-role\/([^/]+)\//.exec(who.arn)?.[1]
  const withRole =
    role === undefined ||
    pairs.some(
      ([, value]) =>
        value.startsWith('arn:') &&
        value.includes(`:${who.account}:role/`) &&
        value.endsWith(`/${role}`),
    )
  const everyone = pairs.some(([, value]) => value === '*')
  const complete = everyone || isRoot(who) || (account && withRole)
  return complete ? false : fate.pick('a deny that spares half', [true, false])
}

function whole(value: string): string | null {
  return /^(?:arn:[^:]+:iam::)?(\d{12})(?::root)?$/.exec(value)?.[1] ?? null
}

function isRoot(who: TrustRequest['principal']): boolean {
  return who.kind === 'aws' && who.arn.endsWith(':root')
}

function isNamed(
  type: string,
  value: string,
  { principal: who }: TrustRequest,
  fate: Fate,
): boolean {
  const maybe = (question: string) => fate.pick(`${question} ${type} ${value}`, [true, false])
  if (type === 'everyone') return true
  if (value === '*') {
    if (type === 'AWS') return who.kind === 'aws' || maybe('* of AWS')
    if (type === 'CanonicalUser') return maybe('*')
    return who.kind === (type === 'Federated' ? 'federated' : 'service') && maybe('*')
  }
  if (who.kind === 'federated') return type === 'Federated' && value === who.provider
  if (who.kind === 'service') return type === 'Service' && value === who.service
  if (type === 'CanonicalUser') return maybe('canonical')
  if (type !== 'AWS') return false
  if (whole(value) !== null) return whole(value) === who.account && isRoot(who)
  if (value.startsWith('A')) return who.uniqueId?.startsWith(value) ?? false
  if (value === who.arn || value === who.role) return true
  const session = /^arn:aws:sts::(\d+):assumed-role\/([^/]+)\/.+$/.exec(who.arn)
  const trustedRole = /^arn:aws:iam::(\d+):role\/(?:.+\/)?([^/]+)$/.exec(value)
  if (
    session !== null &&
    trustedRole !== null &&
    session[1] === trustedRole[1] &&
    session[2] === trustedRole[2]
  ) {
    return who.role === undefined || maybe('path')
  }
  const askingRole = /^arn:aws:iam::(\d+):role\/(?:.+\/)?([^/]+)$/.exec(who.arn)
  const trustedSession = /^arn:aws:sts::(\d+):assumed-role\/([^/]+)\/.+$/.exec(value)
  if (
    askingRole !== null &&
    trustedSession !== null &&
    askingRole[1] === trustedSession[1] &&
    askingRole[2] === trustedSession[2]
  ) {
    return maybe('session')
  }
  return (
    askingRole !== null &&
    trustedRole !== null &&
    askingRole[1] === trustedRole[1] &&
    askingRole[2] === trustedRole[2] &&
    maybe('path')
  )
}

function isMet(
  document: Json,
  statement: { [key: string]: Json },
  request: TrustRequest,
  fate: Fate,
): boolean {
  const blocks = (statement['Condition'] ?? {}) as { [key: string]: { [key: string]: Json } }
  return Object.entries(blocks).every(([operator, block]) =>
    Object.entries(block).every(([key, values]) => {
      const actual = valuesOf(key, request, fate, document)
      return isTrue(operator, actual, texts(values), request, fate, document)
    }),
  )
}

/** The key in this possibility: its values, or null where the request lacks it. */
function valuesOf(
  key: string,
  request: TrustRequest,
  fate: Fate,
  document: Json,
): readonly string[] | null {
  const name = key.toLowerCase()
  let value: ContextValue | undefined
  for (const [other, content] of request.context) if (other.toLowerCase() === name) value = content
  const who = request.principal
  if (value === undefined && who.kind === 'aws') {
    if (name === 'aws:principalaccount') value = [who.account]
    if (name === 'aws:principalarn')
      value =
        who.role !== undefined ? [who.role] : who.arn.includes(':iam:') ? [who.arn] : 'unknown'
  }
  value ??= request.otherwise ?? 'unknown'
  if (value === 'absent') return null
  if (value !== 'unknown') return value.length === 0 ? null : value
  return fate.pick(`value of ${name}`, [null, ...candidates(document).map((text) => [text])])
}

/** What an unknown key could be: everything that the policy speaks of, with its wildcards filled in, and something else. */
function candidates(document: Json): string[] {
  const words = new Set<string>(['something else'])
  for (const statement of listed((document as { [key: string]: Json })['Statement'])) {
    const blocks = (statement as { [key: string]: Json })['Condition'] ?? {}
    for (const block of Object.values(blocks as { [key: string]: { [key: string]: Json } })) {
      for (const values of Object.values(block)) {
        for (const text of texts(values)) {
          words.add(text.replaceAll('*', '').replaceAll('?', 'x'))
        }
      }
    }
  }
  return [...words].slice(0, 6)
}

function isTrue(
  operator: string,
  actual: readonly string[] | null,
  expected: readonly string[],
  request: TrustRequest,
  fate: Fate,
  document: Json,
): boolean {
  const set = /^For(?:All|Any)Values?:/.exec(operator)?.[0]
  const plain = operator.replace(/^For(?:All|Any)Values?:/, '')
  const lenient = plain.endsWith('IfExists')
  const name = plain.replace(/IfExists$/, '')
  if (expected.length === 0) return fate.pick(`no values for ${operator}`, [true, false])
  if (name === 'Null') {
    if (set !== undefined) return fate.pick('Null of a set', [true, false])
    const isEmpty = actual?.every((value) => value === '') ?? false
    const missing =
      actual === null || (isEmpty && fate.pick('an empty text is null', [true, false]))
    return expected.some((text) =>
      text === 'true'
        ? missing
        : text === 'false'
          ? !missing
          : fate.pick(`Null ${text}`, [true, false]),
    )
  }
  const variables = (document as { [key: string]: Json })['Version'] === '2012-10-17'
  const negative = /Not/.test(name)
  const resolved = expected.map((text) =>
    takesVariables(name) && variables ? fill(text, request, fate, document) : verbatim(text),
  )
  const broken = resolved.some((value) => value === null)
  const answer = (): boolean => {
    if (actual === null) {
      if (set === 'ForAnyValue:') return false
      return lenient || set === 'ForAllValues:' || negative
    }
    if (set === 'ForAllValues:' && actual.every((value) => value === '')) return true
    const one = (value: string): boolean => {
      const hit = resolved.some((text) => text !== null && compare(name, text, value, fate))
      return negative ? !hit : hit
    }
    if (set === 'ForAllValues:') return actual.every(one)
    if (set === 'ForAnyValue:') {
      return (
        actual.some(one) &&
        (!actual.every((value) => value === '') ||
          fate.pick('an empty text in ForAnyValue', [true, false]))
      )
    }
    const answers = actual.map(one)
    return new Set(answers).size === 1
      ? answers[0]!
      : fate.pick(`many values under ${operator}`, [true, false])
  }
  const result = answer()
  if (broken && !(actual === null && lenient))
    return result && fate.pick('a broken variable breaks the statement', [true, false])
  return result
}

function takesVariables(name: string): boolean {
  return name.startsWith('String') || name.startsWith('Arn') || name === 'Bool'
}

/** Text with the characters that are literal whatever they are put between marks, so that no wildcard and no colon among them counts. */
type Filled = readonly (readonly [text: string, origin: 'policy' | 'escape' | 'request'])[]

function verbatim(text: string): Filled {
  return [[text, 'policy']]
}

function fill(text: string, request: TrustRequest, fate: Fate, document: Json): Filled | null {
  const parts: [string, 'policy' | 'escape' | 'request'][] = []
  let rest = text
  for (;;) {
    const match = /\$\{([^}]*)\}/.exec(rest)
    if (match === null) break
    parts.push([rest.slice(0, match.index), 'policy'])
    rest = rest.slice(match.index + match[0].length)
    const inside = match[1]!
    if (inside === '*' || inside === '?' || inside === '$') {
      parts.push([inside, 'escape'])
      continue
    }
    const [key, fallback] = inside.split(", '") as [string, string | undefined]
    const values = valuesOf(key, request, fate, document)
    if (values !== null && values.length === 1) parts.push([values[0]!, 'request'])
    else if (fallback === undefined) return null
    else if (values === null) parts.push([fallback.slice(0, -1), 'request'])
    else
      parts.push([fate.pick(`fallback of ${key}`, [fallback.slice(0, -1), ...values]), 'request'])
  }
  parts.push([rest, 'policy'])
  return parts
}

function compare(name: string, expected: Filled, actual: string, fate: Fate): boolean {
  const joined = expected.map(([text]) => text).join('')
  if (name.startsWith('Numeric')) return order(name, Number(actual) - Number(joined))
  if (name.startsWith('Date')) return order(name, moment(actual) - moment(joined))
  if (name === 'Bool')
    return (
      joined === actual &&
      (expected.every(([, origin]) => origin === 'policy') ||
        fate.pick('variables in Bool', [true, false]))
    )
  if (name === 'BinaryEquals') return joined === actual
  if (name.endsWith('IpAddress')) return bitsOf(actual).startsWith(rangeOf(joined))
  if (name.endsWith('IgnoreCase')) return joined.toLowerCase() === actual.toLowerCase()
  if (name.endsWith('Equals') && name.startsWith('String')) return joined === actual
  // Private-use characters stand for stars and question marks that are no wildcards.
  const hide = (text: string) => text.replaceAll('*', '\uE000').replaceAll('?', '\uE001')
  const open =
    expected.some(([text, origin]) => origin === 'request' && /[*?]/.test(text)) &&
    fate.pick('wildcards in variables', [true, false])
  const pattern = expected
    .map(([text, origin]) =>
      origin === 'policy' || (origin === 'request' && open) ? text : hide(text),
    )
    .join('')
  if (name.startsWith('String')) return globByRecursion(pattern, hide(actual))
  const [left, right] = [pattern.split(':'), hide(actual).split(':')]
  if (left.length < 6) return fate.pick('short ARN pattern', [true, false])
  if (right.length < 6) return false
  const six = (parts: string[]) => [...parts.slice(0, 5), parts.slice(5).join(':')]
  return six(left).every((part, index) => globByRecursion(part, six(right)[index]!))
}

function order(name: string, difference: number): boolean {
  if (name.endsWith('LessThan')) return difference < 0
  if (name.endsWith('LessThanEquals')) return difference <= 0
  if (name.endsWith('GreaterThan')) return difference > 0
  if (name.endsWith('GreaterThanEquals')) return difference >= 0
  return difference === 0
}

function moment(text: string): number {
  return /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text)
}

/** `4` or `6` and then the bits as text: a range is then a prefix. */
function bitsOf(address: string): string {
  if (!address.includes(':')) {
    return `4${address
      .split('.')
      .map((part) => Number(part).toString(2).padStart(8, '0'))
      .join('')}`
  }
  const [head, tail] = address.split('::') as [string, string | undefined]
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const left = groups(head)
  const right = tail === undefined ? [] : groups(tail)
  const all = [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right]
  return `6${all.map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0')).join('')}`
}

function rangeOf(range: string): string {
  const [address, prefix] = range.split('/') as [string, string | undefined]
  const bits = bitsOf(address)
  return prefix === undefined ? bits : bits.slice(0, 1 + Number(prefix))
}
