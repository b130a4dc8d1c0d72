import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { rulePages } from '../../scripts/docs.ts'

const ROOT = join(import.meta.dirname, '../..')

it('docs/rules is what detectors, coverage rules and checks say: node scripts/docs.ts', () => {
  const pages = rulePages()
  expect(globSync('docs/rules/*/*.md', { cwd: ROOT }).sort()).toEqual([...pages.keys()].sort())
  for (const [path, text] of pages) expect(readFileSync(join(ROOT, path), 'utf8'), path).toBe(text)
})
