import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  deflateRawSync,
  inflateRawSync,
} from 'node:zlib'
import type { Attempt, Delta, Partition, Sighting } from '../model.ts'
import { GROUP_COLUMNS, IDENTITY_COLUMNS, SIGHTING_COLUMNS } from '../record/columns.ts'

/** Larger than anything podtrail writes as one value; what a table holds beyond that was not written by podtrail. */
const INFLATED_MAX = 1 << 30

export function packed(value: unknown): Uint8Array {
  return compressed(Buffer.from(JSON.stringify(value)))
}

export function unpacked<Value>(bytes: Uint8Array): Value {
  return JSON.parse(decompressed(bytes).toString()) as Value
}

/** Brotli at this quality takes little longer than deflate, and a fifth less room where several files stand together. */
function compressed(bytes: Uint8Array): Uint8Array {
  return brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 5,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  })
}

function decompressed(bytes: Uint8Array): Buffer {
  return brotliDecompressSync(bytes, { maxOutputLength: INFLATED_MAX })
}

/** What most sightings have in common, so that each of them deflates to what it has of its own. Never to be changed. */
const USUAL = Buffer.from(
  `{"identity":["","","","","","","","","",null,false]"AWSAccount","AssumedRole","IAMUser","arn:aws:iam::arn:aws:sts:::user/AWSService","","","lambda.amazonaws.com","ec2.amazonaws.com","pods.eks.amazonaws.com","arn:aws:iam:::oidc-provider/oidc.eks.us-west-2.amazonaws.com/id/","WebIdentityUser","system:serviceaccount:","{\\"eks-cluster-arn\\":\\"arn:aws:eks:\\",\\"eks-cluster-name\\":\\"kubernetes-namespace\\":\\"kubernetes-service-account\\":\\"kubernetes-pod-name\\":\\"kubernetes-pod-uid\\":\\"}","eu-west-1","us-east-1","aws-sdk-go-v2/1. os/linux lang/go#1. md/GOOS#linux md/GOARCH#amd64 api/sts#1.","Boto3/1. md/Botocore#1. ua/2.0 os/linux#5. md/arch#x86_64 lang/python#3. md/pyimpl#CPython","aws-sdk-java/2. Linux/5.10 OpenJDK_64-Bit_Server_VM/17","botocore-session-17","sts.amazonaws.com","AssumeRole","AssumeRoleWithSAML","AssumeRoleWithWebIdentity","arn:aws:iam:::role/","AROA","ASIA`,
)

const IDENTITY = [
  'type',
  'principalId',
  'arn',
  'account',
  'key',
  'userName',
  'provider',
  'invokedBy',
  'role',
  'issuedAt',
  'fromInstance',
] as const
const SIGHTING = [
  'key',
  'eventId',
  'sharedEventId',
  'recipient',
  'region',
  'action',
  'at',
  'expiresAt',
  'role',
  'roleId',
  'sessionName',
  'identity',
  'subject',
  'provider',
  'audience',
  'externalId',
  'tags',
  'inheritedTags',
  'sourceIp',
  'vpcEndpoint',
  'userAgent',
] as const

export function packedSighting(sighting: Sighting): Uint8Array {
  const identity = IDENTITY.map((field) => sighting.identity[field])
  const fields = SIGHTING.map((field) => (field === 'identity' ? identity : sighting[field]))
  return deflateRawSync(JSON.stringify(fields), { dictionary: USUAL, level: 9 })
}

export function unpackedSighting(bytes: Uint8Array): Sighting {
  const text = inflateRawSync(bytes, { dictionary: USUAL, maxOutputLength: INFLATED_MAX })
  const sighting = named(SIGHTING, JSON.parse(text.toString()) as unknown[])
  sighting['identity'] = named(IDENTITY, sighting['identity'] as unknown[])
  return sighting as unknown as Sighting
}

function named(names: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name, index) => [name, values[index]]))
}

/** A delta and the file it is of. */
export interface FileDelta {
  readonly file: string
  readonly delta: Delta
}

/** Fingerprints do not deflate, and are read without the rest; so they are kept apart. */
export interface PackedDeltas {
  readonly events: Uint8Array
  readonly rest: Uint8Array
}

interface Header {
  readonly file: string
  readonly events: number
  readonly strings: readonly string[]
  readonly attempts: readonly Attempt[]
  /** Length of each column, in numbers. */
  readonly lengths: readonly number[]
}

/**
 * How many numbers make a row of a table, which is then written column by column; and whether differences are written, which are small
 * where most rows bring new strings.
 */
