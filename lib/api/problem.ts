/**
 * Everything that an answer can be refused with. The texts are constant: nothing that was asked, and nothing that is stored, stands
 * in them. `type` leads to the description on the documentation page. RFC 9457.
 */
export const PROBLEMS = {
  'not-authenticated': [401, 'Not authenticated', 'The request carries no credentials that hold.'],
  'not-allowed': [403, 'Not allowed', 'The role of the caller does not suffice for this.'],
  'wrong-host': [403, 'Wrong host', 'The Host header names another server than this one.'],
  'cross-site': [403, 'Cross-site request', 'Another site made the browser send this request.'],
  'not-found': [404, 'Not found', 'There is nothing under this path.'],
  'unknown-name': [404, 'Unknown name', 'No recorded call goes by the name that was asked for.'],
  'unknown-finding': [404, 'Unknown finding', 'There is no finding of this id.'],
  'not-declared': [404, 'Not declared', 'The newest snapshot does not have what was asked for.'],
  'no-snapshot': [404, 'No snapshot', 'No snapshot of what is declared is stored.'],
  'method-not-allowed': [405, 'Method not allowed', 'The path takes the methods in Allow only.'],
  'unknown-parameter': [400, 'Unknown parameter', 'A query parameter is not one of this path.'],
  'repeated-parameter': [400, 'Repeated parameter', 'A query parameter is there more than once.'],
  'wrong-parameter': [400, 'Wrong parameter', 'A parameter is missing, or its value does not fit.'],
  'wrong-window': [400, 'Wrong window', 'Give since, or from and to, with from before to.'],
  'wrong-cursor': [400, 'Wrong cursor', 'The cursor is damaged, or another question gave it out.'],
  'wrong-body': [400, 'Wrong body', 'The body is not JSON of the documented shape.'],
  conflict: [409, 'Conflict', 'It has changed since; look again before you decide.'],
  'not-possible': [409, 'Not possible', 'As it stands now, this cannot be decided about it.'],
  'too-large': [413, 'Too large', 'The body is larger than is taken.'],
  'uri-too-long': [414, 'URI too long', 'The path and query are longer than is taken.'],
  'wrong-type': [415, 'Wrong type', 'The body has to be of the documented content type.'],
  'precondition-required': [428, 'Precondition required', 'Name the version you saw in If-Match.'],
  failed: [500, 'Failed', 'podtrail failed; its log has the reason under the request id.'],
  unavailable: [503, 'Not available', 'It cannot be answered at the moment; ask again soon.'],
} as const satisfies Record<string, readonly [status: number, title: string, detail: string]>

export type ProblemCode = keyof typeof PROBLEMS

/** Where in the request it is wrong. */
export interface ProblemPlace {
  readonly parameter?: string
  readonly pointer?: string
}

/** The body of every answer that is none. */
export interface ProblemBody {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ProblemCode
  readonly errors?: readonly ProblemPlace[]
  /** Names that are stored and look like the one that was asked for. */
  readonly suggestions?: readonly string[]
}

/** A request that is refused; thrown wherever that turns out. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly more: Pick<ProblemBody, 'errors' | 'suggestions'>
  readonly headers: Readonly<Record<string, string>>
  constructor(
    code: ProblemCode,
    more: Pick<ProblemBody, 'errors' | 'suggestions'> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(code)
    this.code = code
    this.more = more
    this.headers = headers
  }
}

export function problemBody(
  code: ProblemCode,
  more: Pick<ProblemBody, 'errors' | 'suggestions'> = {},
): ProblemBody {
  const [status, title, detail] = PROBLEMS[code]
  return { type: `/api/docs#${code}`, title, status, detail, code, ...more }
}
