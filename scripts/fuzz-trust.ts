/**
 * Tries the trust-policy evaluator on many random cases and prints what they were: `node scripts/fuzz-trust.ts [cases] [seed]`, a million by default.
 * Ends with an error and the smallest counterexample where a document makes it throw, where the second reading of the rules disagrees,
 * or where the matcher disagrees with recursion or takes more steps than its bound.
 */
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { glob, matches } from '../lib/drift/trust/glob.ts'
import {
  evaluateTrust,
  parseTrustPolicy,
  principalTrusts,
  webIdentityTrusts,
} from '../lib/drift/trust-policy.ts'
import { globByRecursion, outcomes } from '../test/drift/second-reading.ts'
import {
  documents,
  longGlobs,
  policies,
  requests,
  shortGlobs,
} from '../test/drift/trust/arbitraries.ts'

const { positionals } = parseArgs({ allowPositionals: true })
const cases = Number(positionals[0] ?? 1_000_000)
const seed = Number(positionals[1] ?? Date.now() % 2 ** 31)
if (!(cases >= 10) || !Number.isInteger(seed)) {
  process.stderr.write(
    'fuzz-trust: the number of cases must be 10 or more, and the seed a whole number\n',
  )
  process.exit(2)
}

const counts = new Map<string, number>()
function count(what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1)
}

function run(name: string, share: number, property: fc.IRawProperty<unknown>): void {
  const numRuns = Math.round(cases * share)
  fc.assert(property, { numRuns, seed, endOnFailure: false })
  console.log(`${name}: ${numRuns} cases`)
  for (const [what, number] of [...counts].sort()) console.log(`  ${what}: ${number}`)
  counts.clear()
}

console.log(`seed ${seed}`)

run(
  'decisions against the second reading',
  0.4,
  fc.property(policies, requests, (document, request) => {
    const policy = parseTrustPolicy(document)
    if (policy.kind !== 'policy') throw new Error(`${policy.reason} at ${policy.at}`)
    const { decision } = evaluateTrust(policy, request)
    const second = outcomes(document, request)
    if (second === null) {
      count(`${decision}, with too many possibilities to look at`)
      return
    }
    const agreed = second.outcomes.size === 1 ? [...second.outcomes][0] : 'both'
    if (decision === 'undecidable' ? second.certain : agreed !== decision) {
      throw new Error(`first reading: ${decision}; second reading: ${agreed}`)
    }
    count(decision === 'undecidable' ? `undecidable, second reading ${agreed}` : decision)
  }) as fc.IRawProperty<unknown>,
)

run(
  'documents of any kind',
  0.3,
  fc.property(documents, requests, (document, request) => {
    const policy = parseTrustPolicy(document)
    if (policy.kind !== 'policy') {
      count(policy.reason)
      return
    }
    evaluateTrust(policy, request)
    webIdentityTrusts(policy)
    principalTrusts(policy)
    count('policy')
  }) as fc.IRawProperty<unknown>,
)

run(
  'short patterns against recursion',
  0.2,
  fc.property(shortGlobs, ([pattern, text]) => {
    const found = matches(glob(pattern, true), text)
    if (found !== globByRecursion(pattern, text)) throw new Error(`matches says ${found}`)
    count(found ? 'match' : 'no match')
  }) as fc.IRawProperty<unknown>,
)

let most = 0
run(
  'long patterns, steps per character',
  0.1,
  fc.property(longGlobs, ([pattern, text, end]) => {
    const steps = { count: 0 }
    const found = matches(glob(pattern + end, true), text, steps)
    const characters = pattern.length + end.length + text.length + 2
    most = Math.max(most, steps.count / characters)
    const part = Math.max(
      ...(pattern + end).split('*').map((one) => (one.includes('?') ? one.length : 0)),
    )
    if (steps.count > characters * 4 + text.length * Math.ceil(part / 32)) {
      throw new Error(`${steps.count} steps for ${characters} characters`)
    }
    count(found ? 'match' : 'no match')
  }) as fc.IRawProperty<unknown>,
)
console.log(`  most steps per character: ${most.toFixed(2)}`)
