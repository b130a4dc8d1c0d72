import { randomBytes, randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Config } from '../../lib/config.ts'
import type { AnswerThread } from '../../lib/local/answer-thread.ts'
import type { Versioned } from '../../lib/ports.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { processOutput, quoted } from '../output.ts'
import { addCommand, type Globals, PORT, portNumber, type Register } from '../register.ts'
import { self } from '../self.ts'
import { readConfig } from '../settings.ts'
import { openExisting, storePath } from '../store.ts'

interface ServeOptions extends Globals {
  readonly port: number
  readonly host: string
  readonly log?: boolean
}

const DASHBOARD = fileURLToPath(new URL('../../.build/dashboard/', import.meta.url))

/** Addresses that only this machine can reach. */
const LOOPBACK = new Map([
  ['127.0.0.1', '127.0.0.1'],
  ['localhost', '127.0.0.1'],
  ['::1', '::1'],
] as const)

/** `podtrail serve` */
export function serve(register: Register): void {
  const title = 'the dashboard and the HTTP API, on this machine, until it is stopped'
  const command = addCommand(register, 'serve', title, [
    'podtrail serve',
    'podtrail serve --port 9000 --store sqlite:.podtrail/demo.db --config .podtrail/demo.yaml',
    'PODTRAIL_TOKEN=$(openssl rand -hex 32) podtrail serve --log',
  ])
  command
    .option('--port <n>', 'port to listen on; 0: any that is free', portNumber, PORT)
    .option('--host <address>', 'loopback address to listen on: 127.0.0.1 or ::1', '127.0.0.1')
    .option('--log', 'a line of JSON to stderr for each request')
    .addHelpText('after', ENVIRONMENT)
    .action(async () => register.finish(await run(command.optsWithGlobals())))
}

const ENVIRONMENT = `
The address that is printed holds a token, new with each start. PODTRAIL_TOKEN names one of your own (32 characters or more).
Other machines are not served: on AWS, the function "api" does that, with IAM or JWT.
`

async function run(options: ServeOptions): Promise<ExitCode> {
  const output = processOutput(options.quiet === true)
  const host = LOOPBACK.get(options.host as '127.0.0.1')
  if (host === undefined)
    throw new CliError(EXIT.wrongUse, `${quoted(options.host)} is no loopback address`, [
      'Whoever can reach the server and has the token may do everything, so only this machine can: --host 127.0.0.1 or --host ::1.',
    ])
  const token = process.env['PODTRAIL_TOKEN'] || randomBytes(32).toString('base64url')
  const { localAuth, TOKEN_MIN } = await import('../../lib/api/auth/local.ts')
  if (!/^[A-Za-z0-9\-._~+/]+=*$/.test(token) || token.length < TOKEN_MIN)
    throw new CliError(EXIT.wrongUse, 'PODTRAIL_TOKEN does not fit', [
      `Give ${TOKEN_MIN} characters or more of A-Z a-z 0-9 - . _ ~ + /, such as of: openssl rand -hex 32`,
    ])
  const config = await readConfig(options.config)
  const { createApp } = await import('../../lib/api/app.ts')
  const { listen } = await import('../../lib/local/http.ts')
  const { readAssets } = await import('../../lib/local/asset-files.ts')
  const store = await openExisting(options.store)
  const log = (line: object & { readonly level: string }): void => {
    if (options.log === true || line.level === 'error')
      process.stderr.write(`${JSON.stringify(line)}\n`)
  }
  const thread = await answerThread(storePath(options.store), config, log)
  try {
    const assets = readAssets(DASHBOARD.replace(/[/\\]$/, ''))
    const server = await listen(host, options.port, (port) => {
      const app = createApp({
        store,
        ...versioned(store),
        ...(thread === null ? {} : { elsewhere: (path, question) => thread.ask(path, question) }),
        config,
        auth: [localAuth({ token, port, user: userName() })],
        assets,
        now: () => performance.timeOrigin + performance.now(),
        requestId: randomUUID,
        log,
      })
      return (request, env) => app.fetch(request, env as object)
    }).catch((error: unknown) => {
      throw cannotListen(error, options.port)
    })
    const name = host === '::1' ? '[::1]' : host
    output.answer(`http://${name}:${server.port}/#token=${token}\n`)
    output.note('Open it in a browser. Ctrl-C stops it.')
    if (assets.size === 0) output.note('The dashboard is not built; the API is there all the same.')
    const signal = await stopped()
    output.note(`${signal}: stopping.`)
    await server.close()
    return EXIT.ok
  } finally {
    await thread?.close()
    store.close()
  }
}

/** Of a file, what is about everything is answered in a thread of its own; a table does not keep this one busy. */
async function answerThread(
  path: string | null,
  config: Config | null,
  log: (line: { readonly level: 'error'; readonly error: string }) => void,
): Promise<AnswerThread | null> {
  if (path === null) return null
  const { AnswerThread } = await import('../../lib/local/answer-thread.ts')
  const died = (error: Error): void => log({ level: 'error', error: error.stack ?? error.message })
  return new AnswerThread({ path, config, died })
}

/** The embedded store can tell whether anything changed; of a table, each answer is read anew. */
function versioned(store: object): { version?: () => Promise<string> } {
  return 'version' in store ? { version: () => (store as Versioned).version() } : {}
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // No entry in the list of users, as in some containers.
    return 'local'
  }
}

function cannotListen(error: unknown, port: number): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE')
    return new CliError(EXIT.conflict, `port ${port} is in use`, [
      `Is podtrail running already? Else take another: ${self()} serve --port ${port + 1}`,
    ])
  if (code === 'EACCES')
    return new CliError(EXIT.denied, `may not listen on port ${port}`, [
      'Take one from 1024 on: --port 8787',
    ])
  if (code === 'EADDRNOTAVAIL')
    return new CliError(EXIT.failed, 'this machine does not have that address', [
      'Leave --host out.',
    ])
  return error
}

/** Waits for the signal that ends the server; a second one ends it at once. */
function stopped(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.removeAllListeners('SIGINT')
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(EXIT.interrupted))
        resolve(signal)
      })
    }
  })
}
