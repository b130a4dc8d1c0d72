/** `failed`: what is there is not what CloudTrail delivered, or not all of it; `not-looked`: it could not be told. */
export type Verdict = 'failed' | 'not-looked'

/** Everything that verification can have to say. The list is closed. */
export const INTEGRITY = {
  'no-digests': 'failed',
  'no-chain': 'failed',
  'wrong-name': 'failed',
  'digest-damaged': 'failed',
  'digest-not-single-member': 'failed',
  'digest-malformed': 'failed',
  'algorithm-not-allowed': 'failed',
  'wrong-place': 'failed',
  'wrong-bucket': 'failed',
  'name-contradicted': 'failed',
  'signature-invalid': 'failed',
  'signature-differs': 'failed',
  'unknown-key': 'failed',
  'key-not-valid-then': 'failed',
  'digest-missing': 'failed',
  'start-missing': 'failed',
  'newest-missing': 'failed',
  'hours-missing': 'failed',
  'hours-overlap': 'failed',
  'link-broken': 'failed',
  'chain-restart': 'failed',
  'chain-forked': 'failed',
  'digest-unlinked': 'failed',
  'log-missing': 'failed',
  'log-damaged': 'failed',
  'log-not-single-member': 'failed',
  'log-changed': 'failed',
  'log-unlisted': 'failed',
  unreadable: 'not-looked',
  'too-large': 'not-looked',
  'no-keys': 'not-looked',
  'signature-missing': 'not-looked',
  'key-time-unknown': 'not-looked',
  'previous-elsewhere': 'not-looked',
  'log-elsewhere': 'not-looked',
  'log-not-listed-yet': 'not-looked',
} as const satisfies Record<string, Verdict>

export type IntegrityCode = keyof typeof INTEGRITY

/** One thing that is wrong, or that could not be looked at. */
export interface IntegrityProblem {
  readonly verdict: Verdict
  readonly code: IntegrityCode
  readonly account: string | null
  readonly region: string | null
  readonly trail: string | null
  /** The file it is about; null where it is about none, or one that is missing. */
  readonly path: string | null
  /** The time it is about, where it is about one. */
  readonly from: string | null
  readonly to: string | null
  /** One sentence. */
  readonly text: string
}
