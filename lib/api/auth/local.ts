import { createHash, timingSafeEqual } from 'node:crypto'
import { type Authenticator, bearerOf, type Caller } from './caller.ts'

/** Shorter tokens can be guessed. */
export const TOKEN_MIN = 32

export interface LocalAuth {
  /** Whoever has it is admin: it is on the terminal of the person who started the server. */
  readonly token: string
  /** The address that the server listens on. */
  readonly port: number
  /** Who decisions are signed by. */
  readonly user: string
}

/** For a server on this machine's loopback, where everybody who can see the terminal may do everything. */
export function localAuth({ token, port, user }: LocalAuth): Authenticator {
  if (token.length < TOKEN_MIN) throw new Error(`the token has fewer than ${TOKEN_MIN} characters`)
  const expected = digest(token)
  const hosts = new Set(['127.0.0.1', 'localhost', '[::1]'].map((host) => `${host}:${port}`))
  if (port === 80) for (const host of ['127.0.0.1', 'localhost', '[::1]']) hosts.add(host)
  const caller: Caller = { name: user, role: 'admin', mode: 'local' }
  return {
    async authenticate(request) {
      const given = bearerOf(request)
      return given !== null && timingSafeEqual(digest(given), expected) ? caller : null
    },
    // A page elsewhere may point a name of its own at 127.0.0.1 (DNS rebinding): its name is then in Host, and its site in Origin.
    refuse(request) {
      if (!hosts.has((request.headers.get('host') ?? '').toLowerCase())) return 'wrong-host'
      const origin = request.headers.get('origin')
      if (origin !== null && !hosts.has(origin.replace(/^http:\/\//, ''))) return 'cross-site'
      const site = request.headers.get('sec-fetch-site')
      const isPage = request.headers.get('sec-fetch-mode') === 'navigate'
      return site === null || site === 'same-origin' || site === 'none' || isPage
        ? null
        : 'cross-site'
    },
  }
}

/** Of equal length whatever is given, so that comparing takes equally long. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
