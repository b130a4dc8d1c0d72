import { ListPublicKeysCommand } from '@aws-sdk/client-cloudtrail'
import type { Tree } from '../coverage/digest-chain.ts'
import { type PublicKey, parsePublicKeys } from '../coverage/public-keys.ts'
import { parseDigestName } from '../source/digest.ts'
import { cloudTrailClient } from './lookup-events.ts'

/** A key may be changed while a digest is under way. */
const MARGIN_MS = 2 * 3_600_000
const KEPT_MAX = 1_000

/** The public keys of all regions and times that the digests of a tree are of. Each region has its own. */
export async function trailKeys(tree: Tree): Promise<readonly PublicKey[]> {
  const times = Map.groupBy(
    tree.files.flatMap(({ name }) => parseDigestName(name) ?? []),
    ({ region }) => region,
  )
  const keys = await Promise.all(
    [...times].map(async ([region, digests]) => {
      const ends = digests.map(({ endAt }) => endAt * 1000)
      return keysOf(region, Math.min(...ends) - MARGIN_MS, Math.max(...ends) + MARGIN_MS)
    }),
  )
  return keys.flat()
}

async function keysOf(region: string, from: number, to: number): Promise<readonly PublicKey[]> {
  const client = cloudTrailClient({ region })
  const listed: object[] = []
  let next: string | undefined
  do {
    const token: string | undefined = next
    const { PublicKeyList = [], NextToken } = await client.send(
      new ListPublicKeysCommand({
        StartTime: new Date(from),
        EndTime: new Date(to),
        ...(token === undefined ? {} : { NextToken: token }),
      }),
    )
    for (const { Value, Fingerprint, ValidityStartTime, ValidityEndTime } of PublicKeyList)
      listed.push({
        Value: Buffer.from(Value ?? []).toString('base64'),
        Fingerprint,
        ValidityStartTime: ValidityStartTime?.toISOString(),
        ValidityEndTime: ValidityEndTime?.toISOString(),
      })
    next = NextToken
  } while (next !== undefined)
  return parsePublicKeys(JSON.stringify({ PublicKeyList: listed }))
}

const HOUR_MS = 3_600_000
const DAY = 86_400

/** Public keys as they are asked for, region by region and day by day. An answer counts within the hour: a new key may come any time. */
export class KeyRing {
  readonly #failed: (error: unknown) => void
  readonly #known = new Map<string, readonly PublicKey[]>()

  /** `failed`: is told why there are none. */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed
  }

  /** Keys of a span of time in seconds; null: they could not be read. */
  async of(region: string, from: number, to: number): Promise<readonly PublicKey[] | null> {
    const [first, end] = [Math.floor(from / DAY) * DAY, Math.ceil(to / DAY) * DAY]
    const name = `${region} ${first} ${end} ${Math.floor(Date.now() / HOUR_MS)}`
    try {
      const keys =
        this.#known.get(name) ??
        (await keysOf(region, first * 1000 - MARGIN_MS, end * 1000 + MARGIN_MS))
      if (this.#known.size >= KEPT_MAX) this.#known.clear()
      this.#known.set(name, keys)
      return keys
    } catch (error) {
      this.#failed(error)
      return null
    }
  }
}
