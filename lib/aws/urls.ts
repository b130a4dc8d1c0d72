/** Where to call; left out, the SDK's own settings decide. */
export interface Place {
  readonly region?: string
  readonly endpoint?: string
}

export interface DynamoUrl extends Place {
  readonly table: string
  /** The bucket that long facts are written to; left out: they are kept in the table. Either way they are read from where they are. */
  readonly facts?: string
}

/**
 * `dynamodb:TABLE`, with `?region=` and `&endpoint=` where the SDK's own settings are not meant, and `&facts=BUCKET`; null for
 * anything else.
 */
export function parseDynamoUrl(url: string): DynamoUrl | null {
  // Names of tables: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
  const match = /^dynamodb:([A-Za-z0-9_.-]{3,255})(?:\?(.*))?$/.exec(url)
  if (match === null) return null
  const asked = new URLSearchParams(match[2] ?? '')
  const facts = asked.get('facts')
  if (facts !== null && !BUCKET.test(facts)) return null
  asked.delete('facts')
  const place = placeOf(asked)
  return place === null
    ? null
    : { table: match[1]!, ...(facts === null ? {} : { facts }), ...place }
}

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

export interface S3Url extends Place {
  readonly bucket: string
  readonly prefix: string
}

/** `s3://BUCKET/PREFIX`, likewise. A key may have a question mark; only one before known names is not part of it. */
export function parseS3Url(url: string): S3Url | null {
  const match =
    /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*?))?(?:\?((?:region|endpoint)=.*))?$/s.exec(
      url,
    )
  const place = match === null ? null : placeOf(new URLSearchParams(match[3] ?? ''))
  return place === null ? null : { bucket: match![1]!, prefix: match![2] ?? '', ...place }
}

/** A bucket that is not there, or that may not be read. */
export class BucketUnreadable extends Error {}

function placeOf(asked: URLSearchParams): Place | null {
  if ([...asked.keys()].some((name) => name !== 'region' && name !== 'endpoint')) return null
  const [region, endpoint] = [asked.get('region'), asked.get('endpoint')]
  return {
    ...(region === null ? {} : { region }),
    ...(endpoint === null ? {} : { endpoint }),
  }
}
