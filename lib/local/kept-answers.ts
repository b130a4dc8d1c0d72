import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeptAnswers } from '../ports.ts'

/** Answers in a folder, a file each, readable by nobody else. `maxAge`: seconds after which an answer no longer counts. */
export function keptIn(folder: string, maxAge: number): KeptAnswers {
  const pathOf = (key: string): string =>
    join(folder, `${createHash('sha256').update(key).digest('hex')}.json`)

  async function get(key: string): Promise<unknown> {
    const path = pathOf(key)
    try {
      const { mtimeMs } = await stat(path)
      if (mtimeMs < Date.now() - maxAge * 1000) return undefined
      return JSON.parse(await readFile(path, 'utf8')) as unknown
    } catch {
      // Not there, or half written: it is asked again.
      return undefined
    }
  }

  async function put(key: string, answer: unknown): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const path = pathOf(key)
    const written = `${path}.${randomBytes(6).toString('hex')}`
    await writeFile(written, JSON.stringify(answer), { mode: 0o600 })
    await rename(written, path)
  }

  return { get, put, clear: () => rm(folder, { recursive: true, force: true }) }
}
