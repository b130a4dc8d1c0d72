import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CHECKS } from '../../lib/drift/all.ts'
import type { Check } from '../../lib/drift/check.ts'
import { type Change, changed, commandOf } from '../../lib/drift/fix.ts'
import { runChecks } from '../../lib/drift/run.ts'
import type { Situation } from '../../lib/drift/sample.ts'
import { worldOf } from '../../lib/drift/world.ts'

const world = ({ snapshot, observed, approved }: Situation) =>
  worldOf({ snapshot, observed, approved, config: null })

const answerOf = (check: Check, situation: Situation) => runChecks([check], world(situation))[0]!

const applied = (situation: Situation, changes: readonly Change[]): Situation => ({
  ...situation,
  ...changed(situation.snapshot, situation.observed, changes),
})

describe('the list of checks', () => {
  it('has every file of lib/drift/checks, under the name of its id', () => {
    const files = readdirSync(new URL('../../lib/drift/checks', import.meta.url))
    expect(CHECKS.map(({ id }) => `${id}.ts`).sort()).toEqual(files.sort())
  })
})

describe.each(CHECKS.map((check) => [check.id, check] as const))('%s', (_, check) => {
  it('says what it is about: why, blind spots, a runbook with a field and a time', () => {
    expect(check.why).toMatch(/\.$/)
    expect(check.blindSpots).toMatch(/\.$/)
    expect(check.runbook.length).toBeGreaterThan(1)
    expect(check.runbook.join(' ')).toMatch(/`|podtrail |aws |kubectl /)
    expect(check.runbook.join(' ')).toMatch(/\b(?:hours?|days?|weeks?|months?|\d+d|now|today)\b/)
    for (const technique of check.attack) expect(technique).toMatch(/^T\d{4}(?:\.\d{3})?$/)
    const expectations = check.examples.map(({ expects }) => expects)
    expect(expectations).toContain('deviates')
    expect(expectations).toContain('complies')
  })

  it.each(check.examples.map((example) => [example.expects, example.title, example] as const))(
    '%s: %s',
    (expects, _title, { situation }) => {
      const { answer, findings, unread } = answerOf(check, situation)
      expect({ answer, findings, unread }).toMatchObject({ answer: expects })
    },
  )

  it('is silenced by the fix of each finding', () => {
    for (const { expects, situation, title } of check.examples) {
      if (expects !== 'deviates') continue
      for (const { subject, fix } of answerOf(check, situation).findings) {
        expect(fix, `${title}: ${subject}`).not.toEqual([])
        const after = answerOf(check, applied(situation, fix)).findings
        expect(
          after.filter((one) => one.subject === subject),
          title,
        ).toEqual([])
        for (const change of fix) expect(commandOf(change)).toMatch(/^(?:aws|kubectl) /)
      }
    }
  })

  it('is silent once all fixes are made', () => {
    for (const { expects, situation, title } of check.examples) {
      if (expects !== 'deviates') continue
      const changes = answerOf(check, situation).findings.flatMap(({ fix }) => fix)
      expect(answerOf(check, applied(situation, changes)).findings, title).toEqual([])
    }
  })
})
