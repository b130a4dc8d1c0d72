import { styleText } from 'node:util'
import { jsonOf, ndjsonOf } from '../lib/text/json.ts'
import { visible } from './render/safe.ts'

export const FORMATS = ['table', 'wide', 'json', 'yaml', 'csv', 'ndjson'] as const
export type Format = (typeof FORMATS)[number] | 'dot' | 'mermaid' | 'diff'

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/** Where a command writes: answers to stdout, everything else to stderr. */
export interface Output {
  /** Columns of the terminal; null where stdout is none. */
  readonly width: number | null
  readonly paint: (style: Style, text: string) => string
  answer(text: string): void
  /** A remark, left out with `--quiet`. Names in it must be `visible`. */
  note(text: string): void
  /** Something that is wrong, printed even then. */
  complain(text: string): void
  /** Whether people read along, so that hints are of use. */
  readonly isInteractive: boolean
}

export function processOutput(quiet: boolean): Output {
  const { stdout, stderr, env } = process
  const inColour = (stream: NodeJS.WriteStream): boolean =>
    stream.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
  const paintFor =
    (stream: NodeJS.WriteStream) =>
    (style: Style, text: string): string =>
      inColour(stream) ? styleText(style, text, { validateStream: false }) : text
  const columns = Number(env['COLUMNS']) || stdout.columns || 80
  return {
    width: stdout.isTTY ? columns : null,
    paint: paintFor(stdout),
    isInteractive: stderr.isTTY && stdout.isTTY && !quiet,
    answer: (text) => void stdout.write(text),
    note: (text) => {
      if (!quiet) stderr.write(`${text}\n`)
    },
    complain: (text) => void stderr.write(`${text}\n`),
  }
}

/** One answer in all the forms it can be printed in. */
export interface Printable {
  /** With its envelope, for json and yaml. */
  readonly answer: object
  /** For ndjson. */
  readonly lines: readonly unknown[]
  readonly csv: () => string
  /** For table and wide. */
  readonly table: (wide: boolean) => readonly string[]
  readonly dot?: () => string
  readonly mermaid?: () => string
  readonly diff?: () => string
}

export async function print(
  { answer, lines, csv, table, dot, mermaid, diff }: Printable,
  format: Format,
  output: Output,
): Promise<void> {
  switch (format) {
    case 'dot':
      return output.answer(dot?.() ?? '')
    case 'mermaid':
      return output.answer(mermaid?.() ?? '')
    case 'diff':
      return output.answer(diff?.() ?? '')
    case 'json':
      return output.answer(jsonOf(answer))
    case 'yaml': {
      const { yamlOf } = await import('./render/yaml.ts')
      return output.answer(yamlOf(answer))
    }
    case 'csv':
      return output.answer(csv())
    case 'ndjson':
      return output.answer(ndjsonOf(lines))
    case 'table':
    case 'wide': {
      const text = table(format === 'wide')
      return output.answer(text.map((line) => `${line}\n`).join(''))
    }
  }
}

/** A name for a message to people, in quotes. */
export function quoted(text: string): string {
  return `"${visible(text)}"`
}
