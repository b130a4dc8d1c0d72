import { parseArn } from '../identity/arn.ts'
import type { Questions } from '../ports.ts'
import { containerEnd } from '../record/resource.ts'
import { thingOf } from '../record/trail.ts'
import { type Answer, type Asked, frameOf, type Known, pageOf, type Unknown } from './answer.ts'
import { type TouchItem, touchRows } from './edges.ts'

export interface TouchList extends Answer<'TouchList', TouchItem> {
  /** The containers that the question was taken to mean, by ARN. */
  readonly subject: { readonly resources: readonly string[] }
  /** What the reader has to know to read the answer rightly, in sentences. */
  readonly notes: readonly string[]
  readonly total: { readonly items: number }
}

export interface TouchedAsked extends Asked {
  /** ARN of a bucket, table, queue, secret, key, function, … or of something in it; or the name of a bucket. */
  readonly resource: string
  readonly failed?: boolean
}

const HOUR = 3600
const PARTITIONS = ['aws', 'aws-cn', 'aws-us-gov']

/** Who did touch a resource, and who was refused. Activity is kept to the hour and to the container, and the answer says so. */
export async function answerTouched(
  store: Pick<Questions, 'activity' | 'extent' | 'coverage'>,
  asked: TouchedAsked,
  { clusters, ...known }: Known,
): Promise<TouchList | Unknown> {
  const frame = await frameOf(store, widened(asked), known)
  const { resources, notes } = containersOf(asked.resource)
  const sums = await store.activity({ resources }, frame.window)
  const everything = frame.empty ? null : await store.extent()
  const isKnown =
    sums.length > 0 ||
    (everything !== null && (await store.activity({ resources }, everything)).length > 0)
  if (!isKnown && !frame.empty)
    return { kind: 'Unknown', what: 'resource', text: asked.resource, suggestions: [] }
  const { from, to } = widened(asked)
  if (from !== asked.from || to !== asked.to)
    notes.push('Activity is kept to the hour, so the window was widened to whole hours.')
  const rows = touchRows('items', sums, clusters, asked.failed === true)
  if (isBucket(resources) && !frame.empty && !sums.some(({ action }) => OBJECT_CALL.test(action)))
    notes.push(
      'No call on an object of this bucket is in the window: nobody made one, or the trail records no data events for it.',
    )
  const page = pageOf(rows, asked, frame, ['touched', resources, asked.failed])
  return {
    apiVersion: 'podtrail/v1',
    kind: 'TouchList',
    window: frame.shown,
    coverage: frame.coverage,
    subject: { resources },
    notes,
    total: { items: rows.length },
    items: page.rows.map(({ item }) => item),
    next: page.next,
  }
}

/** Data events of S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html */
const OBJECT_CALL = /^s3:.*(?:Object|Part|MultipartUpload)/

function isBucket(resources: readonly string[]): boolean {
  return resources.some((resource) => parseArn(resource)?.service === 's3')
}

function widened<Window extends { from?: number; to?: number }>(asked: Window): Window {
  const wide = { ...asked }
  if (wide.from !== undefined) wide.from = Math.floor(wide.from / HOUR) * HOUR
  if (wide.to !== undefined) wide.to = Math.ceil(wide.to / HOUR) * HOUR
  return wide
}

function containersOf(text: string): { resources: string[]; notes: string[] } {
  const arn = parseArn(text)
  if (arn === null) {
    const bucket = text.replace(/^s3:\/\//, '').split('/')[0]!
    const notes = bucket === text ? [] : [reduced(text, bucket)]
    return { resources: PARTITIONS.map((partition) => `arn:${partition}:s3:::${bucket}`), notes }
  }
  const bytes = Buffer.from(text, 'utf8')
  const container = thingOf(bytes.toString('utf8', 0, containerEnd(bytes, 0, bytes.length)))
  const notes = container === text ? [] : [reduced(text, container)]
  // Calls name a secret with or without the six characters that Secrets Manager appends:
  // https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
  const bare = arn.service === 'secretsmanager' ? container.replace(/-[A-Za-z0-9]{6}$/, '') : null
  return {
    resources: bare === null || bare === container ? [container] : [container, bare],
    notes,
  }
}

function reduced(text: string, container: string): string {
  return `Activity is kept by container: ${text} was taken as ${container}.`
}
