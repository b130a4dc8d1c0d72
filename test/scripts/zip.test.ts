import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { unzip } from '../../scripts/packaging/unzip.ts'
import { zip } from '../../scripts/packaging/zip.ts'
import { temporaryFolder } from '../properties/places.ts'

const ENTRIES = [
  { name: 'index.mjs', bytes: Buffer.from('export const handler = 1\n'.repeat(1000)) },
  { name: 'dashboard/ünïcode.txt', bytes: Buffer.from('é') },
  { name: 'dashboard/empty', bytes: Buffer.alloc(0) },
]

it('is the same file whatever the order of its entries, and unpacks to what went in', () => {
  const packed = zip(ENTRIES)
  expect(zip(ENTRIES.toReversed())).toEqual(packed)
  const folder = temporaryFolder()
  unzip(packed, folder)
  for (const { name, bytes } of ENTRIES) expect(readFileSync(join(folder, name))).toEqual(bytes)
})

it('is what Python understands, where there is one', () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'a.zip'), zip(ENTRIES))
  const list =
    'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip()); print("\\n".join(z.namelist()))'
  const python = ['/usr/bin/python3', '/usr/local/bin/python3'].find((path) => existsSync(path))
  if (python === undefined) return expect(zip(ENTRIES).subarray(0, 2).toString()).toBe('PK')
  const said = execFileSync(python, ['-c', list, join(folder, 'a.zip')], {
    encoding: 'utf8',
    env: { PYTHONIOENCODING: 'utf8' },
  })
  expect(said.trim().split('\n')).toEqual(['None', ...ENTRIES.map(({ name }) => name).sort()])
})
