import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request of the SDK, as far as tests tell them apart. */
export interface Call {
  /** `iam`, `sts` or `eks`. */
  readonly service: string
  readonly region: string
  /** `GetCallerIdentity`, `ListClusters`, … */
  readonly action: string
  /** Account that the caller's keys belong to. */
  readonly account: string
  /** Parameters of the form, or what the path and the query name. */
  readonly given: ReadonlyMap<string, string>
  /** Counted from 1. */
  readonly number: number
}

export interface Reply {
  readonly status: number
  readonly body: string
  readonly type: string
  readonly error?: string
}

/** Null: the engine behind answers. */
export type Answering = (call: Call) => Reply | null | Promise<Reply | null>

const REST: readonly [pattern: RegExp, action: string][] = [
  [/^\/clusters$/, 'ListClusters'],
  [/^\/clusters\/([^/]+)$/, 'DescribeCluster'],
  [/^\/clusters\/([^/]+)\/pod-identity-associations$/, 'ListPodIdentityAssociations'],
  [/^\/clusters\/([^/]+)\/pod-identity-associations\/([^/]+)$/, 'DescribePodIdentityAssociation'],
  [/^\/clusters\/([^/]+)\/fargate-profiles$/, 'ListFargateProfiles'],
  [/^\/clusters\/([^/]+)\/fargate-profiles\/([^/]+)$/, 'DescribeFargateProfile'],
  [/^\/clusters\/([^/]+)\/node-groups$/, 'ListNodegroups'],
  [/^\/clusters\/([^/]+)\/node-groups\/([^/]+)$/, 'DescribeNodegroup'],
]

/** Stands before a moto server, or before nothing: sees every request, and answers in its place what a test wants answered. */
export class Front {
  readonly calls: Call[] = []
  answering: Answering = () => null
  /** Rewrites what the engine answered. */
  rewriting: (call: Call, body: string) => string = (_, body) => body
  readonly #accounts = new Map<string, string>()
  readonly #behind: string | null
  readonly #own: string
  readonly #server: Server

  constructor(behind: string | null, own: string) {
    this.#behind = behind
    this.#own = own
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: Error) => {
        response.writeHead(599).end(error.stack)
      })
    })
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** Whose keys an assumed role has, where the test answers itself. */
  keysOf(account: string): string {
    const key = `ASIASYNTHETIC${account.slice(0, 7)}`
    this.#accounts.set(key, account)
    return key
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const call = this.#callOf(request, body.toString())
    this.calls.push(call)
    const own = await this.answering(call)
    if (own !== null) {
      const error = own.error === undefined ? {} : { 'x-amzn-errortype': own.error }
      response.writeHead(own.status, { 'content-type': own.type, ...error }).end(own.body)
      return
    }
    if (this.#behind === null) throw new Error(`nothing answers ${call.action}`)
    const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers
    const answer = await fetch(`${this.#behind}${request.url}`, {
      method: request.method!,
      headers: headers as Record<string, string>,
      ...(body.length === 0 ? {} : { body }),
    })
    const text = await answer.text()
    this.#learnKeys(call, text)
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type')! })
    response.end(this.rewriting(call, text))
  }

  #callOf({ headers, url = '' }: IncomingMessage, body: string): Call {
    const scope = /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\//.exec(headers.authorization ?? '')
    const [, key = '', region = '', service = ''] = scope ?? []
    const { pathname, searchParams } = new URL(url, 'http://front')
    const given = new Map([...searchParams, ...new URLSearchParams(body)])
    let action = given.get('Action') ?? ''
    for (const [pattern, name] of service === 'eks' ? REST : []) {
      const match = pattern.exec(pathname)
      if (match === null) continue
      action = name
      if (match[1] !== undefined) given.set('cluster', decodeURIComponent(match[1]))
      if (match[2] !== undefined) given.set('name', decodeURIComponent(match[2]))
    }
    const account = this.#accounts.get(key) ?? this.#own
    return { service, region, action, account, given, number: this.calls.length + 1 }
  }

  #learnKeys({ action, given }: Call, answer: string): void {
    const key = /<AccessKeyId>(.*?)<\/AccessKeyId>/.exec(answer)?.[1]
    const account = /:(\d{12}):role\//.exec(given.get('RoleArn') ?? '')?.[1]
    if (action === 'AssumeRole' && key !== undefined && account !== undefined)
      this.#accounts.set(key, account)
  }
}

/** The error of a service, in the words of its protocol. */
function failing({ service }: Call, code: string, status: number, message = code): Reply {
  if (service === 'eks')
    return { status, type: 'application/json', error: code, body: JSON.stringify({ message }) }
  const body = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`
  return { status, type: 'text/xml', body }
}

export function throttled(call: Call): Reply {
  return call.service === 'eks'
    ? failing(call, 'ThrottlingException', 429)
    : failing(call, 'Throttling', 400, 'Rate exceeded')
}

export function denied(call: Call): Reply {
  const message = `not authorized to perform: ${call.service}:${call.action}`
  return call.service === 'eks'
    ? failing(call, 'AccessDeniedException', 403, message)
    : failing(call, 'AccessDenied', 403, message)
}

export function gone(call: Call): Reply {
  return call.service === 'eks'
    ? failing(call, 'ResourceNotFoundException', 404)
    : failing(call, 'NoSuchEntity', 404)
}

export function json(body: unknown): Reply {
  return { status: 200, type: 'application/json', body: JSON.stringify(body) }
}

/** A value as the query protocol of IAM and STS writes it: lists have members. */
export function xml({ action }: Call, value: object): Reply {
  const body = `<${action}Response><${action}Result>${elements(value)}</${action}Result></${action}Response>`
  return { status: 200, type: 'text/xml', body }
}

function elements(value: unknown): string {
  if (Array.isArray(value)) return value.map((one) => `<member>${elements(one)}</member>`).join('')
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([name, one]) => `<${name}>${elements(one)}</${name}>`)
      .join('')
  return String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
