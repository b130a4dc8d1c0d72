import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { completed, type Lock, missingEntries } from '../../scripts/lockfile.ts'

const read = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

describe.each(['', 'bench/'])('the lock file %s', (folder) => {
  const lock = JSON.parse(read(`${folder}package-lock.json`)) as Lock

  it('has an entry for every optional dependency, so that npm ci takes it', () => {
    expect(missingEntries(lock)).toEqual([])
  })

  it('names no registry host, so that it works with any', () => {
    const resolved = Object.values(lock.packages).filter((entry) => entry.resolved !== undefined)
    expect(resolved).toEqual([])
  })

  it('belongs to a manifest with exact versions', () => {
    const manifest = JSON.parse(read(`${folder}package.json`)) as Record<string, object>
    const versions = ['dependencies', 'optionalDependencies', 'devDependencies'].flatMap((kind) =>
      Object.values(manifest[kind] ?? {}),
    )
    expect(versions.length).toBeGreaterThan(0)
    for (const version of versions)
      expect(version).toMatch(/^(?:npm:[\w@/-]+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$/)
  })
})

describe('completing a lock', () => {
  const tool = { version: '1.2.3', optionalDependencies: { '@tool/cli-linux-x64-musl': '1.2.3' } }

  it('adds what a registry left out, with the platform that its name tells', () => {
    const lock = { packages: { '': {}, 'node_modules/tool': tool } }
    expect(completed(lock).packages).toEqual({
      '': {},
      'node_modules/@tool/cli-linux-x64-musl': {
        version: '1.2.3',
        optional: true,
        os: ['linux'],
        cpu: ['x64'],
        libc: ['musl'],
      },
      'node_modules/tool': tool,
    })
  })

  it('leaves alone what stands there, also beside the package that asks for it', () => {
    const nested = 'node_modules/tool/node_modules/@tool/cli-linux-x64-musl'
    const lock = { packages: { 'node_modules/tool': tool, [nested]: { version: '1.2.3' } } }
    expect(missingEntries(lock)).toEqual([])
    expect(completed(lock)).toEqual(lock)
  })

  it('refuses a version that is only a range, and a name that tells no platform', () => {
    const asking = (name: string, version: string): Lock => ({
      packages: { 'node_modules/tool': { optionalDependencies: { [name]: version } } },
    })
    expect(() => completed(asking('tool-linux-x64', '^1.2.3'))).toThrow(/which version/)
    expect(() => completed(asking('fsevents', '2.3.3'))).toThrow(/no platform/)
  })
})
