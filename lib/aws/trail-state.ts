import {
  type CloudTrailClient,
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
  type Trail,
} from '@aws-sdk/client-cloudtrail'
import { type TrailState, trailProblems } from '../coverage/trail-state.ts'
import type { TrailProblem } from '../detect/trail-problem.ts'

type Client = Pick<CloudTrailClient, 'send'>
type Problem = Omit<TrailProblem, 'since' | 'until'>

/**
 * What is wrong with the trails that deliver to a bucket, as far as this account is shown them: its own, and those of its organization.
 * `clientAt`: a client of a region. A trail answers in its home region.
 */
export async function problemsOfTrails(
  clientAt: (region: string) => Client,
  region: string,
  bucket: string,
): Promise<Problem[]> {
  const notLooked = (code: 'not-found' | 'unreadable', trail: string, text: string): Problem[] => [
    { verdict: 'not-looked', code, trail, text },
  ]
  const reason = (error: unknown): string => (error as Error).message || (error as Error).name
  let trails: Trail[]
  try {
    const { trailList = [] } = await clientAt(region).send(new DescribeTrailsCommand({}))
    trails = trailList.filter(({ S3BucketName }) => S3BucketName === bucket)
  } catch (error) {
    return notLooked('unreadable', '', `trails could not be listed: ${reason(error)}`)
  }
  if (trails.length === 0)
    return notLooked('not-found', '', `no trail that this account is shown delivers to ${bucket}`)
  const found: Problem[] = []
  for (const trail of trails) {
    const arn = trail.TrailARN ?? trail.Name ?? ''
    try {
      const state = await stateOf(clientAt(trail.HomeRegion ?? region), trail, arn)
      found.push(...trailProblems(state))
    } catch (error) {
      found.push(...notLooked('unreadable', arn, `its state could not be read: ${reason(error)}`))
    }
  }
  return found
}

async function stateOf(client: Client, trail: Trail, arn: string): Promise<TrailState> {
  const status = await client.send(new GetTrailStatusCommand({ Name: arn }))
  const { EventSelectors = [], AdvancedEventSelectors = [] } = await client.send(
    new GetEventSelectorsCommand({ TrailName: arn }),
  )
  return {
    arn,
    isMultiRegion: trail.IsMultiRegionTrail === true,
    hasGlobalEvents: trail.IncludeGlobalServiceEvents === true,
    isValidated: trail.LogFileValidationEnabled === true,
    isLogging: status.IsLogging === true,
    deliveryError: status.LatestDeliveryError ?? '',
    digestError: status.LatestDigestDeliveryError ?? '',
    selectors: EventSelectors.map(
      ({ IncludeManagementEvents, ReadWriteType, ExcludeManagementEventSources = [] }) => ({
        // Both are as if they were set where they are left out.
        hasManagementEvents: IncludeManagementEvents !== false,
        readWrite: ReadWriteType ?? 'All',
        excludedSources: ExcludeManagementEventSources,
      }),
    ),
    advanced: AdvancedEventSelectors.map(({ FieldSelectors = [] }) =>
      FieldSelectors.map(({ Field = '', Equals = [], NotEquals = [], ...more }) => ({
        field: Field,
        equals: Equals,
        notEquals: NotEquals,
        hasMore: Object.values(more).some((values) => (values ?? []).length > 0),
      })),
    ),
  }
}
