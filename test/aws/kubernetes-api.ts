import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface Identity {
  readonly key: string
  readonly certificate: string
}

let made: Identity | undefined

/** A certificate that is its own authority, made for this run. */
function identity(): Identity {
  if (made !== undefined) return made
  const folder = mkdtempSync(join(tmpdir(), 'podtrail-ca-'))
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'ca.pem')]
  execFileSync(
    process.env['OPENSSL'] ?? 'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'].concat(
      ['-keyout', key, '-out', certificate, '-days', '2', '-subj', '/CN=synthetic cluster'],
      ['-addext', 'subjectAltName=IP:127.0.0.1'],
    ),
    { stdio: 'ignore' },
  )
  made = { key: readFileSync(key, 'utf8'), certificate: readFileSync(certificate, 'utf8') }
  rmSync(folder, { recursive: true })
  return made
}

interface Listed {
  readonly kind?: string
  readonly apiVersion?: string
}

/** The API of a cluster, as far as lists of ServiceAccounts and pods go: TLS, tokens, pages, refusals. */
export class KubernetesApi {
  readonly paths: string[] = []
  /** A page has at most so many objects, whatever is asked for. */
  pageSize = 2
  /** Answers in place of the list: a status, and what the `Status` says. */
  refusing: (path: string, number: number) => readonly [status: number, message: string] | null =
    () => null
  #endpoint = ''
  readonly #name: string
  readonly #server: Server
  readonly #lists: ReadonlyMap<string, readonly Listed[]>

  constructor(name: string, serviceAccounts: readonly object[], pods: readonly object[]) {
    this.#name = name
    this.#lists = new Map([
      ['/api/v1/serviceaccounts', serviceAccounts as Listed[]],
      ['/api/v1/pods', pods as Listed[]],
    ])
    const { key, certificate: cert } = identity()
    this.#server = createServer({ key, cert }, (request, response) => {
      const url = request.url ?? ''
      this.paths.push(url)
      const send = (status: number, body: object): void => {
        response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '0.01' })
        response.end(JSON.stringify(body))
      }
      const refuse = (code: number, message: string): void =>
        send(code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code })
      const wrong = this.#wrongToken(request.headers.authorization ?? '')
      if (wrong !== null) return refuse(401, wrong)
      const refusal = this.refusing(url, this.paths.length)
      if (refusal !== null) return refuse(...refusal)
      const { pathname, searchParams } = new URL(url, 'https://cluster')
      const list = this.#lists.get(pathname)
      if (list === undefined) return refuse(404, 'no such list')
      const from = Number(searchParams.get('continue') ?? 0)
      const to = from + Math.min(Number(searchParams.get('limit')), this.pageSize)
      const metadata = to < list.length ? { continue: String(to) } : {}
      // Objects in a list do not say their kind.
      const items = list.slice(from, to).map(({ kind: _, apiVersion: __, ...one }) => one)
      send(200, { kind: 'List', apiVersion: 'v1', metadata, items })
    })
  }

  /** What EKS says of it. */
  get description(): object {
    const { certificate } = identity()
    return {
      endpoint: this.#endpoint,
      certificateAuthority: { data: Buffer.from(certificate).toString('base64') },
    }
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    this.#endpoint = `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
    return this
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** What aws-iam-authenticator looks at before it puts the question to STS. */
  #wrongToken(authorization: string): string | null {
    const token = /^Bearer k8s-aws-v1\.([\w-]+)$/.exec(authorization)?.[1]
    if (token === undefined) return 'no token of AWS'
    const url = new URL(Buffer.from(token, 'base64url').toString())
    const signed = url.searchParams.get('X-Amz-SignedHeaders')?.split(';') ?? []
    const isWhole =
      url.protocol === 'https:' &&
      /^sts\.[a-z0-9-]+\.amazonaws\.com$/.test(url.hostname) &&
      url.pathname === '/' &&
      url.searchParams.get('Action') === 'GetCallerIdentity' &&
      /^[0-9a-f]{64}$/.test(url.searchParams.get('X-Amz-Signature') ?? '') &&
      Number(url.searchParams.get('X-Amz-Expires')) <= 900 &&
      signed.includes('host') &&
      signed.includes('x-k8s-aws-id')
    return isWhole ? null : `the token of ${this.#name} is not whole`
  }
}
