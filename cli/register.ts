import { type Command, InvalidArgumentError, Option } from 'commander'
import { EXIT_CODES_HELP, type ExitCode } from './exit.ts'
import { FORMATS } from './output.ts'

/** Handed to each command so that it can add itself. */
export interface Register {
  readonly program: Command
  readonly finish: (code: ExitCode) => void
}

/** Options that every command takes. */
export interface Globals {
  readonly store: string
  readonly config?: string
  readonly quiet?: boolean
}

/** Options of the commands that answer questions. */
export interface AnswerOptions extends Globals {
  readonly output: string
  readonly since?: string
  readonly from?: string
  readonly to?: string
  readonly limit: number
  readonly all?: boolean
  readonly cursor?: string
  readonly allowPartial?: boolean
}

/** A command whose help begins with examples and ends with the exit codes. */
export function addCommand(
  { program }: Register,
  usage: string,
  description: string,
  examples: readonly string[],
): Command {
  const text = examples.map((example) => `  ${example}`).join('\n')
  return program
    .command(usage)
    .description(description)
    .addHelpText('before', `Examples:\n${text}\n`)
    .addHelpText('after', EXIT_CODES_HELP)
}

export function outputOption(formats: readonly string[] = FORMATS): Option {
  return new Option('-o, --output <format>', 'how to print the answer')
    .choices(formats)
    .default('table')
}

export function addWindow(command: Command): Command {
  return command
    .option('--since <duration>', 'from this long ago until now: 24h, 7d, 1d12h')
    .option('--from <time>', 'first time that counts: 2026-11-23T02:00Z, 2026-11-23, -2h')
    .option('--to <time>', 'first time that no longer counts')
}

export function addPaging(command: Command): Command {
  return command
    .option('--limit <n>', 'at most this many rows; 0 for all', parseLimit, 100)
    .option('--all', 'all rows, the same as --limit 0')
    .option('--cursor <cursor>', 'go on where the answer before ended (its "next")')
}

export function addPartial(command: Command): Command {
  return command.option('--allow-partial', 'exit 0 although not everything was seen')
}

function parseLimit(text: string): number {
  const limit = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(limit))
    throw new InvalidArgumentError('Give a whole number, 0 for everything.')
  return limit
}

/** Parses an option's value. */
export function wholeNumber(text: string): number {
  const number = Number(text)
  if (!/^\d+$/.test(text) || number < 1 || number > 0xffff_ffff)
    throw new InvalidArgumentError('Give a whole number from 1 on.')
  return number
}

/** Where the dashboard is found unless somebody says otherwise. */
export const PORT = 8787

/** Parses the port to listen on; 0: any that is free. */
export function portNumber(text: string): number {
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('Give a whole number up to 65535.')
  return port
}
