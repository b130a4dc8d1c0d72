import { readFileSync } from 'node:fs'
import type { AlertSettings } from '../alert/route.ts'
import { type Config, parseConfig } from '../config.ts'

/** The value of an environment variable that the template sets; it throws its name where it is not there. */
export function setting(name: string): string {
  const value = process.env[name]
  if (value === undefined || value === '') throw new Error(`missing environment variable ${name}`)
  return value
}

/** Buckets that may be read, with the account of each: `bucket=account`, with commas between. */
export function bucketOwners(text: string): ReadonlyMap<string, string> {
  const owners = new Map<string, string>()
  for (const entry of text.split(',')) {
    const match = /^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])=(\d{12})$/.exec(entry.trim())
    if (match === null) throw new Error(`not a bucket with its account: ${entry}`)
    owners.set(match[1]!, match[2]!)
  }
  return owners
}

/** The settings that were packed with the function. */
export function packedConfig(): Config {
  const path = setting('PODTRAIL_CONFIG')
  return parseConfig(readFileSync(path, 'utf8'), path)
}

/** Where findings go: as the settings say, else all of them to one topic, for people. */
export function alertSettings({ alerts }: Config, topic: string): AlertSettings {
  if (alerts !== undefined) return alerts
  const route = { to: topic, formats: ['text' as const], minimumSeverity: 'low' as const }
  return { routes: [{ ...route, decisions: false }], storm: { most: 20, minutes: 10 } }
}
