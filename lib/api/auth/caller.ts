/** Weakest first; each may do what those before it may. */
export const ROLES = ['viewer', 'responder', 'reviewer', 'admin'] as const

export type Role = (typeof ROLES)[number]

/** Whoever asks. */
export interface Caller {
  /** As decisions are signed with. */
  readonly name: string
  readonly role: Role
  readonly mode: 'local' | 'iam' | 'jwt'
}

export function suffices(role: Role, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least)
}

/** One way to tell who asks. An app has at least one; where none of them knows the caller, nothing is answered. */
export interface Authenticator {
  /** Null: not by this way. `env` is what the platform says of the request, which nobody outside can write. */
  authenticate(request: Request, env: unknown): Promise<Caller | null>
  /** Why a request is not even looked at, whatever it is for; null: it is. */
  refuse?(request: Request): 'wrong-host' | 'cross-site' | null
}

/** The token of `Authorization: Bearer …`; null where there is none. */
export function bearerOf(request: Request): string | null {
  const header = request.headers.get('authorization') ?? ''
  return /^Bearer ([A-Za-z0-9\-._~+/]{1,8192}=*)$/i.exec(header)?.[1] ?? null
}
