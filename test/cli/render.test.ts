import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { EXIT, worst } from '../../cli/exit.ts'
import { dotOf, mermaidOf } from '../../cli/render/diagram.ts'
import { cellsOf, middle, visible } from '../../cli/render/safe.ts'
import { type Column, tableOf } from '../../cli/render/table.ts'
import { yamlOf } from '../../cli/render/yaml.ts'
import type { EdgeItem } from '../../lib/graph/edges.ts'
import { csvOf } from '../../lib/text/csv.ts'
import { jsonOf, ndjsonOf } from '../../lib/text/json.ts'

const ESC = '\u001b'
const HOSTILE = [
  `${ESC}[31mred${ESC}[0m`,
  `${ESC}]0;title\u0007`,
  'back\bspace',
  'new\nline\r\ttab',
  '\u202egnp.exe',
  '\u2066isolate\u2069',
  'zero\u200bwidth\ufeff',
  '\u009b31m',
  'line\u2028separator',
  '\ud800',
  '\u{e0041}tag',
]
/** What must never reach a terminal, apart from the line feeds that end lines. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u
const withoutLayout = (text: string) => text.replaceAll('\n', '')

interface Item {
  readonly name: string
  readonly count: number
}

const COLUMNS: Column<Item>[] = [
  { title: 'NAME', value: ({ name }) => name, min: 8 },
  { title: 'AGAIN', value: ({ name }) => name, min: 4, drop: 1 },
  { title: 'COUNT', value: ({ count }) => String(count), right: true },
]
const plain = (text: string) => text

describe('hostile text', () => {
  it.each(HOSTILE)('%j is spelled out in tables, csv, json, yaml and diagrams', (name) => {
    const item = { name, count: 1 }
    const table = tableOf([item], COLUMNS, { width: null, wide: false, header: plain })
    expect(table).toHaveLength(2)
    const edges: EdgeItem[] = [
      {
        outcome: 'did',
        principal: {
          kind: 'workload',
          id: name,
          cluster: name,
          namespace: name,
          serviceAccount: name,
          name: null,
          account: null,
        },
        role: name,
        hop: 1,
        via: [],
        proof: 'accessKeyId',
        count: 1,
        firstSeen: '2026-11-23T02:00:00Z',
        lastSeen: '2026-11-23T02:00:00Z',
      },
    ]
    for (const text of [
      ...table,
      csvOf([item], [['name', ({ name: value }) => value]]).replaceAll('\r\n', ''),
      jsonOf(item),
      ndjsonOf([item]),
      yamlOf(item),
      dotOf(edges),
      mermaidOf(edges),
    ])
      expect(withoutLayout(text)).not.toMatch(UNSAFE)
  })

  it('keeps its meaning in json and yaml', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...HOSTILE.slice(0, 9))),
        (name) => {
          const value = { name, list: [name, 1, null, true], nested: { [name]: name } }
          expect(JSON.parse(jsonOf(value))).toEqual(value)
          expect(parse(yamlOf(value))).toEqual(value)
          expect(withoutLayout(jsonOf(value))).not.toMatch(UNSAFE)
          expect(withoutLayout(yamlOf(value))).not.toMatch(UNSAFE)
        },
      ),
    )
  })

  it('leaves ordinary text of any script alone', () => {
    for (const text of ['payments/checkout', 'Zürich', '東京', 'раздел', '−→…'])
      expect(visible(text)).toBe(text)
  })
})

describe('csv', () => {
  const cell = (name: string) => csvOf([{ name }], [['name', (item) => item.name]]).split('\r\n')[1]

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', ' =1', '\t=1', '＝1', '|cmd', '%0A'])(
    'makes text of the formula %j',
    (name) => {
      expect(cell(name)).toMatch(/^"?'/)
    },
  )

  it('quotes commas, quotes and line breaks', () => {
    expect(cell('a,b')).toBe('"a,b"')
    expect(cell('say "x"')).toBe('"say ""x"""')
    expect(cell('two\nlines')).toBe('two\\nlines')
    expect(cell('plain')).toBe('plain')
  })
})

describe('tables', () => {
  it('never exceed the width, whatever they hold', () => {
    const items = fc.array(
      fc.record({ name: fc.string({ unit: 'grapheme', maxLength: 60 }), count: fc.nat() }),
      { minLength: 1, maxLength: 5 },
    )
    fc.assert(
      fc.property(items, fc.integer({ min: 24, max: 140 }), (rows, width) => {
        const lines = tableOf(rows, COLUMNS, { width, wide: false, header: plain })
        expect(lines).toHaveLength(rows.length + 1)
        for (const line of lines) expect(cellsOf(line)).toBeLessThanOrEqual(width)
      }),
    )
  })

  it('cut nothing where there is no terminal', () => {
    const name = 'x'.repeat(500)
    const lines = tableOf([{ name, count: 1 }], COLUMNS, {
      width: null,
      wide: false,
      header: plain,
    })
    expect(lines[1]).toContain(name)
    expect(lines.join('')).not.toContain('…')
  })

  it('cut the middle, and keep both ends', () => {
    expect(middle('arn:aws:iam::222233334444:role/ledger-writer', 20)).toBe('arn:aws…edger-writer')
    expect(middle('short', 20)).toBe('short')
    expect(cellsOf(middle('東京東京東京', 7))).toBeLessThanOrEqual(7)
  })

  it('drop a column before they cut the others', () => {
    const lines = tableOf([{ name: 'abcdefghij', count: 1 }], COLUMNS, {
      width: 20,
      wide: false,
      header: plain,
    })
    expect(lines[0]).toBe('NAME        COUNT')
  })
})

describe('exit codes', () => {
  it('a no outweighs incomplete, a failure outweighs both', () => {
    expect(worst([])).toBe(EXIT.ok)
    expect(worst([EXIT.ok, EXIT.incomplete])).toBe(EXIT.incomplete)
    expect(worst([EXIT.incomplete, EXIT.no])).toBe(EXIT.no)
    expect(worst([EXIT.no, EXIT.failed])).toBe(EXIT.failed)
  })
})
