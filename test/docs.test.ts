import { execFileSync } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const pages = globSync(['*.md', 'docs/**/*.md', 'bench/*.md'], { cwd: root })

describe.each(pages)('%s', (page) => {
  const text = readFileSync(join(root, page), 'utf8')

  it('links only to pages that are there', () => {
    const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target]) => target!)
    const local = links.filter((target) => !/^[a-z]+:/.test(target))
    expect(local.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([])
  })

  it('names only files that are there', () => {
    const named = [...text.matchAll(/`((?:lib|cli|test|scripts|docs|bench)\/[\w./-]*\w)`/g)]
    expect(named.map(([, path]) => path!).filter((path) => !existsSync(join(root, path)))).toEqual(
      [],
    )
  })
})

it('every detector is needed by a story of the simulator, or its page says why it cannot be', () => {
  const results = readFileSync(join(root, 'docs/detection-quality.md'), 'utf8')
  const idle = /^Detectors that no story needed: (.*)\.$/m.exec(results)?.[1]
  expect(idle).toBeDefined()
  for (const id of idle === 'none' ? [] : idle!.split(', ')) {
    const page = readFileSync(join(root, `docs/rules/anomalies/${id}.md`), 'utf8')
    expect(page, id).toContain('No story of the simulator')
  }
})

it('ARCHITECTURE shows what its example answers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'podtrail-docs-'))
  try {
    const podtrail = (...args: string[]): string =>
      execFileSync(
        process.execPath,
        ['cli/main.js', ...args, '--quiet', '--store', `sqlite:${join(folder, 'example.db')}`],
        { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
      )
    podtrail('ingest', 'docs/examples/one-chain.json')
    const answer = podtrail('who', 'ledger-writer')
    expect(readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')).toContain(answer)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
