/** RFC 3339 in UTC of seconds since 1970. */
export function timestamp(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, -5)}Z`
}
