import type { Chain } from '../../lib/graph/answer-trace.ts'
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

/** `podtrail trace X` */
export function trace(register: Register): void {
  const title = 'who is behind an access key, session, event, address or endpoint'
  const command = addCommand(register, 'trace <what>', title, [
    'podtrail trace ASIAEXAMPLEKEY',
    'podtrail trace AROAEXAMPLEID:session-name',
    'podtrail trace arn:aws:sts::222233334444:assumed-role/ledger-writer/test',
    'podtrail trace 192.0.2.77 --since 7d',
  ])
  addPartial(addPaging(addWindow(command)))
    .addOption(outputOption())
    .action(async (text: string) => register.finish(await ask(text, command.optsWithGlobals())))
}

async function ask(text: string, options: AnswerOptions): Promise<ExitCode> {
  const { answerTrace } = await import('../../lib/graph/answer-trace.ts')
  const { chainView } = await import('../render/chain.ts')
  return answer<Chain>(options, {
    ask: (store, asked, known) => answerTrace(store, { ...asked, text }, known),
    view: chainView,
    total: ({ total }) => total.items,
    nothing: 'It is known, but no credentials were issued under it in this window.',
    remarks: ({ subject, truncated }) => [
      ...(subject.isCaller
        ? ['No record says who issued it. These sessions were issued to whoever held it.']
        : []),
      ...(truncated ? ['There are more sessions under it than were looked at.'] : []),
    ],
    hints: ({ items }) => {
      const [first] = items
      const last = first?.steps.at(-1)
      const { kind, namespace, serviceAccount } = first?.principal ?? {}
      if (last === undefined || kind !== 'workload') return []
      const until = last.expiresAt === null ? '' : ` --to ${last.expiresAt}`
      return [`what ${visible(`${namespace}/${serviceAccount}`)} --from ${last.issuedAt}${until}`]
    },
  })
}
