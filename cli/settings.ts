import { existsSync, readFileSync } from 'node:fs'
import type { Config } from '../lib/config.ts'
import { CliError, EXIT } from './exit.ts'

const DEFAULT_CONFIG = 'podtrail.yaml'

/** The file that settings are read from; null where none was named and there is no `podtrail.yaml` here. */
export function configPath(option: string | undefined): string | null {
  const named = option ?? (process.env['PODTRAIL_CONFIG'] || undefined)
  if (named !== undefined) return named
  return existsSync(DEFAULT_CONFIG) ? DEFAULT_CONFIG : null
}

/** The settings, or null where there are none. The schema is loaded only when there is something to check. */
export async function readConfig(option: string | undefined): Promise<Config | null> {
  const path = configPath(option)
  if (path === null) return null
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new CliError(EXIT.wrongUse, `cannot read the settings: ${(error as Error).message}`, [
      'They are named by --config or PODTRAIL_CONFIG.',
    ])
  }
  const { parseConfig, WrongConfig } = await import('../lib/config.ts')
  try {
    return parseConfig(text, path)
  } catch (error) {
    if (!(error instanceof WrongConfig)) throw error
    throw new CliError(EXIT.wrongUse, `${path} does not fit`, error.problems)
  }
}
