/** What detection needs to know of a problem with a digest chain; lib/coverage finds them. */
export interface ChainProblem {
  readonly verdict: 'failed' | 'not-looked'
  readonly code: string
  readonly account: string | null
  readonly region: string | null
  readonly trail: string | null
  readonly path: string | null
  /** RFC 3339. */
  readonly from: string | null
  readonly to: string | null
  readonly text: string
}
