import type { TrailProblem } from '../detect/trail-problem.ts'

/** What a trail is set to, and how it fares. */
export interface TrailState {
  readonly arn: string
  readonly isMultiRegion: boolean
  readonly hasGlobalEvents: boolean
  /** Whether digests are made. */
  readonly isValidated: boolean
  readonly isLogging: boolean
  /** What S3 answered when CloudTrail last tried; '' for nothing. */
  readonly deliveryError: string
  readonly digestError: string
  /** One of these two is empty. */
  readonly selectors: readonly BasicSelector[]
  readonly advanced: readonly AdvancedSelector[]
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html */
export interface BasicSelector {
  readonly hasManagementEvents: boolean
  /** `All`, `ReadOnly` or `WriteOnly`. */
  readonly readWrite: string
  readonly excludedSources: readonly string[]
}

/** Conditions, all of which an event has to meet: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html */
export type AdvancedSelector = readonly FieldSelector[]
export interface FieldSelector {
  readonly field: string
  readonly equals: readonly string[]
  /** Values that an event must not have. */
  readonly notEquals: readonly string[]
  /** There are other conditions on the field. */
  readonly hasMore: boolean
}

type Problem = Omit<TrailProblem, 'since' | 'until'>

/** Busy, and never about who assumed what. */
const MAY_BE_LEFT_OUT: ReadonlySet<string> = new Set(['kms.amazonaws.com', 'rdsdata.amazonaws.com'])

/** What of a trail's state keeps it from recording what podtrail needs. Reading is part of that: issuing a session is a read-only event. */
export function trailProblems(state: TrailState): Problem[] {
  const problems: Problem[] = []
  const put = (code: TrailProblem['code'], text: string): void => {
    problems.push({ verdict: 'failed', code, trail: state.arn, text })
  }
  if (!state.isLogging) put('stopped', 'it does not log')
  if (state.deliveryError !== '')
    put('not-delivered', `log files cannot be delivered: ${state.deliveryError}`)
  if (!state.isValidated)
    put('no-digests', 'log-file validation is off: nothing vouches for its files')
  else if (state.digestError !== '')
    put('digests-not-delivered', `digests cannot be delivered: ${state.digestError}`)
  if (!state.isMultiRegion) put('one-region', 'it records one region only')
  if (!state.hasGlobalEvents)
    put('no-global-events', 'it leaves out events of global services, such as IAM and STS')
  const left = leftOut(state)
  if (left !== null) put('events-left-out', `its event selectors leave out ${left}`)
  return problems
}

/** Which management events no selector lets in; null: none. */
function leftOut({ selectors, advanced }: TrailState): string | null {
  const kinds = advanced.length > 0 ? advanced.flatMap(kindsOfAdvanced) : selectors.flatMap(kindsOf)
  if (kinds.length === 0) return 'management events, or some of them'
  const missing = (['read', 'write'] as const).filter((kind) => !kinds.includes(kind))
  if (missing.length === 0) return null
  return missing[0] === 'read'
    ? 'management events that read, and issuing a session is one'
    : 'management events that write'
}

type Kind = 'read' | 'write'

/** Of which kind a selector lets in all management events that matter. */
function kindsOf({ hasManagementEvents, readWrite, excludedSources }: BasicSelector): Kind[] {
  if (!hasManagementEvents || !excludedSources.every((source) => MAY_BE_LEFT_OUT.has(source)))
    return []
  if (readWrite === 'All') return ['read', 'write']
  return readWrite === 'ReadOnly' ? ['read'] : readWrite === 'WriteOnly' ? ['write'] : []
}

function kindsOfAdvanced(fields: AdvancedSelector): Kind[] {
  let kinds: Kind[] = ['read', 'write']
  let isManagement = false
  for (const { field, equals, notEquals, hasMore } of fields) {
    if (hasMore) return []
    if (field === 'eventCategory') {
      isManagement = notEquals.length === 0 && equals.includes('Management')
    } else if (field === 'readOnly' && notEquals.length === 0) {
      kinds = kinds.filter((kind) => equals.includes(kind === 'read' ? 'true' : 'false'))
    } else if (
      field !== 'eventSource' ||
      equals.length > 0 ||
      !notEquals.every((source) => MAY_BE_LEFT_OUT.has(source))
    )
      return []
  }
  return isManagement ? kinds : []
}
