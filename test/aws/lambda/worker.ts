/*
 * A Lambda runtime in small: loads the handler of an unpacked artefact and calls it with what its parent sends, one after another.
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** What the parent sends. `remainingMs`: time left at the first question, and `perQuestionMs` less at each further one. */
export interface Invocation {
  readonly event: unknown
  readonly remainingMs: number
  readonly perQuestionMs: number
}

export type Outcome = { readonly result: unknown } | { readonly error: string }

const folder = process.argv[2]!
process.chdir(folder)
const { handler } = (await import(pathToFileURL(join(folder, 'index.mjs')).href)) as {
  handler: (event: unknown, context: unknown) => Promise<unknown>
}
process.send?.({ result: 'ready' } satisfies Outcome)

process.on('message', ({ event, remainingMs, perQuestionMs }: Invocation) => {
  let left = remainingMs + perQuestionMs
  const context = {
    getRemainingTimeInMillis: () => {
      left -= perQuestionMs
      return left
    },
  }
  handler(event, context).then(
    (result) => process.send?.({ result: result ?? null } satisfies Outcome),
    (error: Error) => process.send?.({ error: error.stack ?? error.message } satisfies Outcome),
  )
})
