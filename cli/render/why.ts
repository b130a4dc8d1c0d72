import type { WhyItem, WhyList, WhyStep } from '../../lib/drift/answer-why.ts'
import { csvOf } from '../../lib/text/csv.ts'
import type { Output, Printable, Style } from '../output.ts'
import { visible } from './safe.ts'
import { roleAt, wrapped } from './words.ts'

const SIGNS = { yes: '✔', no: '✗', unknown: '?' } as const
const STYLES: Record<WhyStep['answer'], Style> = { yes: 'green', no: 'red', unknown: 'yellow' }
const VERDICTS = {
  allowed: 'would get it',
  refused: 'is refused',
  undecidable: 'cannot be decided from here',
} as const

/** Everything that has to be so, one line each, and the clauses of the trust that decide. */
export function whyView(answer: WhyList, output: Output): Printable {
  return {
    answer,
    lines: answer.items,
    csv: () =>
      csvOf(
        answer.items.flatMap((item) => item.steps.map((step) => ({ item, step }))),
        [
          ['cluster', ({ item }) => item.cluster],
          ['namespace', ({ item }) => item.namespace],
          ['serviceAccount', ({ item }) => item.serviceAccount],
          ['role', ({ item }) => item.role],
          ['verdict', ({ item }) => item.verdict],
          ['step', ({ step }) => step.step],
          ['answer', ({ step }) => step.answer],
          ['text', ({ step }) => step.text],
        ],
      ),
    table: (wide) => answer.items.flatMap((item) => linesOf(item, wide, output)),
  }
}

function linesOf(item: WhyItem, wide: boolean, { paint, width }: Output): string[] {
  const { cluster, namespace, serviceAccount, role, verdict, steps } = item
  const head = `${namespace}/${serviceAccount} (${cluster}) → ${roleAt(role)}: ${VERDICTS[verdict]}`
  return [
    paint('bold', visible(head)),
    ...steps.flatMap(({ step, answer, text, clauses }) => {
      const decisive = clauses.filter(
        ({ result }) => wide || (answer !== 'yes' && result !== 'true'),
      )
      return [
        ...wrapped(visible(`${SIGNS[answer]} ${step}: ${text}`), wide ? null : width, '    ').map(
          (line) => paint(STYLES[answer], line),
        ),
        ...decisive.flatMap(({ statement, sid, effect, result, text: clause }) =>
          wrapped(
            visible(`    ${effect} ${sid ?? statement + 1}, ${result}: ${clause}`),
            wide ? null : width,
            '      ',
          ),
        ),
      ]
    }),
  ]
}
