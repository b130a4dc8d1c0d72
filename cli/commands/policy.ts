import type { PolicyList } from '../../lib/review/least-privilege.ts'
import { askDeclared, type DeclaredOptions } from '../declaring.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { addCommand, addPartial, addWindow, outputOption, type Register } from '../register.ts'
import { policyView } from '../render/policy.ts'
import { visible } from '../render/safe.ts'

interface PolicyOptions extends DeclaredOptions {
  readonly cluster?: string
}

/** `podtrail policy NS/SA` */
export function policy(register: Register): void {
  const title = 'the least-privilege policy of each role in a workload’s chain, from what it did'
  const command = addCommand(register, 'policy <workload>', title, [
    'podtrail policy payments/checkout --since 90d',
    'podtrail policy prod-eks/payments/checkout -o json',
  ])
  addPartial(addWindow(command))
    .addOption(outputOption())
    .option('--cluster <cluster>', 'only in this cluster: its name, issuer or ARN')
    .action(async (workload: string) =>
      register.finish(await ask(workload, command.optsWithGlobals())),
    )
}

async function ask(workload: string, options: PolicyOptions): Promise<ExitCode> {
  const { answerPolicy } = await import('../../lib/review/least-privilege.ts')
  const { cluster } = options
  return askDeclared<PolicyList>(options, {
    ask: (store, asked, known) =>
      answerPolicy(
        store,
        { ...asked, workload, ...(cluster === undefined ? {} : { cluster }) },
        known,
      ),
    view: policyView,
    restsOnCoverage: true,
    done: ({ items, cannotShow }, output) => {
      if (items.length === 0) output.note('It used no role in what was seen of this window.')
      for (const { role, withoutResource } of items)
        if (withoutResource.length > 0)
          output.note(
            visible(`${role}: no record names the resource of ${withoutResource.join(', ')}`),
          )
      output.note('What CloudTrail cannot show, and the policy may lack:')
      for (const line of cannotShow) output.note(`  ${line}`)
      return EXIT.ok
    },
  })
}
