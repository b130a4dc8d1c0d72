import { isHuman, type Memory } from './memory.ts'
import { networkKey, networkKind } from './network.ts'
import { FRESH, type Use } from './use.ts'

/** A user never seen before, or a person where nobody of ours ever worked. */
export function isStranger({ who, first, fresh, network }: Use, memory: Memory): boolean {
  if (!isHuman(who.principal) || !memory.isOld(memory.first, first)) return false
  if ((fresh & FRESH.subject) !== 0) return true
  return networkKind(network) !== 'silent' && !memory.humanNetworks.has(networkKey(network))
}
