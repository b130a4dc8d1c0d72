import type { WhyList } from '../../lib/drift/answer-why.ts'
import { askDeclared, type DeclaredOptions } from '../declaring.ts'
import { EXIT, type ExitCode, worst } from '../exit.ts'
import { addCommand, addPartial, addWindow, outputOption, type Register } from '../register.ts'
import { whyView } from '../render/why.ts'

interface WhyOptions extends DeclaredOptions {
  readonly cluster?: string
}

/** `podtrail why NS/SA ROLE` */
export function why(register: Register): void {
  const title = 'why a ServiceAccount gets a role, or is refused: everything that has to be so'
  const command = addCommand(register, 'why <workload> <role>', title, [
    'podtrail why payments/checkout ledger-writer',
    'podtrail why testing/test-sa arn:aws:iam::111122223333:role/pod-s3-access',
    'podtrail why prod-eks/payments/checkout ledger-writer -o json',
  ])
  addPartial(addWindow(command))
    .addOption(outputOption())
    .option('--cluster <cluster>', 'only in this cluster: its name, issuer or ARN')
    .action(async (workload: string, role: string) =>
      register.finish(await ask(workload, role, command.optsWithGlobals())),
    )
}

async function ask(workload: string, role: string, options: WhyOptions): Promise<ExitCode> {
  const { answerWhy } = await import('../../lib/drift/answer-why.ts')
  const { cluster } = options
  return askDeclared<WhyList>(options, {
    ask: (store, asked, known, config) =>
      answerWhy(
        store,
        { ...asked, workload, role, ...(cluster === undefined ? {} : { cluster }) },
        known,
        config,
      ),
    view: whyView,
    restsOnCoverage: false,
    done: ({ items }) => {
      const exits = { allowed: EXIT.ok, refused: EXIT.no, undecidable: EXIT.incomplete }
      return worst(items.map(({ verdict }) => exits[verdict]))
    },
  })
}
