import { type Here, here } from './location.ts'
import type { Scope } from './scope.ts'

type Asked = Pick<Scope, 'window' | 'namespace' | 'cluster'>

/** The command line that answers what this page answers. */
export function commandHere(scope: Asked): string {
  return commandLine(here(), scope)
}

/** Values are quoted for a POSIX shell: names come from outside. */
export function commandLine({ path, params }: Here, { window, namespace, cluster }: Asked): string {
  const times = [
    ...(window.from === null ? [] : ['--from', window.from]),
    ...(window.to === null ? [] : ['--to', window.to]),
  ]
  const where = [
    ...(cluster === null ? [] : ['--cluster', cluster]),
    ...(namespace === null ? [] : ['-n', namespace]),
  ]
  const of = (name: string) => params.get(name) ?? ''
  const parts = path.split('/').map(decodeURIComponent)
  switch (parts[1]) {
    case 'identities':
      return line(
        'what',
        `${parts[3]}/${parts[4]}`,
        '--cluster',
        parts[2] ?? '',
        '--activity',
        ...times,
      )
    case 'principals':
      return line('what', of('id'), '--activity', ...times)
    case 'roles':
      return line('who', of('arn'), ...times)
    case 'sessions':
      return line('trace', of('q'))
    case 'resources':
      return line('touched', of('arn'), ...times)
    case 'search':
      return line('trace', of('q'))
    case 'drift':
      return line('drift', ...times)
    case 'reviews':
      return line('report', of('namespace'), ...times)
    case 'coverage':
      return line('coverage', ...times)
    case 'findings':
      return parts[2] === undefined
        ? line('findings', 'list', ...times)
        : line('findings', 'show', parts[2])
    default:
      return line('graph', ...where, ...times)
  }
}

function line(...words: readonly string[]): string {
  return ['podtrail', ...words.map(quoted)].join(' ')
}

export function quoted(text: string): string {
  return /^[\w./:@=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
