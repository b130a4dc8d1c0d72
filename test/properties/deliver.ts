import { createHash } from 'node:crypto'
import fc from 'fast-check'
import type { FileFacts } from '../../lib/model.ts'
import { ingest, rollUpDirty } from '../../lib/pipeline.ts'
import type { Store } from '../../lib/ports.ts'
import { FileReader } from '../../lib/record/read-file.ts'
import { type Json, START } from './records.ts'

/** The ways in which CloudTrail's records come. */
export const PATHS = ['log file', 'lines', 'EventBridge', 'LookupEvents'] as const
export type Path = (typeof PATHS)[number]

/** One file: some of a world's records, by number. */
export interface Parcel {
  readonly path: Path
  readonly records: readonly number[]
}

export function bytesOf(path: Path, records: readonly Json[]): Buffer {
  return Buffer.from(textOf(path, records), 'utf8')
}

function textOf(path: Path, records: readonly Json[]): string {
  switch (path) {
    case 'log file':
      return JSON.stringify({ Records: records })
    case 'lines':
      return records.map((record) => JSON.stringify(record)).join('\n')
    case 'EventBridge':
      return records
        .map((detail) =>
          JSON.stringify({
            version: '0',
            id: `envelope-${detail['eventID']}`,
            'detail-type': 'AWS API Call via CloudTrail',
            source: 'aws.sts',
            account: detail['recipientAccountId'],
            time: detail['eventTime'],
            region: detail['awsRegion'],
            resources: [],
            detail,
          }),
        )
        .join('\n')
    case 'LookupEvents':
      return JSON.stringify({
        Events: records.map((record) => ({
          EventId: record?.['eventID'],
          EventName: record?.['eventName'],
          EventTime: record?.['eventTime'],
          Resources: [],
          CloudTrailEvent: JSON.stringify(record),
        })),
      })
  }
}

/** What a file says. Log files say when they were delivered, other paths do not. */
export function factsOf(bytes: Buffer, source: string, deliveredAt: number | null): FileFacts {
  const id = createHash('sha256').update(bytes).digest('hex')
  return new FileReader().read(bytes, { id, source, deliveredAt })
}

export function factsOfParcel(world: readonly Json[], { path, records }: Parcel): FileFacts {
  const bytes = bytesOf(
    path,
    records.map((number) => world[number]!),
  )
  // By its content, so that a parcel delivered twice is one file.
  const source = `${path} ${createHash('sha256').update(bytes).digest('hex').slice(0, 8)}`
  return factsOf(bytes, source, path === 'log file' ? START + 50_000 : null)
}

/** Delivers files and rolls up after those for which `rollUpAfter` says so, and at the end. */
export async function deliver(
  store: Store,
  files: readonly FileFacts[],
  rollUpAfter: (index: number) => boolean = () => false,
): Promise<void> {
  for (const [index, file] of files.entries()) {
    await ingest(store, [file])
    if (rollUpAfter(index)) await rollUpDirty(store)
  }
  await rollUpDirty(store)
}

/** Each record once, in log files, in their order. */
export function plainly(world: readonly Json[], size = 4): Parcel[] {
  const parcels: Parcel[] = []
  for (let at = 0; at < world.length; at += size) {
    const records = Array.from({ length: Math.min(size, world.length - at) }, (_, i) => at + i)
    parcels.push({ path: 'log file', records })
  }
  return parcels
}

/** Each record once, in any order, in log files of any size. */
export function shuffled(count: number): fc.Arbitrary<Parcel[]> {
  const numbers = Array.from({ length: count }, (_, index) => index)
  return fc
    .tuple(
      fc.shuffledSubarray(numbers, { minLength: count, maxLength: count }),
      fc.array(fc.integer({ min: 1, max: 6 }), { minLength: count, maxLength: count }),
    )
    .map(([order, sizes]) => {
      const parcels: Parcel[] = []
      for (let at = 0; at < count; ) {
        const size = sizes[parcels.length]!
        parcels.push({ path: 'log file', records: order.slice(at, at + size) })
        at += size
      }
      return parcels
    })
}

/** Some records again, by any path. */
export function repeats(count: number): fc.Arbitrary<Parcel[]> {
  const numbers = Array.from({ length: count }, (_, index) => index)
  const parcel = fc.record({
    path: fc.constantFrom(...PATHS),
    records: fc
      .tuple(
        fc.shuffledSubarray(numbers, { minLength: 1 }),
        fc.shuffledSubarray(numbers, { maxLength: Math.min(2, count) }),
      )
      // One file may hold a record twice.
      .map(([some, again]) => [...some, ...again]),
  })
  return fc.array(parcel, { minLength: 1, maxLength: 5 })
}
