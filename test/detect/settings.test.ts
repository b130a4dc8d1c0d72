import { describe, expect, it } from 'vitest'
import { parseConfig, WrongConfig } from '../../lib/config.ts'
import { ANOMALY_RULES } from '../../lib/coverage/rules.ts'
import { newChain } from '../../lib/detect/detectors/new-chain.ts'
import { roleSpraying } from '../../lib/detect/detectors/role-spraying.ts'
import { checkSettings, settingsOf } from '../../lib/detect/settings.ts'

const configOf = (detect: string) =>
  parseConfig(
    `{accounts: [], clusters: [], network: {egress: [], vpcEndpoints: []}, detect: ${detect}}`,
    'podtrail.yaml',
  )

const problemsOf = (detect: string): readonly string[] => {
  try {
    checkSettings(configOf(detect), ANOMALY_RULES, 'podtrail.yaml')
    return []
  } catch (error) {
    if (error instanceof WrongConfig) return error.problems
    throw error
  }
}

describe('settings of detectors', () => {
  it('are the usual ones where nothing is said', () => {
    const { enabled, dryRun, severity, number } = settingsOf(configOf('{}'), roleSpraying)
    expect({ enabled, dryRun, severity }).toEqual({ enabled: true, dryRun: false, severity: null })
    expect(number('roles')).toBe(4)
    expect(configOf('{}').detect!.learningDays).toBe(14)
  })

  it('are what is said', () => {
    const config = configOf('{rules: {role-spraying: {roles: 9}, new-chain: {enabled: false}}}')
    expect(settingsOf(config, roleSpraying).number('roles')).toBe(9)
    expect(settingsOf(config, newChain).enabled).toBe(false)
  })

  it('name the key that does not fit', () => {
    expect(problemsOf('{rules: {role-spraying: {roles: 9}}}')).toEqual([])
    expect(problemsOf('{rules: {role-sprayng: {}}}')).toEqual([
      'unknown key detect.rules.role-sprayng',
    ])
    expect(problemsOf('{rules: {role-spraying: {rolls: 9}}}')).toEqual([
      'unknown key detect.rules.role-spraying.rolls',
    ])
    expect(problemsOf('{rules: {role-spraying: {roles: 1}}}')).toEqual([
      'detect.rules.role-spraying.roles must be a number from 2 to 1000',
    ])
    expect(problemsOf('{learningDays: 400}')).toEqual(['detect.learningDays must be at most 90'])
  })
})