const COLUMNS = [
  ['callers', IDENTITY_COLUMNS, true],
  ['groups', GROUP_COLUMNS, false],
  ['callGroup', 1, false],
  ['callEvent', 1, true],
  ['callSecond', 1, true],
  ['shared', 3, false],
  ['sightings', SIGHTING_COLUMNS, true],
] as const

export function packedDeltas(deltas: readonly FileDelta[]): PackedDeltas {
  const headers = deltas.map(
    ({ file, delta }): Header => ({
      file,
      events: delta.events.length,
      strings: Array.from({ length: delta.strings.length }, (_, index) => delta.strings.at(index)!),
      attempts: delta.attempts,
      lengths: COLUMNS.map(([column]) => delta[column].length),
    }),
  )
  const writer = new NumberWriter()
  for (const { delta } of deltas)
    for (const [column, width, grows] of COLUMNS) writer.column(turned(delta[column], width), grows)
  const json = Buffer.from(JSON.stringify(headers))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(json.length)
  return {
    events: Buffer.concat(
      deltas.map(({ delta: { events } }) =>
        Buffer.from(events.buffer, events.byteOffset, events.byteLength),
      ),
    ),
    rest: compressed(Buffer.concat([length, json, writer.bytes()])),
  }
}

export function unpackedDeltas({ events, rest }: PackedDeltas, partition: Partition): FileDelta[] {
  const bytes = decompressed(rest)
  const end = 4 + bytes.readUInt32LE(0)
  const headers = JSON.parse(bytes.toString('utf8', 4, end)) as Header[]
  const reader = new NumberReader(bytes, end)
  const all = eventsOf(events)
  let at = 0
  return headers.map(({ file, events: count, strings, attempts, lengths }) => {
    const columns = COLUMNS.map(([, width, grows], index) =>
      turned(reader.column(lengths[index]!, grows), lengths[index]! / width),
    )
    const [callers, groups, callGroup, callEvent, callSecond, shared, sightings] = columns as [
      Uint32Array,
      Uint32Array,
      Uint32Array,
      Uint32Array,
      Uint32Array,
      Uint32Array,
      Uint32Array,
    ]
    const delta: Delta = {
      partition,
      strings,
      callers,
      groups,
      callGroup,
      callEvent,
      callSecond: Uint16Array.from(callSecond),
      events: all.slice(at, at + count),
      shared,
      sightings,
      attempts,
    }
    at += count
    return { file, delta }
  })
}

export function eventsOf(bytes: Uint8Array): Uint32Array {
  // A copy of its own, since numbers of four bytes have to begin at a multiple of four.
  return new Uint32Array(Uint8Array.from(bytes).buffer)
}

/** Rows of `width` numbers as columns, one after another; turned by the number of rows, they are rows again. */
function turned<Numbers extends Uint32Array | Uint16Array>(
  numbers: Numbers,
  width: number,
): Numbers {
  if (width <= 1) return numbers
  const rows = numbers.length / width
  const result = numbers.slice() as Numbers
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < width; column++)
      result[column * rows + row] = numbers[row * width + column]!
  return result
}

/** Small numbers in few bytes: seven bits in each, the eighth says that more follow. */
class NumberWriter {
  #bytes = Buffer.alloc(1 << 12)
  #length = 0

  column(numbers: Uint32Array | Uint16Array, grows: boolean): void {
    if (this.#bytes.length < this.#length + 5 * numbers.length)
      this.#bytes = Buffer.concat([
        this.#bytes.subarray(0, this.#length),
        Buffer.alloc(this.#length + 5 * numbers.length),
      ])
    let before = 0
    for (const number of numbers) {
      // Differences alternate between above and below zero; wrapped to 32 bits, any fits.
      const step = (number - before) | 0
      this.#number(grows ? ((step << 1) ^ (step >> 31)) >>> 0 : number)
      before = number
    }
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  #number(number: number): void {
    let left = number
    for (; left > 127; left >>>= 7) this.#bytes[this.#length++] = (left & 127) | 128
    this.#bytes[this.#length++] = left
  }
}

class NumberReader {
  readonly #bytes: Uint8Array
  #at: number

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.#at = at
  }

  column(length: number, grows: boolean): Uint32Array {
    const numbers = new Uint32Array(length)
    let before = 0
    for (let i = 0; i < length; i++) {
      const number = this.#number()
      before = grows ? (before + ((number >>> 1) ^ -(number & 1))) >>> 0 : number
      numbers[i] = before
    }
    return numbers
  }

  #number(): number {
    let number = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.#at++]!
      number |= (byte & 127) << shift
      if (byte < 128) return number >>> 0
    }
  }
}
