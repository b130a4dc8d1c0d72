import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { buildArtefacts } from '../../../scripts/packaging/artefacts.ts'
import { unzip } from '../../../scripts/packaging/unzip.ts'
import type { Invocation, Outcome } from './worker.ts'

/** Artefacts of all functions as `npm run package` makes them, unpacked in a folder of their own. */
export class Artefacts {
  readonly #folder = mkdtempSync(join(tmpdir(), 'podtrail-lambda-'))

  static async build(settings: string): Promise<Artefacts> {
    const artefacts = new Artefacts()
    for (const { name, path } of await buildArtefacts(artefacts.#folder, settings))
      unzip(readFileSync(path), join(artefacts.#folder, name))
    return artefacts
  }

  /** A process that runs a function, with nothing in its environment but what Lambda and the template would give it. */
  start(name: string, env: Readonly<Record<string, string>>): Promise<LambdaFunction> {
    return LambdaFunction.start(join(this.#folder, name), env)
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

export class LambdaFunction {
  readonly #process: ChildProcess
  #said = ''
  #waiting: ((outcome: Outcome) => void) | null = null

  private constructor(child: ChildProcess) {
    this.#process = child
    for (const stream of [child.stdout!, child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#said += text
      })
    child.on('message', (outcome: Outcome) => this.#settle(outcome))
    child.on('exit', (code) => this.#settle({ error: `ended with ${code}: ${this.#said}` }))
  }

  static async start(
    folder: string,
    env: Readonly<Record<string, string>>,
  ): Promise<LambdaFunction> {
    const child = fork(join(import.meta.dirname, 'worker.ts'), [folder], {
      env: {
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: 'testing',
        AWS_SECRET_ACCESS_KEY: 'testing',
        PODTRAIL_CONFIG: 'podtrail.yaml',
        ...env,
      },
      execArgv: [],
      silent: true,
    })
    const started = new LambdaFunction(child)
    await started.#answer()
    return started
  }

  /** `remainingMs`: of the invocation's time; `perQuestionMs`: what of it passes whenever the function asks. */
  async invoke(
    event: unknown,
    { remainingMs = 300_000, perQuestionMs = 0 }: Partial<Invocation> = {},
  ): Promise<unknown> {
    this.#process.send({ event, remainingMs, perQuestionMs } satisfies Invocation)
    return this.#answer()
  }

  /** Ids of the messages that failed. */
  async batch(
    messages: readonly { readonly id: string; readonly body: string }[],
    time?: Partial<Invocation>,
  ): Promise<string[]> {
    const answer = (await this.invoke(eventOf(messages), time)) as SQSBatchResponse
    return answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)
  }

  /** What it logged so far, a line each. */
  get log(): Record<string, unknown>[] {
    const lines = this.#said.split('\n').filter((line) => line !== '')
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.kill('SIGKILL')
    await ended
  }

  async #answer(): Promise<unknown> {
    const outcome = await new Promise<Outcome>((resolve) => {
      this.#waiting = resolve
    })
    if ('error' in outcome) throw new Error(outcome.error)
    return outcome.result
  }

  #settle(outcome: Outcome): void {
    this.#waiting?.(outcome)
    this.#waiting = null
  }
}

/** As Lambda hands on what it received from a queue. */
function eventOf(messages: readonly { readonly id: string; readonly body: string }[]): SQSEvent {
  return {
    Records: messages.map(({ id, body }) => ({
      messageId: id,
      receiptHandle: 'handle',
      body,
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: '1795500000000',
        SenderId: 'AIDAEXAMPLE',
        ApproximateFirstReceiveTimestamp: '1795500000001',
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:eu-west-1:123456789012:podtrail-ingest',
      awsRegion: 'eu-west-1',
    })),
  }
}
