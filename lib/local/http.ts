import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'

/** A server that listens. */
export interface Listening {
  readonly port: number
  /** Takes no more requests; returns when those under way are answered, or after a moment. */
  close(): Promise<void>
}

export type Fetch = (request: Request, env: unknown) => Response | Promise<Response>

/** Milliseconds that whoever asks may take. */
export interface Patience {
  /** For the headers, and for the whole request. */
  readonly headers: number
  readonly request: number
}

const PATIENCE: Patience = { headers: 10_000, request: 20_000 }
/** Milliseconds without a byte in either direction. */
const IDLE_MAX = 60_000
const CLOSING_MAX = 3000
const CONNECTIONS_MAX = 2000

/** Listens on an address of this machine's own. `fetchAt` gets the port, which `port` 0 leaves to the system. */
export async function listen(
  host: '127.0.0.1' | '::1',
  port: number,
  fetchAt: (port: number) => Fetch,
  patience: Patience = PATIENCE,
): Promise<Listening> {
  let answer: Fetch = () => new Response(null, { status: 503 })
  const server = createAdaptorServer({
    fetch: (request, env) => answer(request, env),
    serverOptions: {
      headersTimeout: patience.headers,
      requestTimeout: patience.request,
      // By default it is looked every 30 seconds only.
      connectionsCheckingInterval: patience.headers / 4,
    },
  }) as Server
  server.timeout = IDLE_MAX
  server.maxConnections = CONNECTIONS_MAX
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const bound = (server.address() as AddressInfo).port
  answer = fetchAt(bound)
  return {
    port: bound,
    close: () =>
      new Promise((resolve) => {
        const last = setTimeout(() => server.closeAllConnections(), CLOSING_MAX)
        // A connection that is kept alive is idle once its answer is sent.
        const idle = setInterval(() => server.closeIdleConnections(), 50)
        server.close(() => {
          clearTimeout(last)
          clearInterval(idle)
          resolve()
        })
      }),
  }
}
