import { userInfo } from 'node:os'
import type { DecisionAsked, Refusal } from '../lib/finding/decide.ts'
import type { Finding, PersonAction, SuppressionScope, Until } from '../lib/finding/finding.ts'
import { CliError, EXIT, type ExitCode } from './exit.ts'
import { type Format, print, processOutput, quoted } from './output.ts'
import type { Globals } from './register.ts'
import { findingsView } from './render/findings.ts'
import { visible } from './render/safe.ts'
import { counted } from './render/words.ts'
import { self } from './self.ts'
import { openExisting } from './store.ts'
import { parseDuration, parseTime } from './time.ts'

export interface DecisionOptions extends Globals {
  readonly output: string
  readonly reason: string
  readonly by?: string
  readonly ticket?: string
  readonly expires?: string
  readonly until?: string
  readonly scope?: SuppressionScope
  readonly seen?: number
  readonly preview?: boolean
}

const PREVIEW_DAYS = 30

/** Decides about findings one after the other; the first that cannot be decided ends it. */
export async function decideAll(
  action: PersonAction,
  ids: readonly string[],
  options: DecisionOptions,
): Promise<ExitCode> {
  const output = processOutput(options.quiet === true)
  const now = Math.floor(Date.now() / 1000)
  const { decide, isRefusal } = await import('../lib/finding/decide.ts')
  const asked = askedOf(action, options, now)
  const store = await openExisting(options.store)
  try {
    if (options.preview === true) {
      for (const id of ids) await preview(store, id, options, now)
      return EXIT.ok
    }
    const decided: Finding[] = []
    for (const id of ids) {
      const given = await decide(store, id, asked, options.seen ?? null, now)
      if (isRefusal(given)) throw refused(given)
      decided.push(given)
      output.note(`${given.id} is ${given.status}, at version ${given.version}.`)
    }
    if (options.output !== 'table') {
      const answer = { apiVersion: 'podtrail/v1', kind: 'FindingList', items: decided } as never
      await print(findingsView(answer, output), options.output as Format, output)
    }
    return EXIT.ok
  } finally {
    store.close()
  }
}

function askedOf(action: PersonAction, options: DecisionOptions, now: number): DecisionAsked {
  const { reason, ticket = null, scope = null } = options
  const until = options.until === undefined ? null : untilOf(options.until, now)
  const expires =
    until?.expires ??
    (options.expires === undefined ? null : endOf(options.expires, now, '--expires'))
  return {
    action,
    by: options.by ?? process.env['PODTRAIL_USER'] ?? userInfo().username,
    reason,
    ticket,
    expires,
    until: until?.until ?? null,
    scope,
  }
}

/** `change`, `10x` (so many more), or a time. */
function untilOf(text: string, now: number): { until: Until; expires: number | null } {
  if (text === 'change') return { until: { kind: 'change' }, expires: null }
  const times = /^(\d{1,9})x$/.exec(text)
  if (times !== null) return { until: { kind: 'count', count: Number(times[1]) }, expires: null }
  return { until: { kind: 'date' }, expires: endOf(text, now, '--until') }
}

/** `90d` from now, a time, or `never`. */
function endOf(text: string, now: number, option: string): number | null {
  if (text === 'never') return null
  return /^(?:\d+[smhdw])+$/.test(text)
    ? now + parseDuration(text, option)
    : parseTime(text, now, option)
}

async function preview(
  store: Awaited<ReturnType<typeof openExisting>>,
  id: string,
  { scope = 'finding', quiet }: DecisionOptions,
  now: number,
): Promise<void> {
  const { previewOf } = await import('../lib/finding/preview.ts')
  const { timestamp } = await import('../lib/graph/timestamp.ts')
  const output = processOutput(quiet === true)
  const given = await previewOf(store, id, scope, timestamp(now - PREVIEW_DAYS * 86_400))
  if (given.kind === 'Unknown') throw unknownFinding(given)
  const { hidden, of, examples } = given
  const all = counted(of, 'finding')
  output.answer(`Would have hidden ${hidden} of ${all} of the last ${PREVIEW_DAYS} days:\n`)
  for (const { id: one, severity, title } of examples)
    output.answer(`  ${one}  ${severity}  ${visible(title)}\n`)
  if (hidden > examples.length) output.answer(`  and ${hidden - examples.length} more\n`)
}

/** Why nothing was decided, as an error of the command line. */
function refused(refusal: Refusal): CliError {
  switch (refusal.kind) {
    case 'Unknown':
      return unknownFinding(refusal)
    case 'Incomplete':
      return new CliError(EXIT.wrongUse, `--${refusal.field}: ${refusal.text}`)
    case 'Conflict':
    case 'NotAllowed':
      return new CliError(EXIT.conflict, `${refusal.finding.id}: ${refusal.text}`, [
        `See how it stands: ${self()} findings show ${refusal.finding.id}`,
      ])
  }
}

export function unknownFinding({
  text,
  suggestions,
}: {
  readonly text: string
  readonly suggestions: readonly string[]
}): CliError {
  const [first] = suggestions
  const what =
    first === undefined
      ? `unknown finding ${quoted(text)}`
      : `${quoted(text)} begins the ids of several findings`
  return new CliError(EXIT.notFound, what, [
    ...suggestions.map((id) => `Did you mean ${id}?`),
    `All there are: ${self()} findings list. At least six characters of an id will do.`,
  ])
}
