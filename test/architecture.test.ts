import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ORDER, treeOf, violations } from './architecture.ts'

describe('the architecture', () => {
  const tree = treeOf(dirname(import.meta.dirname), ['lib', 'cli', 'functions'])

  it('is looked at as a whole', () => {
    for (const path of [
      'lib/model.ts',
      'lib/pipeline.ts',
      'lib/local/sqlite-store.ts',
      'cli/main.js',
    ])
      expect([...tree.keys()]).toContain(path)
  })

  it('holds', () => {
    expect(violations(tree)).toEqual([])
  })
})

/** A small tree in which everything is as it should be. */
const SOUND = {
  'cli/main.js': "const { who } = await import('./commands/who.ts')\nwho",
  'cli/commands/who.ts':
    "import { open } from '../../lib/local/store.ts'\nimport type { Register } from '../register.ts'\nimport '../../lib/demo/company.ts'\nexport function who(register: Register): void {}",
  'cli/register.ts': 'export interface Register {}',
  'functions/ingest.ts': "import { client } from '../lib/aws/client.ts'",
  'lib/model.ts': 'export interface Noun {}',
  'lib/ports.ts':
    "import type { Row } from './graph/rows.ts'\nimport type { Noun } from './model.ts'",
  'lib/source/inflate.ts':
    "import { gunzipSync } from 'node:zlib'\n// Date.now() is not called here, nor process.env read.",
  'lib/session/refs.ts':
    "import type { Noun } from '../model.ts'\nexport const isKey = (text: string) => new RegExp('^k:', 'u').test(text)",
  'lib/graph/rows.ts':
    "import { isKey } from '../session/refs.ts'\nimport {\n  type Noun,\n} from '../model.ts'\nexport const at = (seconds: number) => new Date(seconds * 1000)",
  'lib/pipeline.ts':
    "import { row } from './graph/rows.ts'\nimport '../lib/source/inflate.ts'\nimport './ports.ts'",
  'lib/local/store.ts':
    "import { readFileSync } from 'node:fs'\nimport '../pipeline.ts'\nnew Worker(new URL('./worker.ts', import.meta.url))\nDate.now()",
  'lib/local/worker.ts': 'process.exit()',
  'lib/aws/client.ts': "import { S3Client } from '@aws-sdk/client-s3'\nimport '../pipeline.ts'",
  'lib/demo/company.ts': "import { pick } from './random.ts'",
  'lib/demo/random.ts': 'export const pick = () => 1',
}

/** Violations of the sound tree with something changed in it. */
function broken(changes: Record<string, string>): string[] {
  return violations(new Map(Object.entries({ ...SOUND, ...changes })))
}

/** The sound tree, with a line more in one of its files. */
function withLine(path: keyof typeof SOUND, line: string): string[] {
  return broken({ [path]: `${SOUND[path]}\n${line}` })
}

