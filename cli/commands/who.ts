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

interface WhoOptions extends AnswerOptions {
  readonly failed?: boolean
}

/** `podtrail who ROLE` */
export function who(register: Register): void {
  const title = 'who assumed this role, directly or through a chain'
  const command = addCommand(register, 'who <role>', title, [
    'podtrail who ledger-writer',
    'podtrail who arn:aws:iam::222233334444:role/ledger/ledger-writer --since 24h',
    'podtrail who ledger-writer --from 2026-11-23T02:00Z --to 2026-11-23T03:00Z -o json',
  ])
  addPartial(addPaging(addWindow(command)))
    .addOption(outputOption())
    .option('--failed', 'also attempts that failed for other reasons than a refusal')
    .action(async (role: string) => register.finish(await ask(role, command.optsWithGlobals())))
}

async function ask(role: string, options: WhoOptions): Promise<ExitCode> {
  const { answerWho } = await import('../../lib/graph/answer-who.ts')
  const { edgeListView } = await import('../render/edge-list.ts')
  return answer<EdgeList>(options, {
    ask: (store, asked, known) =>
      answerWho(store, { ...asked, role, failed: options.failed === true }, known),
    view: edgeListView,
    total: totalOf,
    nothing: 'Nobody assumed it, nor was refused it, in what was seen of this window.',
    remarks: ({ subject, total }) => [
      ...severalOf('roles', subject.roles ?? []),
      ...failedOf(total.failed, options.failed),
    ],
    hints: ({ items }) =>
      items
        .slice(0, 1)
        .flatMap(({ principal: { kind, namespace, serviceAccount } }) =>
          kind === 'workload' ? [`what ${visible(`${namespace}/${serviceAccount}`)}`] : [],
        ),
  })
}

/** Rows of an answer about edges, on all its pages. */
export function totalOf({ total, failed }: EdgeList): number {
  const { items, refused, activity = 0 } = total
  return items + refused + activity + (failed === undefined ? 0 : total.failed)
}

/** Says that a name was ambiguous, and lists what it was taken to mean. */
export function severalOf(what: string, names: readonly string[]): string[] {
  return names.length > 1 ? [`The name means ${names.length} ${what}: ${names.join(', ')}`] : []
}

export function failedOf(count: number, shown: boolean | undefined): string[] {
  return count > 0 && shown !== true
    ? [`${count} more kinds of attempt failed for other reasons; --failed shows them.`]
    : []
}
