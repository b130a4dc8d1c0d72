import type { QuarantineReason } from '../model.ts'

/** What a reason means, and what to do about it, in words for whoever reads the report. */
export interface Explained {
  readonly what: string
  readonly advice: string
}

const COPY_AGAIN = 'Copy the file from its bucket again and ingest it.'
const LOOK =
  'Look at the record at this position; CloudTrail does not write such, so find out who did.'
const REPORT = 'Open an issue with the record, its ids made up, so that podtrail learns it.'

/** Every reason of the closed list. */
export const REASONS: Readonly<Record<QuarantineReason, Explained>> = {
  empty: { what: 'the file is empty', advice: COPY_AGAIN },
  unreadable: {
    what: 'the file could not be opened or read',
    advice: 'Check that it is a file, still there, and that you may read it.',
  },
  'not-gzip': {
    what: 'the name ends in .gz, but the content is not gzip',
    advice: 'Decompressed already? Then rename it to .json.',
  },
  'gzip-truncated': {
    what: 'the gzip data ends too early',
    advice: `The copy was cut short. ${COPY_AGAIN}`,
  },
  'gzip-corrupt': {
    what: 'the gzip data is damaged: its checksum or length does not match',
    advice: `${COPY_AGAIN} If it is damaged there too, the bucket's copy was changed.`,
  },
  'gzip-not-single-member': {
    what: 'more follows after the end of the gzip data',
    advice: 'Files glued together? Ingest them one by one; CloudTrail writes one member a file.',
  },
  'too-large': {
    what: 'the file is larger than any that CloudTrail writes',
    advice: 'Split it into smaller files, or ingest the originals.',
  },
  'inflated-too-large': {
    what: 'the file inflates to more than podtrail is willing to hold',
    advice: 'Split it into smaller files, or ingest the originals.',
  },
  'not-utf8': {
    what: 'the text is not valid UTF-8',
    advice: 'CloudTrail writes UTF-8; a tool in between must have re-encoded it.',
  },
  'not-json': {
    what: 'the text is not valid JSON',
    advice: `Cut short or edited? ${COPY_AGAIN}`,
  },
  'wrong-shape': {
    what: 'it is JSON, but neither a CloudTrail log file nor one of the envelopes podtrail knows',
    advice: 'Give {"Records":[…]}, one record a line, or EventBridge events.',
  },
  'not-an-object': { what: 'the record is not a JSON object', advice: LOOK },
  'record-too-large': {
    what: 'the record is over 1 MiB; CloudTrail writes at most 256 KB',
    advice: LOOK,
  },
  'too-deep': { what: 'the record is nested too deeply', advice: LOOK },
  'duplicate-key': {
    what: 'the record has the same key twice, so it can be read in two ways',
    advice: LOOK,
  },
  'lone-surrogate': {
    what: 'a text in the record holds half a character (a lone surrogate)',
    advice: LOOK,
  },
  'wrong-type': {
    what: 'a field of the record has another type than CloudTrail gives it',
    advice: REPORT,
  },
  'missing-event-id': { what: 'the record has no usable eventID', advice: LOOK },
  'missing-event-time': { what: 'the record has no eventTime', advice: LOOK },
  'missing-event-name': { what: 'the record has no eventName or no eventSource', advice: LOOK },
  'bad-event-time': { what: 'the eventTime is not a time as CloudTrail writes it', advice: LOOK },
  'unknown-major-version': {
    what: 'the record is of an eventVersion that podtrail does not know',
    advice: 'Update podtrail; if it is current, open an issue with the version.',
  },
  'missing-role': {
    what: 'the record issued credentials, but names no role',
    advice: REPORT,
  },
}
