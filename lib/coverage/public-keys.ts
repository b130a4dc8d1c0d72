import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto'

/** A key that CloudTrail signs digests with. Keys are per region, and change every few months. */
export interface PublicKey {
  readonly fingerprint: string
  readonly key: KeyObject
  /** Seconds. */
  readonly validFrom: number
  readonly validTo: number
}

/** The content is not what `aws cloudtrail list-public-keys` prints. */
export class WrongKeys extends Error {}

const MODULUS_MIN = 2048
const KEYS_MAX = 100_000
/** The end of the year 9999. */
const SECONDS_MAX = 253_402_300_800

/** Keys as `aws cloudtrail list-public-keys` prints them: one answer, a list of them, or an object of them by region. */
export function parsePublicKeys(text: string): readonly PublicKey[] {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    throw new WrongKeys('it is not JSON')
  }
  const answers = isAnswer(content)
    ? [content]
    : typeof content === 'object' && content !== null
      ? Object.values(content)
      : []
  if (answers.length === 0 || !answers.every(isAnswer))
    throw new WrongKeys('it has no PublicKeyList')
  const listed = answers.flatMap(({ PublicKeyList }) => PublicKeyList)
  if (listed.length > KEYS_MAX) throw new WrongKeys(`it has more than ${KEYS_MAX} keys`)
  return listed.map(keyOf)
}

interface ListPublicKeys {
  readonly PublicKeyList: readonly unknown[]
}

function isAnswer(content: unknown): content is ListPublicKeys {
  return (
    typeof content === 'object' &&
    content !== null &&
    Array.isArray((content as { PublicKeyList?: unknown }).PublicKeyList)
  )
}

function keyOf(listed: unknown, index: number): PublicKey {
  const { Value, Fingerprint, ValidityStartTime, ValidityEndTime } = (listed ?? {}) as Record<
    string,
    unknown
  >
  const wrong = (what: string): WrongKeys => new WrongKeys(`key ${index + 1} has no usable ${what}`)
  if (typeof Fingerprint !== 'string' || !/^[0-9a-f]+$/.test(Fingerprint))
    throw wrong('Fingerprint')
  if (typeof Value !== 'string' || !/^[A-Za-z0-9+/=\s]+$/.test(Value)) throw wrong('Value')
  const validFrom = secondsOf(ValidityStartTime)
  const validTo = secondsOf(ValidityEndTime)
  if (validFrom === null) throw wrong('ValidityStartTime')
  if (validTo === null) throw wrong('ValidityEndTime')
  let key: KeyObject
  try {
    key = createPublicKey({ key: Buffer.from(Value, 'base64'), format: 'der', type: 'pkcs1' })
  } catch {
    throw wrong('Value')
  }
  if ((key.asymmetricKeyDetails?.modulusLength ?? 0) < MODULUS_MIN)
    throw new WrongKeys(`key ${index + 1} is shorter than ${MODULUS_MIN} bits`)
  return { fingerprint: Fingerprint, key, validFrom, validTo }
}

/** The AWS CLI prints times in the zone of whoever runs it, version 1 as seconds. */
function secondsOf(time: unknown): number | null {
  if (typeof time === 'number') return Math.abs(time) < SECONDS_MAX ? time : null
  if (typeof time !== 'string') return null
  const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/
  const millis = Date.parse(time)
  return !form.test(time) || Number.isNaN(millis) ? null : millis / 1000
}

/** Whether a signature in hex, RSA PKCS#1 v1.5 with SHA-256, is that of the text. */
export function isSignatureOf(text: string, signature: string, key: KeyObject): boolean {
  const padding = constants.RSA_PKCS1_PADDING
  return verify('RSA-SHA256', Buffer.from(text), { key, padding }, Buffer.from(signature, 'hex'))
}
