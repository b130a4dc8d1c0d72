import type { S3Url } from '../lib/aws/urls.ts'
import type { LogFilter } from '../lib/source/log-filter.ts'

/** What tells one listing from another. */
export function taskOf({ bucket, prefix }: S3Url, filter: LogFilter): string {
  const { accounts, regions, from, to } = filter
  return JSON.stringify([bucket, prefix, [...(accounts ?? [])], [...(regions ?? [])], from, to])
}
