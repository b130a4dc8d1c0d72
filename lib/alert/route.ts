import type { AlertFormat, Config } from '../config.ts'
import type { OutboxEntry } from '../ports.ts'
import { SEVERITIES } from '../rule.ts'

export type AlertSettings = NonNullable<Config['alerts']>
type Route = AlertSettings['routes'][number]

/** One place and one format: what is sent to it has arrived by itself. */
export interface Target {
  readonly name: string
  readonly to: string
  readonly format: AlertFormat
  readonly routes: readonly Route[]
}

/** Several routes may lead to one target; what fits any of them is sent there once. */
export function targetsOf({ routes }: AlertSettings): Target[] {
  const targets = new Map<string, Target>()
  for (const route of routes)
    for (const format of route.formats) {
      const name = `${format} ${route.to}`
      const known = targets.get(name)
      targets.set(name, { name, to: route.to, format, routes: [...(known?.routes ?? []), route] })
    }
  return [...targets.values()]
}

/** Where an entry is still to arrive. */
export function wantedBy(entry: OutboxEntry, targets: readonly Target[]): Target[] {
  return targets.filter(
    ({ name, routes }) =>
      !entry.arrived.includes(name) && routes.some((route) => isWanted(entry, route)),
  )
}

function isWanted(entry: OutboxEntry, { minimumSeverity, rules, decisions }: Route): boolean {
  if (SEVERITIES.indexOf(entry.severity) < SEVERITIES.indexOf(minimumSeverity)) return false
  if (rules !== undefined && !rules.includes(entry.rule)) return false
  return decisions || !entry.isDecision
}
