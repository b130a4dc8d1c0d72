import { parseArn, roleName } from '../../lib/identity/arn.ts'
import { roleAt } from '../../lib/identity/called.ts'
import type { Proof } from '../../lib/model.ts'
import { cellsOf } from './safe.ts'

export { placeOf, roleAt, whoOf } from '../../lib/identity/called.ts'

/** The name alone, where no other of the roles has it too. */
export function shortRoles(arns: Iterable<string | null>): (arn: string) => string {
  const byName = Map.groupBy(new Set(arns), (arn) => roleName(arn ?? ''))
  return (arn) => (byName.get(roleName(arn))?.length === 1 ? roleName(arn) : roleAt(arn))
}

/** What is left of an ARN without service, region and account. */
export function resourceName(arn: string): string {
  return parseArn(arn)?.resource ?? arn
}

/** Lines of at most `width` columns, broken at blanks; the second and later ones are indented. */
export function wrapped(text: string, width: number | null, indent = ''): string[] {
  if (width === null) return [text]
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const next = line === '' ? word : `${line} ${word}`
    if (cellsOf(next) > width && line.trim() !== '') {
      lines.push(line)
      line = indent + word
    } else line = next
  }
  return [...lines, line]
}

/** The roles between a principal and the role in question. */
export function viaOf(via: readonly string[]): string {
  return via.length === 0 ? '–' : via.map(roleName).join(' → ')
}

/** How sure a link is. */
export function sureness(proof: Proof): 'exact' | 'likely' | 'name only' {
  switch (proof) {
    case 'accessKeyId':
    case 'assumedRoleId':
    case 'sharedEventId':
      return 'exact'
    case 'transitiveTags':
    case 'externalId':
      return 'likely'
    case 'sessionName':
      return 'name only'
  }
}

/** Up to this many columns, times are shown without their year. */
export const NARROW = 110

/** `2026-11-23T02:14:07Z`, or shorter for narrow terminals: the headings say that it is UTC. */
export function timeFor(width: number | null): (time: string | null) => string {
  return (time) => {
    if (time === null) return '–'
    return width === null || width > NARROW ? time : time.slice(5, 19).replace('T', ' ')
  }
}

/** `1,204 times`, `1 time`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`
}
