/** Reading did not get this far before its time was over. */
export class TimeOver extends Error {}

/** Why something could not be read. */
export interface Failure {
  readonly reason: string
  /** Whether reading again soon may get further. */
  readonly passes: boolean
}

/** What others wrote is cut: it is read in a line of a table. */
const TEXT_MAX = 300

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/CommonErrors.html, and what EKS, IAM and STS call the same. */
const THROTTLED: ReadonlySet<string> = new Set([
  'RequestLimitExceeded',
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
])
const DENIED: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'UnauthorizedOperation',
])
const GONE: ReadonlySet<string> = new Set([
  'NoSuchEntity',
  'NoSuchEntityException',
  'NotFoundException',
  'ResourceNotFoundException',
])

/** What was listed a moment ago is not there any more. */
export function isGone(error: unknown): boolean {
  return GONE.has((error as Error).name)
}

/** Why a call of AWS failed. */
export function failureOf(error: unknown): Failure {
  const { name, message, code } = error as Error & { code?: string }
  const text = message.slice(0, TEXT_MAX)
  if (error instanceof TimeOver)
    return { reason: 'the time was over before it was read: read again to go on', passes: true }
  if (THROTTLED.has(name))
    return { reason: 'throttled by AWS until we gave up: read again to go on', passes: true }
  if (DENIED.has(name)) return { reason: `access denied: ${text}`, passes: false }
  if (name === 'TimeoutError' || code !== undefined)
    return { reason: `AWS cannot be reached: ${text || code}`, passes: true }
  const isServerFault = (error as { $fault?: string }).$fault === 'server'
  return { reason: `${name}: ${text}`, passes: isServerFault }
}
