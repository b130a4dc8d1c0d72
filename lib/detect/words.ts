import { lastPart, roleName } from '../identity/arn.ts'
import type { Client } from '../identity/client.ts'
import type { Principal, PrincipalKind } from '../model.ts'
import type { Use } from './use.ts'

const DAY = 86_400

/** A principal as a title calls it. */
export function who(principal: Principal): string {
  const { kind, id, namespace, serviceAccount, name } = principal
  switch (kind) {
    case 'workload':
      return `${namespace}/${serviceAccount}`
    case 'node':
      return `node ${id}`
    case 'role':
      return `a session of ${roleName(id)} whose start is not known`
    case 'account':
      return `somebody in account ${id}`
    case 'iam-user':
      return `user ${name ?? lastPart(id)}`
    case 'root':
      return `the root user${principal.account === null ? '' : ` of account ${principal.account}`}`
    case 'aws-service':
      return id
    default:
      return name ?? id
  }
}

/** Starts a sentence; a name stays as it is. */
export function Who(principal: Principal): string {
  const text = who(principal)
  return WORDS.includes(principal.kind) ? text[0]!.toUpperCase() + text.slice(1) : text
}

/** Kinds whose name begins with a word of ours. */
const WORDS: readonly PrincipalKind[] = ['node', 'role', 'account', 'iam-user', 'root']

export function listed(names: readonly string[], max = 4): string {
  const shown = names.slice(0, max)
  const rest = names.length - shown.length
  if (rest > 0) return `${shown.join(', ')} and ${rest} more`
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
}

export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`
}

export function forDays(seconds: number): string {
  return counted(Math.max(0, Math.floor(seconds / DAY)), 'day')
}

export function viaWords(via: readonly string[]): string {
  return via.length === 0 ? '' : ` through ${listed(via.map(roleName))}`
}

/** A kind of program in words. */
export const program = (client: Client): string => PROGRAMS[client]

const PROGRAMS: Readonly<Record<Client, string>> = {
  none: 'a program that does not say what it is',
  other: 'a program that is not known',
  service: 'a service',
  console: 'a browser',
  'aws-cli': 'the AWS CLI',
  boto: 'Boto',
  'sdk-go': 'the Go SDK',
  'sdk-java': 'the Java SDK',
  'sdk-js': 'the JavaScript SDK',
  'sdk-dotnet': 'the .NET SDK',
  'sdk-rust': 'the Rust SDK',
  'sdk-cpp': 'the C++ SDK',
  'sdk-php': 'the PHP SDK',
  'sdk-ruby': 'the Ruby SDK',
  powershell: 'PowerShell',
  terraform: 'Terraform',
  pulumi: 'Pulumi',
  'ssm-agent': 'the SSM agent',
  'plain-http': 'an HTTP client',
  'attack-system': 'a system for penetration tests',
}

/** A resource; of a trail also what it was told to record, see lib/record/trail.ts. */
export function resourceWords(resource: string): string {
  const [trail = '', settings] = resource.split('#')
  if (settings === undefined || !resource.includes(':cloudtrail:')) return resource
  const told = settings.replaceAll(',', '; ').replaceAll('=', ': ').replaceAll('-', ' ')
  return `${trail} (${told})`
}

/** One row as a line of evidence. */
export function evidenceText({
  kind,
  role,
  action,
  network,
  client,
  count,
  outcome,
  more,
  via,
  what,
}: Use): string {
  const times = count === 1 ? '' : `, ${count} times`
  const from = network === '' ? '' : ` from ${network}`
  const error = kind === 'try' && more !== '' ? ` (${more})` : ''
  const how = outcome === 'did' ? '' : outcome === 'refused' ? ' refused' : ' failed'
  const target =
    kind === 'call'
      ? `${what === '' ? '' : ` on ${resourceWords(what)}`}${role === '' ? '' : ` as ${roleName(role)}`}`
      : ` of ${role === '' ? 'a role not named' : roleName(role)}${viaWords(via)}`
  return `${action}${how}${error}${target}${from} with ${program(client)}${times}`
}
