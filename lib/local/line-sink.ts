import { appendFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { AlertMessage, AlertSink } from '../ports.ts'
import { ndjsonOf } from '../text/json.ts'

/** Adds a line of JSON for each message to a file (`file://PATH`, also a path from here) or to `stdout`. */
export class LineSink implements AlertSink {
  readonly #print: (text: string) => void

  constructor(print: (text: string) => void) {
    this.#print = print
  }

  async send(to: string, messages: readonly AlertMessage[]): Promise<(string | null)[]> {
    const lines = ndjsonOf(messages)
    try {
      if (to === 'stdout') this.#print(lines)
      else appendFileSync(pathOf(to), lines)
      return messages.map(() => null)
    } catch (error) {
      return messages.map(() => (error as Error).message)
    }
  }
}

function pathOf(to: string): string {
  return to.startsWith('file:///') ? fileURLToPath(to) : to.slice('file://'.length)
}
