import { describe, expect, it } from 'vitest'
import { ANOMALY_RULES } from '../../lib/coverage/rules.ts'
import { stepsOf } from '../../lib/finding/steps.ts'
import { RULE } from '../alert/samples.ts'
import { finding } from './samples.ts'

const of = (step: string, given: Parameters<typeof finding>[0] = {}): string =>
  stepsOf({ ...RULE, runbook: [step] }, finding(given))[0]!

describe('what to do', () => {
  it('names times, addresses and roles, and has commands that can be copied', () => {
    expect(
      of(
        'Look up who owns `networks`, the day before `firstSeen`: podtrail trace EVENT-ID of `evidence`.',
      ),
    ).toBe(
      'Look up who owns 198.51.100.7, the day before 2026-11-23T02:14:07Z: podtrail trace 00000000-0000-4000-8000-000000000002.',
    )
    expect(of('podtrail what NS/SA --since 1d, podtrail tighten ROLE of `account`')).toBe(
      'podtrail what sandbox/debug --from 2026-11-22T02:14:07Z, podtrail tighten arn:aws:iam::222233334444:role/ledger-writer of 222233334444',
    )
    expect(of('revoke the sessions of `role` and `via`')).toBe(
      'revoke the sessions of ledger-writer@222233334444 and dev-shared@444455556666',
    )
  })

  it('says how many addresses it does not name', () => {
    const networks = [1, 2, 3, 4, 5].map((last) => `198.51.100.${last}`)
    expect(of('Look up `networks`.', { networks })).toBe(
      'Look up 198.51.100.1, 198.51.100.2, 198.51.100.3 and 2 more.',
    )
  })

  it('leaves what is not known as the runbook has it', () => {
    const bare = { networks: [], evidence: [], role: '', via: [], principal: null }
    const step =
      'podtrail trace ADDRESS, podtrail trace EVENT-ID, podtrail what NS/SA, `role`, `networks`'
    expect(of(step, bare)).toBe(step)
  })

  it('quotes for a shell what an event brought, and puts nothing into it twice', () => {
    const networks = ["'; rm -rf / #`role` $& ROLE-ARN"]
    expect(of('podtrail trace ADDRESS', { networks })).toBe(
      "podtrail trace ''\\''; rm -rf / #`role` $& ROLE-ARN'",
    )
  })

  it.each(ANOMALY_RULES.map((rule) => [rule.id, rule] as const))(
    '%s leaves no name of a field to look up',
    (_, rule) => {
      for (const step of stepsOf(rule, finding()))
        expect(step).not.toMatch(
          /`(?!title`|subject`|evidence`|count`)\w+`|EVENT-ID|ADDRESS|NS\/SA|ROLE-ARN|FIRSTSEEN|--since/,
        )
    },
  )
})
