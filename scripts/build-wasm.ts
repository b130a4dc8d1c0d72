import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

const SOURCES = fileURLToPath(new URL('../lib/source/', import.meta.url))
const TARGET = `${SOURCES}fast-walk-wasm.ts`
/** The compiler takes no other file ending; ours are `.as`, since they are not TypeScript. */
const ENTRY = 'fast-walk.ts'
const PARTS = [ENTRY, 'fast-strings.ts']
const OPTIONS = [
  ['--outFile', 'fast-walk.wasm'],
  ['--optimizeLevel', '3'],
  ['--runtime', 'stub'],
  ['--enable', 'simd,bulk-memory'],
  ['--importMemory'],
  ['--use', 'abort='],
  ['--noAssert'],
].flat()

/** The module that lib/source/fast-walk.as and what it imports compile to. */
export async function compileFastWalk(): Promise<Uint8Array> {
  let module: Uint8Array | undefined
  const { error, stderr } = await asc.main([ENTRY, ...OPTIONS], {
    readFile: (name) =>
      PARTS.includes(name) ? readFileSync(SOURCES + name.replace(/ts$/, 'as'), 'utf8') : null,
    writeFile: (_, contents) => {
      if (typeof contents !== 'string') module = contents
    },
    listFiles: () => [],
  })
  if (error !== null || module === undefined)
    throw new Error(`fast-walk.as does not compile: ${stderr}`)
  return module
}

/** The TypeScript file that carries the module. */
export function carrier(module: Uint8Array): string {
  const lines = Buffer.from(module)
    .toString('base64')
    .match(/.{1,92}/g)!
  return [
    '// Written by scripts/build-wasm.ts from fast-walk.as; a test compiles it again and compares.',
    'export const FAST_WALK_WASM = [',
    ...lines.map((line) => `  '${line}',`),
    "].join('')",
    '',
  ].join('\n')
}

if (import.meta.main) writeFileSync(TARGET, carrier(await compileFastWalk()))
