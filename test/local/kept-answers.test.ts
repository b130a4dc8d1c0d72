import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { keptIn } from '../../lib/local/kept-answers.ts'
import { keptContract } from '../contracts/kept-answers.ts'

const root = mkdtempSync(join(tmpdir(), 'podtrail-kept-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let made = 0
const newFolder = (): string => join(root, `parts-${++made}`)

keptContract('a folder', async () => {
  const folder = newFolder()
  return () => keptIn(folder, 900)
})

it('are for nobody else to read, and not there once they are too old or damaged', async () => {
  const folder = newFolder()
  const kept = keptIn(folder, 900)
  await kept.put('../../somewhere else', { a: 1 })
  const [file] = readdirSync(folder)
  expect(statSync(join(folder, file!)).mode & 0o077).toBe(0)
  const old = new Date(Date.now() - 901_000)
  utimesSync(join(folder, file!), old, old)
  expect(await kept.get('../../somewhere else')).toBeUndefined()
  writeFileSync(join(folder, file!), '{"a":')
  expect(await kept.get('../../somewhere else')).toBeUndefined()
})
