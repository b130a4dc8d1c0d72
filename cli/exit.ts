/** Exit codes of every command. */
export const EXIT = {
  ok: 0,
  failed: 1,
  wrongUse: 2,
  no: 3,
  incomplete: 4,
  denied: 5,
  notFound: 6,
  conflict: 7,
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** As the help prints them. */
export const EXIT_CODES_HELP = `
Exit codes:
  0  ok
  1  failed
  2  wrong use
  3  the answer is "no" (findings, drift, a verification that failed)
  4  incomplete: records quarantined, files unreadable, a gap in what was seen
     (not with --allow-partial)
  5  not authenticated, or not allowed
  6  the named thing was not found
  7  conflict
  130  interrupted
`

/** When several apply, an answer of "no" outweighs that it is incomplete; other failures outweigh both. */
export function worst(codes: readonly ExitCode[]): ExitCode {
  const failures = codes.find(
    (code) => code !== EXIT.ok && code !== EXIT.no && code !== EXIT.incomplete,
  )
  if (failures !== undefined) return failures
  if (codes.includes(EXIT.no)) return EXIT.no
  return codes.includes(EXIT.incomplete) ? EXIT.incomplete : EXIT.ok
}

/** A command cannot go on: what is wrong, what to do about it, and how to exit. */
export class CliError extends Error {
  readonly exit: ExitCode
  readonly advice: readonly string[]
  constructor(exit: ExitCode, message: string, advice: readonly string[] = []) {
    super(message)
    this.exit = exit
    this.advice = advice
  }
}
