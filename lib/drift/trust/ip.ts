import type { Truth } from './model.ts'

interface Address {
  readonly bits: 32 | 128
  readonly value: bigint
}

/**
 * Whether an address lies in a range: IAM reference_policies_elements_condition_operators.
 * Not decidable: a range whose address has bits outside its prefix, an IPv6 address without prefix ("IAM uses the default prefix value of /32"),
 * and an IPv4 address that one side writes as IPv6 (::ffff:…); IAM says nothing clear of these.
 */
export function matchRange(range: string, actual: string): Truth {
  const address = readAddress(actual)
  const slash = range.indexOf('/')
  const base = readAddress(slash < 0 ? range : range.slice(0, slash))
  if (address === null || base === null) return 'unknown'
  const [left, right] = [unmapped(base), unmapped(address)]
  const mapped = left !== base || right !== address

  if (slash < 0) {
    if (!mapped && base.bits === address.bits && base.value === address.value) return 'true'
    if (base.bits === 128 && address.bits === 128) {
      return base.value >> 96n === address.value >> 96n ? 'unknown' : 'false'
    }
    return mapped && left.bits === right.bits && left.value === right.value ? 'unknown' : 'false'
  }
  const prefix = readPrefix(range.slice(slash + 1), base.bits)
  if (prefix === null) return 'unknown'
  if (base.bits === address.bits) {
    const rest = BigInt(base.bits - prefix)
    if (base.value >> rest !== address.value >> rest) return 'false'
    return (base.value >> rest) << rest === base.value ? 'true' : 'unknown'
  }
  if (!mapped) return 'false'
  const widened = [widen(base), widen(address)] as const
  const rest = BigInt(base.bits === 128 ? 128 - prefix : 32 - prefix)
  return widened[0] >> rest === widened[1] >> rest ? 'unknown' : 'false'
}

/** An address of digits and dots, or of hexadecimal groups with `::` for a run of zeros. */
function readAddress(text: string): Address | null {
  if (text.length > 45) return null
  if (!text.includes(':')) {
    const value = readQuad(text)
    return value === null ? null : { bits: 32, value }
  }
  const gap = text.indexOf('::')
  if (gap !== text.lastIndexOf('::')) return null
  const head = readGroups(gap < 0 ? text : text.slice(0, gap))
  const tail = gap < 0 ? [] : readGroups(text.slice(gap + 2))
  if (head === null || tail === null) return null
  if (gap >= 0 && text.slice(0, gap).includes('.')) return null
  const missing = 8 - head.length - tail.length
  if (gap < 0 ? missing !== 0 : missing < 1) return null
  const groups = [...head, ...new Array<bigint>(missing).fill(0n), ...tail]
  return { bits: 128, value: groups.reduce((sum, group) => (sum << 16n) | group, 0n) }
}

function readGroups(text: string): bigint[] | null {
  if (text === '') return []
  const parts = text.split(':')
  const groups: bigint[] = []
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1 && part.includes('.')) {
      const quad = readQuad(part)
      if (quad === null) return null
      groups.push(quad >> 16n, quad & 0xffffn)
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(BigInt(`0x${part}`))
    else return null
  }
  return groups
}

function readQuad(text: string): bigint | null {
  const parts = text.split('.')
  if (parts.length !== 4) return null
  let value = 0n
  for (const part of parts) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return null
    value = (value << 8n) | BigInt(part)
  }
  return value
}

function readPrefix(text: string, bits: number): number | null {
  if (!/^(?:0|[1-9]\d{0,2})$/.test(text)) return null
  const prefix = Number(text)
  return prefix <= bits ? prefix : null
}

const mappedHead = 0xffffn << 32n

function unmapped(address: Address): Address {
  if (address.bits === 128 && address.value >> 32n === 0xffffn) {
    return { bits: 32, value: address.value & 0xffffffffn }
  }
  return address
}

function widen(address: Address): bigint {
  return address.bits === 32 ? mappedHead | address.value : address.value
}
