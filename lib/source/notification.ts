import type { QuarantineReason } from '../model.ts'

/** An object in S3, its key as S3 has it. */
export interface StoredObject {
  readonly bucket: string
  readonly key: string
}

/** What a message says about log files. All of it counts: a part that was refused takes nothing from the others. */
export interface Announcement {
  /** Objects that are there now. */
  readonly objects: readonly StoredObject[]
  /** Objects that were deleted or have expired. */
  readonly removed: readonly StoredObject[]
  /** Names of events that announce nothing, such as `s3:TestEvent`. */
  readonly silent: readonly string[]
  /** Parts that were not understood. */
  readonly refused: readonly { readonly reason: QuarantineReason; readonly what: string }[]
}

export interface MessageLimits {
  readonly bytesMax: number
  /** Messages in messages: SQS, SNS, and a fan-out or two. */
  readonly envelopesMax: number
  readonly objectsMax: number
}

/** SQS takes messages of at most 1 MiB: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
export const MESSAGE_LIMITS: MessageLimits = {
  bytesMax: 1024 * 1024,
  envelopesMax: 4,
  objectsMax: 1000,
}

/**
 * Which S3 objects a message announces: an S3 notification, CloudTrail's own, or S3's event by EventBridge, bare or in the envelopes
 * of SQS and SNS. Never throws.
 */
export function objectsIn(body: string, limits: MessageLimits = MESSAGE_LIMITS): Announcement {
  const reading = new Reading(limits)
  if (Buffer.byteLength(body) > limits.bytesMax) reading.refuse('too-large', 'message')
  else reading.message(body, 0)
  return reading
}

type Fields = Readonly<Record<string, unknown>>

class Reading implements Announcement {
  readonly objects: StoredObject[] = []
  readonly removed: StoredObject[] = []
  readonly silent: string[] = []
  readonly refused: { reason: QuarantineReason; what: string }[] = []
  readonly #limits: MessageLimits
  #parts = 0

  constructor(limits: MessageLimits) {
    this.#limits = limits
  }

  refuse(reason: QuarantineReason, what: string): void {
    this.refused.push({ reason, what })
  }

  message(text: string, depth: number): void {
    if (depth > this.#limits.envelopesMax) this.refuse('too-deep', 'envelope')
    // CloudTrail sends this once to see whether it may publish to a topic.
    else if (text === 'CloudTrail validation message.') this.#quiet(text)
    else this.#fields(parseJson(text), depth)
  }

  #fields(parsed: unknown, depth: number): void {
    const fields = fieldsOf(parsed)
    if (fields === null) this.refuse(parsed === undefined ? 'not-json' : 'wrong-shape', 'message')
    else if (Array.isArray(fields.Records)) this.#records(fields.Records, depth)
    else if (fields.s3Bucket !== undefined || fields.s3ObjectKey !== undefined)
      this.#byCloudTrail(fields)
    else if (typeof fields.Message === 'string') this.#bySns(fields.Type, fields.Message, depth)
    else if (fields.Event === 's3:TestEvent') this.#quiet(fields.Event)
    else if (fields.detail !== undefined) this.#byEventBridge(fields)
    else this.refuse('wrong-shape', 'message')
  }

  /** Elements are events of S3, or messages as Lambda gets them from SNS and SQS. */
  #records(records: readonly unknown[], depth: number): void {
    for (const element of records) {
      if (this.#isFull()) return
      const fields = fieldsOf(element)
      const inner = fieldsOf(fields?.Sns)?.Message ?? fields?.body
      if (fields === null) this.refuse('wrong-shape', 'record')
      else if (typeof inner === 'string') this.message(inner, depth + 1)
      else this.#byS3(fields)
    }
  }

  /** https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html */
  #bySns(type: unknown, message: string, depth: number): void {
    if (type === 'SubscriptionConfirmation' || type === 'UnsubscribeConfirmation') this.#quiet(type)
    else this.message(message, depth + 1)
  }

  /** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
  #byS3({ eventVersion, eventName, s3 }: Fields): void {
    const encodedKey = textOf(fieldsOf(fieldsOf(s3)?.object)?.key)
    const bucket = textOf(fieldsOf(fieldsOf(s3)?.bucket)?.name)
    const key = encodedKey === null ? null : decodeFormKey(encodedKey)
    if (typeof eventVersion !== 'string' || typeof eventName !== 'string')
      this.refuse('wrong-shape', 'record')
    // Within a major version fields are only added.
    else if (!/^2\.\d+$/.test(eventVersion)) this.refuse('unknown-major-version', eventVersion)
    else if (key === null || bucket === null) this.refuse('wrong-shape', 'record')
    else if (eventName.startsWith('ObjectCreated:')) this.objects.push({ bucket, key })
    else if (eventName.startsWith('ObjectRemoved:') || eventName.startsWith('LifecycleExpiration:'))
      this.removed.push({ bucket, key })
    else this.#quiet(eventName)
  }

  /** CloudTrail's own message: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/configure-sns-notifications-for-cloudtrail.html */
  #byCloudTrail({ s3Bucket, s3ObjectKey }: Fields): void {
    const bucket = textOf(s3Bucket)
    if (bucket === null || !Array.isArray(s3ObjectKey)) {
      this.refuse('wrong-shape', 'message')
      return
    }
    for (const element of s3ObjectKey) {
      if (this.#isFull()) return
      const key = textOf(element)
      if (key === null) this.refuse('wrong-shape', 'key')
      else this.objects.push({ bucket, key })
    }
  }

  /** Keys are not encoded here: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
  #byEventBridge({ 'detail-type': type, detail }: Fields): void {
    const bucket = textOf(fieldsOf(fieldsOf(detail)?.bucket)?.name)
    const key = textOf(fieldsOf(fieldsOf(detail)?.object)?.key)
    if (typeof type !== 'string' || bucket === null || key === null)
      this.refuse('wrong-shape', 'detail')
    else if (type === 'Object Created') this.objects.push({ bucket, key })
    else if (type === 'Object Deleted') this.removed.push({ bucket, key })
    else this.#quiet(type)
  }

  #quiet(event: string): void {
    this.silent.push(event.slice(0, 64))
  }

  /** Counts a part; from `objectsMax` on the rest is refused as one. */
  #isFull(): boolean {
    this.#parts++
    if (this.#parts <= this.#limits.objectsMax) return false
    if (this.#parts === this.#limits.objectsMax + 1) this.refuse('too-large', 'more objects')
    return true
  }
}

function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : null
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

/** `red flower+1` of `red+flower%2B1`; null where a `%` encodes nothing. */
function decodeFormKey(key: string): string | null {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '))
  } catch {
    return null
  }
}
