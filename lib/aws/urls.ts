/** Where to call; left out, the SDK's own settings decide. */
export interface Place {
  readonly region?: string
  readonly endpoint?: string
}

export interface DynamoUrl extends Place {
  readonly table: string
}

/** `dynamodb:TABLE`, with `?region=` and `&endpoint=` where the SDK's own settings are not meant; null for anything else. */
export function parseDynamoUrl(url: string): DynamoUrl | null {
  // Names of tables: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
  const match = /^dynamodb:([A-Za-z0-9_.-]{3,255})(?:\?(.*))?$/.exec(url)
  const place = match === null ? null : placeOf(match[2] ?? '')
  return place === null ? null : { table: match![1]!, ...place }
}

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
  const place = match === null ? null : placeOf(match[3] ?? '')
  return place === null ? null : { bucket: match![1]!, prefix: match![2] ?? '', ...place }
}

/** A bucket that is not there, or that may not be read. */
export class BucketUnreadable extends Error {}

function placeOf(query: string): Place | null {
  const asked = new URLSearchParams(query)
  if ([...asked.keys()].some((name) => name !== 'region' && name !== 'endpoint')) return null
  const [region, endpoint] = [asked.get('region'), asked.get('endpoint')]
  return {
    ...(region === null ? {} : { region }),
    ...(endpoint === null ? {} : { endpoint }),
  }
}
