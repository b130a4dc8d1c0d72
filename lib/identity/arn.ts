/** `arn:partition:service:region:account:resource`; https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
export interface Arn {
  readonly partition: string
  readonly service: string
  readonly region: string
  readonly account: string
  readonly resource: string
}

export function parseArn(text: string): Arn | null {
  const parts = text.split(':')
  if (parts.length < 6 || parts[0] !== 'arn' || parts[1] === '' || parts[2] === '') return null
  const [, partition, service, region, account] = parts as [string, string, string, string, string]
  return { partition, service, region, account, resource: parts.slice(5).join(':') }
}

export function formatArn({ partition, service, region, account, resource }: Arn): string {
  return `arn:${partition}:${service}:${region}:${account}:${resource}`
}

/** What stands after the last slash: of a role's ARN, its name without its path. */
export function lastPart(text: string): string {
  return text.slice(text.lastIndexOf('/') + 1)
}

/** `ledger-writer` of `arn:aws:iam::222233334444:role/team/ledger-writer`; the text itself where it is no role ARN. */
export function roleName(arn: string): string {
  const resource = parseArn(arn)?.resource
  return resource?.startsWith('role/') ? lastPart(resource) : arn
}
