import type { EdgeList } from '../../lib/graph/edge-list.ts'
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
import { visible } from '../render/safe.ts'
import { roleAt } from '../render/words.ts'
import { failedOf, severalOf, totalOf } from './who.ts'

interface WhatOptions extends AnswerOptions {
  readonly cluster?: string
  readonly failed?: boolean
  readonly activity: boolean
}

/** `podtrail what NS/SA` */
export function what(register: Register): void {
  const title = 'which roles this workload used, and what it did with them'
  const command = addCommand(register, 'what <workload>', title, [
    'podtrail what payments/checkout',
    'podtrail what payments/checkout --cluster prod-eks --since 7d',
    'podtrail what prod-eks/payments/checkout -o yaml',
  ])
  addPartial(addPaging(addWindow(command)))
    .addOption(outputOption())
    .option('--cluster <cluster>', 'only in this cluster: its name, issuer or ARN')
    .option('--failed', 'also what failed for other reasons than a refusal')
    .option('--no-activity', 'only the roles, not what was done with them')
    .action(async (workload: string) =>
      register.finish(await ask(workload, command.optsWithGlobals())),
    )
}

async function ask(principal: string, options: WhatOptions): Promise<ExitCode> {
  const { answerWhat } = await import('../../lib/graph/answer-what.ts')
  const { edgeListView } = await import('../render/edge-list.ts')
  const { cluster, failed = false, activity } = options
  return answer<EdgeList>(options, {
    ask: (store, asked, known) =>
      answerWhat(
        store,
        { ...asked, principal, failed, activity, ...(cluster === undefined ? {} : { cluster }) },
        known,
      ),
    view: edgeListView,
    total: totalOf,
    nothing: 'It did nothing, nor was it refused anything, in what was seen of this window.',
    remarks: ({ subject, total }) => [
      ...severalOf('principals', subject.principals ?? []),
      ...failedOf(total.failed, failed),
    ],
    hints: ({ items }) =>
      items.slice(-1).map(({ role }) => `who ${visible(roleAt(role).split('@')[0]!)}`),
  })
}
