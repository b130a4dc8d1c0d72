import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request that went by. */
export interface Seen {
  /** `PutItem`, …; of S3, the method. */
  readonly operation: string
  readonly body: string
  readonly path: string
}

/** Stands between a function and an engine, and notes what is asked. `refuse` may answer in the engine's place. */
export class Recorder {
  readonly seen: Seen[] = []
  refuse: (seen: Seen) => { status: number; body: string } | null = () => null
  readonly #server: Server
  readonly #engine: string

  private constructor(engine: string) {
    this.#engine = engine
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', async () => {
        const body = Buffer.concat(chunks)
        const target = String(request.headers['x-amz-target'] ?? '')
        const seen = {
          operation: target === '' ? request.method! : target.slice(target.indexOf('.') + 1),
          body: body.toString('utf8'),
          path: request.url!,
        }
        this.seen.push(seen)
        const refused = this.refuse(seen)
        if (refused !== null) {
          response.writeHead(refused.status, { 'content-type': 'application/x-amz-json-1.0' })
          response.end(refused.body)
          return
        }
        const headers = Object.entries(request.headers).filter(
          ([name]) => !['host', 'connection', 'content-length', 'expect'].includes(name),
        ) as [string, string][]
        const hasBody = request.method !== 'GET' && request.method !== 'HEAD'
        const answer = await fetch(`${this.#engine}${request.url}`, {
          method: request.method!,
          headers,
          ...(hasBody ? { body } : {}),
        })
        const answered = Buffer.from(await answer.arrayBuffer())
        const passed = [...answer.headers].filter(
          ([name]) =>
            ![
              'connection',
              'transfer-encoding',
              'content-encoding',
              'content-length',
              'keep-alive',
            ].includes(name),
        )
        response.writeHead(answer.status, Object.fromEntries(passed))
        response.end(answered)
      })
    })
  }

  static async start(engine: string): Promise<Recorder> {
    const recorder = new Recorder(engine)
    await new Promise<void>((resolve) => recorder.#server.listen(0, '127.0.0.1', resolve))
    return recorder
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
