import type { Delivery } from '../../lib/alert/deliver.ts'
import type { AlertMessage, AlertSink, OutboxEntry } from '../../lib/ports.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { type Output, processOutput } from '../output.ts'
import { addCommand, addPartial, type Globals, type Register } from '../register.ts'
import { visible } from '../render/safe.ts'
import { counted } from '../render/words.ts'
import { self } from '../self.ts'
import { readConfig } from '../settings.ts'
import { openExisting } from '../store.ts'

interface DispatchOptions extends Globals {
  readonly retryDead?: boolean
  readonly allowPartial?: boolean
}

const DEAD_MAX = 20

/** `podtrail dispatch` */
export function dispatch(register: Register): void {
  const title = 'send what people have not been told yet, to where podtrail.yaml says'
  const command = addCommand(register, 'dispatch', title, [
    'podtrail dispatch',
    'podtrail dispatch --retry-dead     also what was given up',
  ])
  addPartial(command)
    .option('--retry-dead', 'try again what is not tried any more')
    .action(async () => register.finish(await run(command.optsWithGlobals())))
}

async function run(options: DispatchOptions): Promise<ExitCode> {
  const output = processOutput(options.quiet === true)
  const settings = (await readConfig(options.config))?.alerts
  if (settings === undefined || settings.routes.length === 0)
    throw new CliError(EXIT.wrongUse, 'the settings name nobody to tell', [
      'Add "alerts" with "routes" to podtrail.yaml; for a trial: to: stdout, formats: [text].',
    ])
  const { deliver, revive } = await import('../../lib/alert/deliver.ts')
  const { RULES } = await import('../../lib/api/rules.ts')
  const now = Math.floor(Date.now() / 1000)
  const store = await openExisting(options.store)
  try {
    if (options.retryDead === true) await revive(store, now)
    const rules = new Map(RULES.map((rule) => [rule.id, rule]))
    const delivery = await deliver(store, await sinkFor(output), settings, rules, now)
    const dead = await store.dead(DEAD_MAX + 1)
    report(delivery, dead, output)
    const isAllTold = delivery.retried === 0 && dead.length === 0
    return isAllTold || options.allowPartial === true ? EXIT.ok : EXIT.incomplete
  } finally {
    store.close()
  }
}

/** Topics by the SDK, which is only loaded for one; everything else line by line. */
async function sinkFor(output: Output): Promise<AlertSink> {
  const { LineSink } = await import('../../lib/local/line-sink.ts')
  const lines = new LineSink((text) => output.answer(text))
  let topics: AlertSink | null = null
  return {
    async send(to: string, messages: readonly AlertMessage[]) {
      if (!to.startsWith('arn:')) return lines.send(to, messages)
      topics ??= new (await import('../../lib/aws/sns.ts')).SnsSink()
      return topics.send(to, messages)
    },
  }
}

function report(delivery: Delivery, dead: readonly OutboxEntry[], output: Output): void {
  const { messages, summaries, delivered, unrouted, retried, errors } = delivery
  const sent = counted(messages, 'message')
  output.note(
    `${sent} sent (${counted(summaries, 'summary', 'summaries')}) for ${counted(delivered, 'finding')}; ${unrouted} for nobody.`,
  )
  if (retried > 0)
    output.complain(`${counted(retried, 'finding')} did not arrive and will be tried again.`)
  for (const [target, error] of errors) output.complain(visible(`  ${target}: ${error}`))
  if (dead.length === 0) return
  const many = dead.length > DEAD_MAX ? `More than ${DEAD_MAX}` : String(dead.length)
  output.complain(`${many} did not arrive anywhere in a day and are not tried any more:`)
  for (const { finding, severity, rule, error } of dead.slice(0, DEAD_MAX))
    output.complain(visible(`  ${finding}  ${severity}  ${rule}  ${error ?? ''}`))
  output.complain(`Try them again: ${self()} dispatch --retry-dead`)
}
