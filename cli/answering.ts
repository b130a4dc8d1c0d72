import type { Answer, Asked, Known, Unknown } from '../lib/graph/answer.ts'
import type { Store } from '../lib/ports.ts'
import { CliError, EXIT, type ExitCode } from './exit.ts'
import { type Format, type Output, type Printable, print, processOutput, quoted } from './output.ts'
import type { AnswerOptions } from './register.ts'
import { coverageLines } from './render/coverage.ts'
import { visible } from './render/safe.ts'
import { counted } from './render/words.ts'
import { self } from './self.ts'
import { readConfig } from './settings.ts'
import { openExisting } from './store.ts'
import { parseWindow } from './time.ts'

type AnyAnswer = Answer<string, unknown>

export interface Question<Given extends AnyAnswer> {
  readonly ask: (store: Store, asked: Asked, known: Known) => Promise<Given | Unknown>
  readonly view: (answer: Given, output: Output) => Printable
  /** How many rows there are in all, and what they are called when there are none. */
  readonly total: (answer: Given) => number
  readonly nothing: string
  /** What has to be known to read the answer rightly. */
  readonly remarks?: (answer: Given) => readonly string[]
  /** Commands worth typing next. */
  readonly hints?: (answer: Given) => readonly string[]
}

/** Puts a question to the store, prints the answer and what it rests on. */
export async function answer<Given extends AnyAnswer>(
  options: AnswerOptions,
  question: Question<Given>,
): Promise<ExitCode> {
  const output = processOutput(options.quiet === true)
  const window = parseWindow(options, Math.floor(Date.now() / 1000))
  const config = await readConfig(options.config)
  const { knownFrom, WrongCursor } = await import('../lib/graph/answer.ts')
  const store = await openExisting(options.store)
  try {
    const asked: Asked = {
      ...window,
      limit: options.all === true ? 0 : options.limit,
      ...(options.cursor === undefined ? {} : { cursor: options.cursor }),
    }
    const given = await question.ask(store, asked, knownFrom(config, await store.clusterNames()))
    if (isUnknown(given)) throw notFound(given)
    await print(question.view(given, output), options.output as Format, output)
    return closing(given, question, options, output)
  } catch (error) {
    if (!(error instanceof WrongCursor)) throw error
    throw new CliError(EXIT.wrongUse, error.message, [
      'Ask the same question with the same options, and the "next" of its answer as --cursor.',
    ])
  } finally {
    store.close()
  }
}

/** What goes to stderr after an answer, and how to exit. */
function closing<Given extends AnyAnswer>(
  given: Given,
  { total, nothing, remarks, hints }: Question<Given>,
  options: AnswerOptions,
  output: Output,
): ExitCode {
  const { coverage, window, next } = given
  if (coverage.lastEvent === null) {
    output.complain('The store is empty: nothing was seen, so nothing can be said.')
    output.note(`Fill it: ${self()} ingest PATH-OF-CLOUDTRAIL-FILES`)
  } else if (total(given) === 0) output.note(nothing)
  for (const note of remarks?.(given) ?? []) output.note(visible(note))
  if (next !== null)
    output.note(
      `Not all of ${counted(total(given), 'row')} are shown: --all shows all, --cursor ${next} the next`,
    )
  if (coverage.lastEvent !== null)
    for (const line of coverageLines(coverage, window)) output.note(line)
  if (output.isInteractive && options.output === 'table')
    for (const hint of hints?.(given) ?? []) output.note(`↳ ${self()} ${hint}`)
  if (coverage.status === 'complete' || options.allowPartial === true) return EXIT.ok
  return EXIT.incomplete
}

function isUnknown(given: AnyAnswer | Unknown): given is Unknown {
  return given.kind === 'Unknown'
}

const WHERE: Readonly<Record<Unknown['what'], string>> = {
  role: 'no recorded call assumed it, or tried to',
  workload: 'no recorded call was made by it',
  namespace: 'no recorded call was made by a workload of it',
  cluster: 'no recorded call was made by a workload of it',
  session: 'no recorded call issued credentials under it',
  resource: 'no recorded call was made on it, in any window',
}

const ADVICE: Readonly<Partial<Record<Unknown['what'], string>>> = {
  session:
    'Only calls that issue credentials are kept one by one. For another call, trace the accessKeyId in its record.',
  resource:
    'Give the ARN of a bucket, table, queue, secret, key or function, or the name of a bucket. S3 objects show up only if the trail records data events.',
}

function notFound({ what, text, suggestions }: Unknown): CliError {
  const advice = suggestions.map((name) => `Did you mean ${name}?`)
  const more = ADVICE[what]
  if (more !== undefined) advice.push(more)
  advice.push(`What was seen at all: ${self()} coverage`)
  return new CliError(EXIT.notFound, `unknown ${what} ${quoted(text)}: ${WHERE[what]}`, advice)
}
