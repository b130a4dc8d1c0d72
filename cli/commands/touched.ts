import type { TouchList } from '../../lib/graph/answer-touched.ts'
import { answer } from '../answering.ts'
import type { ExitCode } from '../exit.ts'
import {
  type AnswerOptions,
  addCommand,
  addPaging,
  addPartial,
  addWindow,
  outputOption,
  type Register,
} from '../register.ts'

interface TouchedOptions extends AnswerOptions {
  readonly failed?: boolean
}

/** `podtrail touched ARN` */
export function touched(register: Register): void {
  const title = 'who did touch this bucket, table, queue, secret, … and who was refused'
  const command = addCommand(register, 'touched <resource>', title, [
    'podtrail touched acme-ledger --from 2026-11-23T02:00Z --to 2026-11-23T03:00Z',
    'podtrail touched arn:aws:s3:::acme-ledger --since 24h',
    'podtrail touched arn:aws:dynamodb:us-east-1:111122223333:table/orders -o csv',
  ])
  addPartial(addPaging(addWindow(command)))
    .addOption(outputOption())
    .option('--failed', 'also calls that failed for other reasons than a refusal')
    .action(async (resource: string) =>
      register.finish(await ask(resource, command.optsWithGlobals())),
    )
}

async function ask(resource: string, options: TouchedOptions): Promise<ExitCode> {
  const { answerTouched } = await import('../../lib/graph/answer-touched.ts')
  const { touchListView } = await import('../render/touch-list.ts')
  return answer<TouchList>(options, {
    ask: (store, asked, known) =>
      answerTouched(store, { ...asked, resource, failed: options.failed === true }, known),
    view: touchListView,
    total: ({ total }) => total.items,
    nothing: 'Nobody touched it, nor was refused, in what was seen of this window.',
    remarks: ({ notes }) => notes,
  })
}
