import { createHash } from 'node:crypto'
import type { FileFacts } from '../model.ts'
import { ingest } from '../pipeline.ts'
import type { Ledger } from '../ports.ts'
import { unfilled } from '../record/coverage.ts'
import { type FileReader, NotALogFile, UnreadableFile } from '../record/read-file.ts'
import type { Message } from './intake.ts'
import { fieldsOf, type Log } from './log.ts'

export interface FastIntake {
  readonly reader: FileReader
  readonly ledger: Ledger
  /** Accounts whose events count. */
  readonly accounts: ReadonlySet<string>
  readonly log: Log
}

export interface TakenFast {
  readonly failed: ReadonlySet<string>
  readonly counts: Readonly<Record<string, number>>
}

const TYPE = 'AWS API Call via CloudTrail'

/**
 * Takes in events of EventBridge: the same records that come with log files some minutes later, and facts like those. Whichever is
 * later is a duplicate. What cannot be read stands alone, under its own name however messages are batched; all others are one file.
 */
export async function takeInEvents(
  messages: readonly Message[],
  { reader, ledger, accounts, log }: FastIntake,
): Promise<TakenFast> {
  const failed = new Set<string>()
  const fail = (id: string, fields: Parameters<Log['warn']>[1]): void => {
    failed.add(id)
    log.warn('failed', { message_id: id, ...fields })
  }
  const good: Message[] = []
  const odd: { readonly message: Message; readonly facts: FileFacts }[] = []
  for (const message of messages) {
    const problem = problemOf(message.body, accounts)
    if (problem !== null) {
      fail(message.id, { reason: problem })
      continue
    }
    try {
      const facts = read(reader, [message])
      if (facts.quarantined.length === 0) good.push(message)
      else odd.push({ message, facts })
    } catch (error) {
      if (!(error instanceof UnreadableFile || error instanceof NotALogFile)) throw error
      fail(message.id, fieldsOf(error))
    }
  }
  const counts = { RecordsAccepted: 0, RecordsDuplicate: 0, RecordsQuarantined: 0 }
  const keep = async (facts: FileFacts): Promise<void> => {
    const [committed] = await ingest(ledger, [facts])
    counts.RecordsAccepted += committed!.accepted
    counts.RecordsDuplicate += committed!.duplicate
    counts.RecordsQuarantined += facts.quarantined.length
  }
  const alone = [...odd]
  try {
    if (good.length > 0) await keep(read(reader, good))
  } catch (error) {
    log.warn('events are committed one by one', fieldsOf(error))
    for (const message of good) alone.push({ message, facts: read(reader, [message]) })
  }
  for (const { message, facts } of alone)
    await keep(facts).catch((error: unknown) => fail(message.id, fieldsOf(error)))
  return { failed, counts: { ...counts, MessagesFailed: failed.size } }
}

/** In the order of their text, so that the same messages are the same file. */
function read(reader: FileReader, messages: readonly Message[]): FileFacts {
  const bytes = Buffer.from([...new Set(messages.map(({ body }) => body))].sort().join('\n'))
  const id = createHash('sha256').update(bytes).digest('hex')
  const facts = reader.read(bytes, { id, source: `eventbridge:${id}`, deliveredAt: null })
  // Only some events come this way: that they do says up to when something is known, but fills no gap in the log files.
  return { ...facts, coverage: unfilled(facts.coverage) }
}

/** Why this is no event of CloudTrail in an account of ours; null: it is. */
function problemOf(body: string, accounts: ReadonlySet<string>): string | null {
  let event: unknown
  try {
    event = JSON.parse(body)
  } catch {
    return 'not JSON'
  }
  if (typeof event !== 'object' || event === null) return 'not an event'
  const { source, account, detail, 'detail-type': type } = event as Record<string, unknown>
  if (type !== TYPE || typeof source !== 'string' || !source.startsWith('aws.'))
    return 'not an event of CloudTrail'
  if (typeof account !== 'string' || !accounts.has(account)) return 'of an account that is not ours'
  const recipient = (detail as Record<string, unknown> | null | undefined)?.['recipientAccountId']
  return recipient === account ? null : 'its record is of another account than its envelope'
}
