import { type BlockList, isIP } from 'node:net'
import type { Config } from '../config.ts'
import { blockList } from '../graph/block-list.ts'

/**
 * What an address says. `public`: one of the internet, so of a NAT gateway, an instance or a person. `endpoint`: a VPC endpoint.
 * `silent`: a service made the call, or the address is a private one: it says nothing of where the caller is.
 */
export type NetworkKind = 'public' | 'endpoint' | 'silent'

const ENDPOINT = /^vpce-[0-9a-z]+$/
/** Private, shared (RFC 6598), loopback and link-local addresses. */
const PRIVATE =
  /^(?:10\.|127\.|169\.254\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:|::1$)/i

export function networkKind(network: string): NetworkKind {
  if (ENDPOINT.test(network)) return 'endpoint'
  return isIP(network) !== 0 && !PRIVATE.test(network) ? 'public' : 'silent'
}

/**
 * What networks are known by. Every pod with IPv6 has an address of its own, out of the block of its subnet; so of these the block
 * of 64 bits counts, which is what a subnet has: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
 */
export function networkKey(network: string): string {
  if (isIP(network) !== 6) return network
  const [head = '', tail] = network.toLowerCase().split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const gap = tail === undefined ? 0 : 8 - left.length - right.length
  const groups = [...left, ...Array.from({ length: gap }, () => '0'), ...right]
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}

/** Networks that the settings name as ours. */
export class OurNetworks {
  readonly #egress: BlockList | null
  readonly #endpoints: ReadonlySet<string>

  constructor(network: Config['network'] | null) {
    this.#egress = network === null ? null : blockList(network.egress)
    this.#endpoints = new Set(network?.vpcEndpoints ?? [])
  }

  has(network: string): boolean {
    if (this.#endpoints.has(network)) return true
    const family = isIP(network)
    return family !== 0 && (this.#egress?.check(network, family === 4 ? 'ipv4' : 'ipv6') ?? false)
  }
}
