import type { Fact } from '../snapshot.ts'
import { readCluster } from './cluster.ts'
import { readFargate } from './fargate.ts'
import type { Place, Reading } from './json.ts'
import { isObject } from './json.ts'
import { readNodeGroup } from './node-group.ts'
import { readPodIdentity } from './pod-identity.ts'
import { readPods } from './pods.ts'
import { readProviders } from './providers.ts'
import { readRoles } from './roles.ts'
import { readServiceAccounts } from './service-accounts.ts'

/** Each knows the shape of a few outputs; null: it is none of them. */
const READERS: readonly ((output: Record<string, unknown>, place: Place) => Reading | null)[] = [
  readRoles,
  readProviders,
  readCluster,
  readPodIdentity,
  readFargate,
  readNodeGroup,
  readServiceAccounts,
  readPods,
]

/** What a saved output of aws or kubectl says, recognised by its shape. */
export function readOutput(
  output: unknown,
  place: Place,
):
  | { readonly kind: 'facts'; readonly facts: readonly Fact[] }
  | { readonly kind: 'problem'; readonly problem: string } {
  if (!isObject(output)) return { kind: 'problem', problem: 'it is not the output of one command' }
  const facts: Fact[] = []
  let isKnown = false
  // One output of kubectl may list ServiceAccounts and pods.
  for (const reader of READERS) {
    const reading = reader(output, place)
    if (typeof reading === 'string') return { kind: 'problem', problem: reading }
    if (reading === null) continue
    isKnown = true
    facts.push(...reading)
  }
  if (isKnown) return { kind: 'facts', facts }
  if (output['kind'] === 'List')
    return {
      kind: 'problem',
      problem:
        'an empty list of kubectl does not say of what: call the file pods.json or serviceaccounts.json',
    }
  const keys = Object.keys(output).slice(0, 4)
  const what = keys.length === 0 ? 'an empty object' : `an object with ${keys.join(', ')}`
  return { kind: 'problem', problem: `not the output of a known command (it is ${what})` }
}
