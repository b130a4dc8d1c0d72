import { describe, expect, it } from 'vitest'
import { CliError, EXIT } from '../../cli/exit.ts'
import { parseDuration, parseTime, parseWindow } from '../../cli/time.ts'

const NOW = Date.parse('2026-11-23T12:00:00Z') / 1000
const at = (text: string) => new Date(parseTime(text, NOW, '--from') * 1000).toISOString()

describe('a time', () => {
  it.each([
    ['2026-11-23T02:00:00Z', '2026-11-23T02:00:00.000Z'],
    ['2026-11-23T02:00:00.25Z', '2026-11-23T02:00:00.000Z'],
    ['2026-11-23T02:00Z', '2026-11-23T02:00:00.000Z'],
    ['2026-11-23 02:00', '2026-11-23T02:00:00.000Z'],
    ['2026-11-23T02:00:00+01:00', '2026-11-23T01:00:00.000Z'],
    ['2026-11-23T02:00:00-0530', '2026-11-23T07:30:00.000Z'],
    ['2026-11-23', '2026-11-23T00:00:00.000Z'],
    ['-2h', '2026-11-23T10:00:00.000Z'],
    ['now-1d12h', '2026-11-22T00:00:00.000Z'],
    ['now', '2026-11-23T12:00:00.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(at(text)).toBe(expected)
  })

  it.each([
    '',
    'yesterday',
    '2026-02-30',
    '2026-11-23T24:00:00Z',
    '2026-11-23T02:00:60Z',
    '2026-11-23T02:00:00+25:00',
    '02:00',
    '-2y',
    '--2h',
    '1795399781',
  ])('%j is none, and wrong use', (text) => {
    const parse = () => parseTime(text, NOW, '--from')
    expect(parse).toThrow(CliError)
    expect(parse).toThrow(`--from: "${text}" is not a time`)
  })
})

describe('a window', () => {
  it('is open where nothing is said', () => {
    expect(parseWindow({}, NOW)).toEqual({})
    expect(parseWindow({ from: '2026-11-23' }, NOW)).toEqual({ from: NOW - 43_200 })
  })

  it('since ends now', () => {
    expect(parseWindow({ since: '24h' }, NOW)).toEqual({ from: NOW - 86_400, to: NOW })
  })

  it.each([
    { since: '24h', from: '2026-11-23' },
    { from: '2026-11-23', to: '2026-11-23' },
    { from: '2026-11-24', to: '2026-11-23' },
    { since: '0h' },
    { since: '1.5h' },
    { since: 'h' },
    { since: '99999999999d' },
  ])('%o is wrong use', (options) => {
    let thrown: unknown
    try {
      parseWindow(options, NOW)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(CliError)
    expect((thrown as CliError).exit).toBe(EXIT.wrongUse)
    expect((thrown as CliError).advice.length).toBeGreaterThan(0)
  })

  it('adds up durations', () => {
    expect(parseDuration('1d12h30m', '--since')).toBe(131_400)
    expect(parseDuration('2w', '--since')).toBe(1_209_600)
  })
})
