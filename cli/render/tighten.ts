import type { TightenItem, TightenList, Use } from '../../lib/review/tighten.ts'
import { csvOf } from '../../lib/text/csv.ts'
import type { Output, Printable } from '../output.ts'
import { safeJson, visible } from './safe.ts'
import { type Column, tableOf } from './table.ts'

export type TrustForm = 'json' | 'aws-cli' | 'terraform' | 'cloudformation'

/** The new trust, who stays, who is dropped, and what it would have refused. */
export function tightenView(form: TrustForm | null) {
  return (answer: TightenList, output: Output): Printable => ({
    answer,
    lines: answer.items,
    csv: () =>
      csvOf(
        answer.items.flatMap(({ role, kept, wouldHaveRefused, refusedToday }) => [
          ...kept.map((use) => ({ role, becomes: 'kept', ...use })),
          ...wouldHaveRefused.map((use) => ({ role, becomes: 'would-have-been-refused', ...use })),
          ...refusedToday.map((use) => ({ role, becomes: 'refused-today', ...use })),
        ]),
        [
          ['role', ({ role }) => role],
          ['becomes', ({ becomes }) => becomes],
          ['who', ({ who }) => who],
          ['count', ({ count }) => count],
          ['firstSeen', ({ firstSeen }) => firstSeen],
          ['lastSeen', ({ lastSeen }) => lastSeen],
        ],
      ),
    table: (wide) =>
      answer.items.flatMap((item) =>
        form === null ? whole(item, wide, output) : only(item, form),
      ),
  })
}

function only({ as }: TightenItem, form: TrustForm): string[] {
  if (as === null) return []
  const texts = {
    json: as.json,
    'aws-cli': as.awsCli,
    terraform: as.terraform,
    cloudformation: as.cloudformation,
  }
  return lines(texts[form])
}

/** Characters that do something to a terminal are spelled out as JSON does. */
function lines(text: string): string[] {
  return safeJson(text.trimEnd()).split('\n')
}

function whole(item: TightenItem, wide: boolean, output: Output): string[] {
  const { paint } = output
  const { role, as, kept, wouldHaveRefused, refusedToday, dropped } = item
  const options = {
    width: wide ? null : output.width,
    wide,
    header: (text: string) => paint('dim', text),
  }
  const section = (title: string, uses: readonly Use[]): string[] =>
    uses.length === 0 ? [] : ['', paint('bold', title), ...tableOf(uses, COLUMNS, options)]
  return [
    paint('bold', visible(role)),
    ...(as === null ? ['(nobody whom today’s trust admits was seen)'] : lines(as.json)),
    ...section('KEEPS IT', kept),
    ...section('WOULD HAVE BEEN REFUSED', wouldHaveRefused),
    ...section('IS REFUSED BY TODAY’S TRUST ALREADY', refusedToday),
    ...(dropped.length === 0
      ? []
      : [
          '',
          paint('bold', 'NO LONGER TRUSTED (not seen)'),
          ...dropped.map((one) => visible(`  ${one}`)),
        ]),
  ]
}

const COLUMNS: readonly Column<Use>[] = [
  { title: 'WHO', value: ({ who }) => who, min: 20 },
  { title: 'COUNT', value: ({ count }) => count.toLocaleString('en-US'), right: true },
  { title: 'FIRST (UTC)', value: ({ firstSeen }) => firstSeen, drop: 1 },
  { title: 'LAST (UTC)', value: ({ lastSeen }) => lastSeen },
]
