/** What detection needs to know of a trail that does not record what it should; lib/coverage finds it. */
export interface TrailProblem {
  /** `not-looked`: it could not be told. */
  readonly verdict: 'failed' | 'not-looked'
  readonly code:
    | 'stopped'
    | 'not-delivered'
    | 'no-digests'
    | 'digests-not-delivered'
    | 'one-region'
    | 'no-global-events'
    | 'events-left-out'
    | 'not-found'
    | 'unreadable'
  /** ARN of the trail; '' where none was found. */
  readonly trail: string
  /** Ends the sentence "The trail …:". */
  readonly text: string
  /** When it was first found, and found no more, in seconds; null: it still is so. */
  readonly since: number
  readonly until: number | null
}
