import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ANOMALY_RULES, COVERAGE_RULES } from '../../lib/coverage/rules.ts'
import { DETECTORS } from '../../lib/detect/all.ts'
import { usual } from '../../lib/detect/sample.ts'
import { anomaliesOf, failuresOf, saidOf } from '../../lib/detect/try-examples.ts'

describe('the lists', () => {
  it.each([
    ['detect/detectors', DETECTORS],
    ['coverage/rules', COVERAGE_RULES],
  ] as const)('%s has every file, under the name of its id', (folder, detectors) => {
    const files = readdirSync(new URL(`../../lib/${folder}`, import.meta.url))
    expect(detectors.map(({ id }) => `${id}.ts`).sort()).toEqual(files.sort())
  })
})

describe.each(ANOMALY_RULES.map((rule) => [rule.id, rule] as const))('%s', (_, rule) => {
  it('says what it is about: why, blind spots, a runbook with a field and a time', () => {
    expect(rule.why).toMatch(/\.$/)
    expect(rule.blindSpots).toMatch(/\.$/)
    expect(rule.runbook.length).toBeGreaterThan(1)
    expect(rule.runbook.join(' ')).toMatch(
      /`(?:firstSeen|lastSeen|role|principal|networks|account|evidence|via)`/,
    )
    expect(rule.runbook.join(' ')).toMatch(/\b(?:minute|hours?|days?|weeks?|now|today|\d+d)\b/)
    for (const technique of rule.attack) expect(technique).toMatch(/^T\d{4}(?:\.\d{3})?$/)
    const expectations = rule.examples.map(({ expects }) => expects)
    expect(expectations).toContain('fires')
    expect(expectations).toContain('quiet')
    for (const { default: usually, min, max, about } of Object.values(rule.settings ?? {})) {
      expect(usually).toBeGreaterThanOrEqual(min)
      expect(usually).toBeLessThanOrEqual(max)
      expect(about).not.toBe('')
    }
  })

  it('comes out as its examples say', () => {
    expect(failuresOf(rule)).toEqual([])
  })

  it('says who or what, what is normal, and shows evidence', () => {
    for (const example of rule.examples)
      for (const { title, normal, evidence, firstSeen, lastSeen, count } of saidOf(rule, example)) {
        expect(title).toMatch(/^[A-Za-z0-9]/)
        expect(title.length).toBeLessThan(300)
        expect(normal).toMatch(/\.$/)
        expect(evidence.length).toBeGreaterThan(0)
        expect(firstSeen).toBeLessThanOrEqual(lastSeen)
        expect(count).toBeGreaterThan(0)
      }
  })
})

describe('a usual life', () => {
  it('raises nothing', () => {
    const found = anomaliesOf(ANOMALY_RULES, { seen: usual() })
    expect(found.filter(({ severity }) => severity !== 'low')).toEqual([])
  })
})