describe('the checker', () => {
  it('finds nothing in a sound tree', () => {
    expect(broken({})).toEqual([])
  })

  it('finds an import of what stands below', () => {
    expect(withLine('lib/session/refs.ts', "import { row } from '../graph/rows.ts'")).toEqual([
      'lib/session/refs.ts: lib/graph/rows.ts does not stand above it',
    ])
    expect(withLine('lib/graph/rows.ts', "import '../local/store.ts'")).toEqual([
      'lib/graph/rows.ts: lib/local/store.ts does not stand above it',
    ])
    expect(withLine('lib/graph/rows.ts', "const later = import('../pipeline.ts')")).toEqual([
      'lib/graph/rows.ts: lib/pipeline.ts does not stand above it',
    ])
    expect(withLine('lib/graph/rows.ts', "export { x } from '../pipeline.ts'")).toEqual([
      'lib/graph/rows.ts: lib/pipeline.ts does not stand above it',
    ])
  })

  it('finds such an import of a type, which only the ports may have', () => {
    expect(withLine('lib/session/refs.ts', "import type { Row } from '../graph/rows.ts'")).toEqual([
      'lib/session/refs.ts: lib/graph/rows.ts does not stand above it',
    ])
    expect(withLine('lib/ports.ts', "import { at } from './graph/rows.ts'")).toEqual([
      'lib/ports.ts: lib/graph/rows.ts does not stand above it',
    ])
  })

  it('finds an adapter that imports the other', () => {
    expect(withLine('lib/local/store.ts', "import '../aws/client.ts'")).toEqual([
      'lib/local/store.ts: lib/aws/client.ts does not stand above it',
    ])
  })

  it('finds the demo in company, either way', () => {
    expect(withLine('lib/demo/company.ts', "import type { Noun } from '../model.ts'")).toEqual([
      'lib/demo/company.ts: lib/demo stands alone, not with lib/model.ts',
    ])
    expect(withLine('lib/graph/rows.ts', "import { pick } from '../demo/random.ts'")).toEqual([
      'lib/graph/rows.ts: lib/demo stands alone, not with lib/demo/random.ts',
    ])
  })

  it('finds the AWS SDK outside lib/aws', () => {
    for (const path of [
      'lib/local/store.ts',
      'cli/commands/who.ts',
      'functions/ingest.ts',
    ] as const)
      expect(withLine(path, "import { S3Client } from '@aws-sdk/client-s3'")).toEqual([
        `${path}: only lib/aws imports @aws-sdk/client-s3`,
      ])
  })

  it('finds an import from the edges', () => {
    expect(withLine('lib/local/store.ts', "import '../../cli/register.ts'")).toEqual([
      'lib/local/store.ts: nothing imports from cli/register.ts',
    ])
    expect(withLine('functions/ingest.ts', "import '../cli/register.ts'")).toEqual([
      'functions/ingest.ts: nothing imports from cli/register.ts',
    ])
    expect(withLine('cli/main.js', "import '../functions/ingest.ts'")).toEqual([
      'cli/main.js: nothing imports from functions/ingest.ts',
    ])
  })

  it('finds a folder that has no place in the order, and a file that is not there', () => {
    expect(
      broken({
        'lib/utils/misc.ts': "import '../model.ts'",
        'lib/local/worker.ts': "import '../utils/misc.ts'",
      }),
    ).toEqual([
      'lib/local/worker.ts: lib/utils has no place in the order',
      'lib/utils/misc.ts: lib/utils has no place in the order',
    ])
    expect(withLine('lib/graph/rows.ts', "import '../session/gone.ts'")).toEqual([
      'lib/graph/rows.ts: there is no lib/session/gone.ts',
    ])
  })

  it('finds clock, chance, environment and the outside in pure code', () => {
    for (const [line, name] of [
      ['const now = Date.now()', 'Date.now'],
      ['const now = new Date()', 'new Date()'],
      ['const now = performance.now()', 'performance'],
      ['const x = Math.random()', 'Math.random'],
      ['const id = crypto.randomUUID()', 'randomUUID'],
      ['const id = randomBytes(8)', 'randomBytes'],
      ['crypto.getRandomValues(bytes)', 'getRandomValues'],
      ['const home = process.env.HOME', 'process'],
      ['setTimeout(() => {}, 1)', 'setTimeout'],
      ['setInterval(() => {}, 1)', 'setInterval'],
      ['setImmediate(() => {})', 'setImmediate'],
    ] as const) {
      for (const path of [
        'lib/source/inflate.ts',
        'lib/graph/rows.ts',
        'lib/pipeline.ts',
        'lib/demo/random.ts',
      ] as const)
        expect(withLine(path, line)).toEqual([`${path}: ${name} belongs outside pure code`])
      expect(withLine('lib/local/worker.ts', line)).toEqual([])
    }
    expect(withLine('lib/graph/rows.ts', "import { readFileSync } from 'node:fs'")).toEqual([
      'lib/graph/rows.ts: only adapters import node:fs',
    ])
  })

  it('finds a RegExp made of what someone sent', () => {
    const dollar = '$'
    for (const line of [
      'new RegExp(text)',
      'RegExp( text, "i")',
      `new RegExp(\`^${dollar}{text}\`)`,
      `new RegExp(\`^${dollar}{REGION}${dollar}{text}\`)`,
      "new RegExp('a' + text)",
    ])
      expect(withLine('lib/graph/rows.ts', line), line).toEqual([
        'lib/graph/rows.ts: a RegExp is made of something other than a literal',
      ])
    for (const line of [
      "new RegExp('a')",
      'new RegExp("it\'s", "u")',
      String.raw`new RegExp('it\'s')`,
      `new RegExp(\n  \`^a$|^${dollar}{REGION}_\\\\d\`,\n)`,
    ])
      expect(withLine('lib/graph/rows.ts', line), line).toEqual([])
  })

  it('finds a command file with two commands, or with another than its name says', () => {
    expect(
      withLine('cli/commands/who.ts', 'export function what(register: Register): void {}'),
    ).toEqual(['cli/commands/who.ts: adds who and what, not who'])
    expect(
      broken({
        'cli/main.js': "import './commands/least-privilege.ts'\nimport './commands/who.ts'",
        'cli/commands/least-privilege.ts': 'export const x = 1',
      }),
    ).toEqual(['cli/commands/least-privilege.ts: adds nothing, not leastPrivilege'])
  })

  it('finds a file to which no entry leads', () => {
    expect(broken({ 'lib/graph/old.ts': 'export const x = 1', 'cli/old.ts': '' })).toEqual([
      'cli/old.ts: no entry leads here',
      'lib/graph/old.ts: no entry leads here',
    ])
    // Comments lead nowhere.
    expect(
      broken({
        'lib/graph/old.ts': 'export const x = 1',
        'lib/pipeline.ts': `${SOUND['lib/pipeline.ts']}\n// import './graph/old.ts'\n/* import './graph/old.ts' */`,
      }),
    ).toEqual(['lib/graph/old.ts: no entry leads here'])
  })

  it('knows every folder that the flow goes through', () => {
    expect(ORDER.indexOf('source')).toBeLessThan(ORDER.indexOf('record'))
    expect(ORDER.indexOf('record')).toBeLessThan(ORDER.indexOf('identity'))
    expect(ORDER.indexOf('session')).toBeLessThan(ORDER.indexOf('graph'))
    expect(ORDER.indexOf('graph')).toBeLessThan(ORDER.indexOf('pipeline.ts'))
  })
})
