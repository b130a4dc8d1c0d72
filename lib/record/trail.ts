import { partitionOfRegion } from '../source/region.ts'

/** Calls that change what a trail records. Parameters: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Operations.html */
const CHANGES: ReadonlySet<string> = new Set([
  'CreateTrail',
  'DeleteTrail',
  'PutEventSelectors',
  'PutInsightSelectors',
  'StartLogging',
  'StopLogging',
  'UpdateTrail',
])

export const changesTrail = (eventName: string): boolean => CHANGES.has(eventName)

/** What a service names; longer, or with other characters, it is somebody's own text and not kept. */
const TRAIL = /^(?:arn:[\w-]+:cloudtrail:[\w-]*:\d{12}:trail\/)?[\w.-]{3,128}$/
const SOURCE = /^[\w.-]{1,60}$/
const LISTED_MAX = 3

/**
 * The trail that a call changes, and behind a `#` what it is told to record from then on, as far as the request says:
 * `arn:aws:cloudtrail:eu-west-1:111122223333:trail/main#management-events=writes-only,data-events=none`. '' where it names no trail.
 * `request`: its `requestParameters`, whatever they are.
 */
export function trailOf(
  eventName: string,
  request: unknown,
  at: { readonly region: string; readonly account: string },
): string {
  const given = fieldsOf(request)
  const named = given['trailName'] ?? given['name']
  if (typeof named !== 'string' || !TRAIL.test(named)) return ''
  const { region, account } = at
  const arn = named.startsWith('arn:')
    ? named
    : `arn:${partitionOfRegion(region)}:cloudtrail:${region}:${account}:trail/${named}`
  const settings = eventName === 'PutEventSelectors' ? selected(given) : switchedOff(given)
  return settings.length === 0 ? arn : `${arn}#${settings.join(',')}`
}

const TOLD = /^(arn:[\w-]+:cloudtrail:[^#]*)#/

/** What a resource is asked for by: a trail by its ARN, whatever it was told to record. */
export function thingOf(resource: string): string {
  return TOLD.exec(resource)?.[1] ?? resource
}

type Fields = Readonly<Record<string, unknown>>

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : {}
}

const listOf = (value: unknown): Fields[] => (Array.isArray(value) ? value.map(fieldsOf) : [])
const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []

/** One selector of management events: which half of them, and less what. */
interface Half {
  readonly half: 'all' | 'writes-only' | 'reads-only'
  readonly without: readonly string[]
  /** By a field that is not told here. */
  readonly isNarrowed: boolean
}

function selected(given: Fields): string[] {
  const basic = listOf(given['eventSelectors'])
  const advanced = listOf(given['advancedEventSelectors']).map(({ fieldSelectors }) =>
    listOf(fieldSelectors),
  )
  const halves = [
    ...basic
      .filter(({ includeManagementEvents }) => includeManagementEvents !== false)
      .map(basicHalf),
    ...advanced.filter((fields) => categoryOf(fields) === 'Management').map(advancedHalf),
  ]
  const data =
    basic.reduce((sum, { dataResources }) => sum + listOf(dataResources).length, 0) +
    advanced.filter((fields) => categoryOf(fields) === 'Data').length
  return [
    `management-events=${managementOf(halves)}`,
    ...leftOut(halves),
    `data-events=${data === 0 ? 'none' : `${data}-selected`}`,
  ]
}

function basicHalf({ readWriteType, excludeManagementEventSources }: Fields): Half {
  const half =
    readWriteType === 'WriteOnly'
      ? 'writes-only'
      : readWriteType === 'ReadOnly'
        ? 'reads-only'
        : 'all'
  return { half, without: textsOf(excludeManagementEventSources), isNarrowed: false }
}

/** Of the fields of management events: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html */
function advancedHalf(fields: readonly Fields[]): Half {
  const readOnly = valuesOf(fields, 'readOnly', 'equals')
  const half = readOnly.includes('false')
    ? 'writes-only'
    : readOnly.includes('true')
      ? 'reads-only'
      : 'all'
  const isTold = ({ field, notEquals }: Fields): boolean =>
    field === 'eventCategory' ||
    field === 'readOnly' ||
    (field === 'eventSource' && Array.isArray(notEquals))
  return {
    half,
    without: valuesOf(fields, 'eventSource', 'notEquals'),
    isNarrowed: !fields.every(isTold),
  }
}

function managementOf(halves: readonly Half[]): string {
  const whole = new Set(halves.filter(({ isNarrowed }) => !isNarrowed).map(({ half }) => half))
  if (whole.has('all') || whole.size === 2) return 'all'
  const [one] = whole
  if (one !== undefined) return one
  return halves.length === 0 ? 'off' : 'some'
}

/** What every selector leaves out. */
function leftOut(halves: readonly Half[]): string[] {
  const [first, ...others] = halves
  const sources = (first?.without ?? []).filter(
    (source) => SOURCE.test(source) && others.every(({ without }) => without.includes(source)),
  )
  const listed = [...new Set(sources)].sort()
  if (listed.length === 0) return []
  const rest = listed.length - LISTED_MAX
  return [`without=${listed.slice(0, LISTED_MAX).join('+')}${rest > 0 ? `+${rest}-more` : ''}`]
}

function switchedOff(given: Fields): string[] {
  const off = (field: string, name: string): string[] =>
    given[field] === false ? [`${name}=off`] : []
  return [
    ...off('isMultiRegionTrail', 'other-regions'),
    ...off('includeGlobalServiceEvents', 'global-services'),
    ...off('enableLogFileValidation', 'log-file-validation'),
    ...off('isOrganizationTrail', 'other-accounts'),
  ]
}

const categoryOf = (fields: readonly Fields[]): string | undefined =>
  valuesOf(fields, 'eventCategory', 'equals')[0]

function valuesOf(fields: readonly Fields[], name: string, operator: string): string[] {
  return fields
    .filter(({ field }) => field === name)
    .flatMap((selector) => textsOf(selector[operator]))
}
