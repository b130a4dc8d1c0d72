import type { Random } from './chance.ts'

/**
 * The simulator's internet: blocks that belong to nobody (benchmarks, RFC 2544; reserved, RFC 1112; documentation, RFC 5737), large
 * enough that two strangers seldom meet at one address, each with an owner. Only the network-only baseline is told.
 */
const OWNERS: readonly (readonly [prefix: string, owner: string])[] = [
  ['198.18.', 'AMAZON-02'],
  ['203.0.113.', 'OFFICE-ISP'],
  ['241.', 'HOME-ISP'],
  ['242.', 'OTHER-HOSTING'],
  ['243.', 'VPN-PROVIDER'],
]

/** Owner of a public address; null for private ones and services. */
export const ownerOf = (address: string): string | null =>
  OWNERS.find(([prefix]) => address.startsWith(prefix))?.[1] ?? null

const last = (random: Random): number => random.between(1, 254)
const within =
  (first: number) =>
  (random: Random): string =>
    `${first}.${random.below(256)}.${random.below(256)}.${last(random)}`

export const cloudAddress = (random: Random): string =>
  `198.18.${random.below(256)}.${last(random)}`
export const officeAddress = (random: Random): string => `203.0.113.${random.between(1, 6)}`
export const homeAddress = within(241)
export const hostingAddress = within(242)
const vpnAddress = within(243)

/** A place outside that a thief may work from. */
export const someOutsideAddress = (random: Random): string =>
  random.pick([hostingAddress, vpnAddress, homeAddress])(random)
