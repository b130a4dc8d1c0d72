import { Option } from 'commander'
import type { TightenList } from '../../lib/review/tighten.ts'
import { askDeclared, type DeclaredOptions } from '../declaring.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { addCommand, addPartial, addWindow, outputOption, type Register } from '../register.ts'
import { visible } from '../render/safe.ts'
import { type TrustForm, tightenView } from '../render/tighten.ts'
import { counted } from '../render/words.ts'

interface TightenOptions extends DeclaredOptions {
  readonly as?: TrustForm
}

/** `podtrail tighten ROLE` */
export function tighten(register: Register): void {
  const title = 'the trust policy that admits exactly who was seen, and what it would have refused'
  const command = addCommand(register, 'tighten <role>', title, [
    'podtrail tighten ledger-writer --since 30d',
    'podtrail tighten ledger-writer --as terraform > trust.tf',
    'podtrail tighten ledger-writer -o json',
  ])
  addPartial(addWindow(command))
    .addOption(outputOption())
    .addOption(
      new Option('--as <form>', 'only the new trust, in this form').choices([
        'json',
        'aws-cli',
        'terraform',
        'cloudformation',
      ]),
    )
    .action(async (role: string) => register.finish(await ask(role, command.optsWithGlobals())))
}

async function ask(role: string, options: TightenOptions): Promise<ExitCode> {
  const { answerTighten } = await import('../../lib/review/tighten.ts')
  return askDeclared<TightenList>(options, {
    ask: (store, asked, known, config) => answerTighten(store, { ...asked, role }, known, config),
    view: tightenView(options.as ?? null),
    restsOnCoverage: true,
    done: ({ items }, output) => {
      for (const { wouldHaveRefused, notes, role: arn } of items) {
        for (const note of notes) output.note(visible(note))
        if (wouldHaveRefused.length > 0)
          output.complain(
            `It would have refused ${counted(wouldHaveRefused.length, 'use')} of ${visible(arn)} that ${wouldHaveRefused.length === 1 ? 'lies' : 'lie'} outside the window: look before you apply it.`,
          )
      }
      output.note('Absence of use is not proof of no use.')
      return items.some(({ trust }) => trust === null) ? EXIT.no : EXIT.ok
    },
  })
}
