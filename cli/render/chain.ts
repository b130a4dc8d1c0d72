import type { Branch, Chain, ChainItem, Step } from '../../lib/graph/answer-trace.ts'
import { type CsvColumn, csvOf } from '../../lib/text/csv.ts'
import type { Output, Printable } from '../output.ts'
import { middle, visible } from './safe.ts'
import { counted, NARROW, placeOf, roleAt, sureness, timeFor, whoOf } from './words.ts'

interface Line extends Step {
  readonly chain: number
  readonly hop: number
  readonly below: boolean
  readonly principal: string
}

/** Chains as trees: who it was, the sessions one below the other, and what was issued from the one asked for. */
export function chainView(answer: Chain, output: Output): Printable {
  return {
    answer,
    lines: answer.items,
    csv: () => csvOf(stepsOf(answer), CSV),
    table: (wide) =>
      answer.items.flatMap((item, index) => [
        ...(index === 0 ? [] : ['']),
        ...tree(item, wide, wide ? null : output.width, output.paint),
      ]),
  }
}

/** One line a step, for csv. */
function stepsOf({ items }: Chain): Line[] {
  return items.flatMap((item, index) => {
    const principal = item.principal.id
    const lines: Line[] = item.steps.map((step, hop) => ({
      ...step,
      chain: index + 1,
      hop: hop + 1,
      below: false,
      principal,
    }))
    const add = (branches: readonly Branch[], hop: number): void => {
      for (const { children, ...step } of branches) {
        lines.push({ ...step, chain: index + 1, hop, below: true, principal })
        add(children, hop + 1)
      }
    }
    add(item.children, item.steps.length + 1)
    return lines
  })
}

function tree(
  item: ChainItem,
  wide: boolean,
  width: number | null,
  paint: Output['paint'],
): string[] {
  const time = timeFor(width)
  const isNarrow = width !== null && width <= NARROW
  const beginning = (text: string, indent: number): string =>
    width === null || text.length <= width - indent ? text : `${text.slice(0, width - indent - 1)}…`
  const lines: string[] = []
  const put = (indent: string, text: string, style?: Parameters<Output['paint']>[0]): void => {
    const room = width === null ? text : middle(text, Math.max(20, width - indent.length))
    lines.push(indent + (style === undefined ? room : paint(style, room)))
  }
  const { principal, steps, children } = item
  put('', visible(`${whoOf(principal)}  (${principal.kind}, ${placeOf(principal)})`), 'bold')
  if (item.start === 'unknown') put('', 'who started this session is not in the logs', 'yellow')
  if (item.start === 'several')
    put('', 'several sessions may have made the first call; all that is common is shown', 'yellow')
  const step = (one: Step, depth: number, asked: boolean): void => {
    const indent = '  '.repeat(depth)
    const mark = asked ? '  ◀ this one' : ''
    const until = isNarrow && one.expiresAt?.slice(0, 10) === one.issuedAt.slice(0, 10)
    const end = until ? time(one.expiresAt).slice(-8) : time(one.expiresAt)
    const line = `${roleAt(one.role)}  ${time(one.issuedAt)} → ${end}  ${sureness(one.proof)}`
    put(`${indent}└ `, visible(line) + mark, asked ? 'cyan' : undefined)
    const more = `${indent}    `
    put(more, visible(`${one.accessKeyId ?? 'key not recorded'}  session ${one.session}`))
    const known =
      one.sourceKnown === null ? '' : one.sourceKnown ? ' (known)' : ' (NOT a known address)'
    const endpoint = one.vpcEndpoint === null ? '' : ` by ${one.vpcEndpoint}`
    const source = visible(`from ${one.sourceIp ?? '–'}${endpoint}${known}`)
    put(more, source, one.sourceKnown === false ? 'red' : undefined)
    if (one.userAgent !== '') put(more, beginning(visible(one.userAgent), more.length), 'dim')
    if (wide) {
      put(more, visible(`${one.role}  ${one.action}  proof ${one.proof}`))
      for (const { account, eventId } of one.events)
        put(more, visible(`event ${eventId} in ${account}`))
    }
  }
  steps.forEach((one, index) => {
    step(one, index, index === steps.length - 1)
  })
  const below = (branches: readonly Branch[], depth: number): void => {
    for (const branch of branches) {
      step(branch, depth, false)
      below(branch.children, depth + 1)
    }
  }
  if (children.length > 0) {
    put('  '.repeat(steps.length), `issued from it: ${counted(children.length, 'session')}`, 'dim')
    below(children, steps.length)
  }
  if (item.truncated) put('', 'there is more than is shown', 'yellow')
  return lines
}

const CSV: readonly CsvColumn<Line>[] = [
  ['chain', ({ chain }) => chain],
  ['hop', ({ hop }) => hop],
  ['issuedFromIt', ({ below }) => (below ? 'yes' : 'no')],
  ['principal', ({ principal }) => principal],
  ['role', ({ role }) => role],
  ['session', ({ session }) => session],
  ['accessKeyId', ({ accessKeyId }) => accessKeyId],
  ['eventId', ({ eventId }) => eventId],
  ['action', ({ action }) => action],
  ['issuedAt', ({ issuedAt }) => issuedAt],
  ['expiresAt', ({ expiresAt }) => expiresAt],
  ['sourceIp', ({ sourceIp }) => sourceIp],
  ['vpcEndpoint', ({ vpcEndpoint }) => vpcEndpoint],
  ['userAgent', ({ userAgent }) => userAgent],
  ['proof', ({ proof }) => proof],
]
