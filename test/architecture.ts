import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What stands in lib/, from the top down: a file imports only from what stands above it, or beside it in its own folder. */
export const ORDER: readonly string[] = [
  'model.ts',
  'text',
  'rule.ts',
  'samples.ts',
  'ports.ts',
  'config.ts',
  'source',
  'record',
  'identity',
  'session',
  'graph',
  'detect',
  'drift',
  'coverage',
  'finding',
  'alert',
  'review',
  'pipeline.ts',
  'api',
]
/** The implementations of the ports: they may import everything in `ORDER`, and not each other. */
const ADAPTERS = ['local', 'aws']
/** Makes up a company for people to try podtrail on. Nothing it makes may be shaped by how podtrail reads it. */
const APART = 'demo'

/** Where a program starts. */
const ENTRIES = /^(?:cli\/main\.js|functions\/[^/]+\.ts)$/
/** What the rest of the world is reached through. Only adapters may. */
const OUTSIDE =
  /^node:(?:fs|fs\/promises|child_process|cluster|dgram|dns|http|http2|https|os|process|sqlite|timers|timers\/promises|tls|worker_threads)$/
/** Clock, chance and environment. */
const IMPURE: readonly [name: string, pattern: RegExp][] = [
  ['Date.now', /\bDate\s*\.\s*now\b/],
  ['new Date()', /\bnew Date\s*\(\s*\)/],
  ['performance', /\bperformance\s*\./],
  ['Math.random', /\bMath\s*\.\s*random\b/],
  ['randomUUID', /\brandomUUID\b/],
  ['randomBytes', /\brandomBytes\b/],
  ['getRandomValues', /\bgetRandomValues\b/],
  ['process', /\bprocess\s*\./],
  ['setTimeout', /\bsetTimeout\b/],
  ['setInterval', /\bsetInterval\b/],
  ['setImmediate', /\bsetImmediate\b/],
]

/** A string, or a template of which all that is filled in are constants. */
const LITERAL =
  /^\s*(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\$]|\\.|\$(?!\{)|\$\{[A-Z][A-Z0-9_]*\})*`)\s*[,)]/

/** Sources by path from the top of the checkout, with slashes. */
export type Tree = ReadonlyMap<string, string>

export function treeOf(root: string, folders: readonly string[]): Tree {
  const tree = new Map<string, string>()
  for (const folder of folders) {
    if (!existsSync(join(root, folder))) continue
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.[jt]s$/.test(entry.name)) continue
      const path = join(entry.parentPath, entry.name)
      tree.set(path.slice(root.length + 1).replaceAll('\\', '/'), readFileSync(path, 'utf8'))
    }
  }
  return tree
}

/** Everything in the tree that breaks a rule, in a line each. */
export function violations(tree: Tree): string[] {
  const found: string[] = []
  for (const [path, text] of tree) {
    const code = withoutComments(text)
    for (const link of importsOf(path, code)) found.push(...wrongImport(path, link, tree))
    if (isPure(path))
      for (const [name, pattern] of IMPURE)
        if (pattern.test(code)) found.push(`${path}: ${name} belongs outside pure code`)
    for (const { index, 0: made } of code.matchAll(/\bRegExp\s*\(/g))
      if (!LITERAL.test(code.slice(index + made.length)))
        found.push(`${path}: a RegExp is made of something other than a literal`)
    if (/^cli\/commands\/[^/]+\.ts$/.test(path)) found.push(...wrongCommand(path, code))
  }
  return [...found, ...unreachable(tree)].sort()
}

interface Link {
  /** A path in the tree, or the name of a package. */
  readonly to: string
  readonly typeOnly: boolean
}

function importsOf(path: string, code: string): Link[] {
  const links: Link[] = []
  const add = (specifier: string, typeOnly: boolean): void => {
    links.push({ to: resolved(path, specifier), typeOnly })
  }
  for (const [, type, specifier] of code.matchAll(
    /(?:^|\n|;)\s*(?:import|export)\s+(type\s)?(?:[\w\s{},*$]+?\sfrom\s+)?['"]([^'"]+)['"]/g,
  ))
    add(specifier!, type !== undefined)
  for (const [, specifier] of code.matchAll(/\bimport\s*\(\s*['"]([^'"]+)['"]\s*\)/g))
    add(specifier!, false)
  for (const [, specifier] of code.matchAll(
    /new URL\(\s*['"](\.[^'"]+\.ts)['"],\s*import\.meta\.url/g,
  ))
    add(specifier!, false)
  return links
}

function resolved(from: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier
  const parts = from.split('/').slice(0, -1)
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.') parts.push(part)
  }
  return parts.join('/')
}

function wrongImport(path: string, { to, typeOnly }: Link, tree: Tree): string[] {
  if (/^@(?:aws-sdk|smithy)\//.test(to) && !path.startsWith('lib/aws/'))
    return [`${path}: only lib/aws imports ${to}`]
  if (to.startsWith('functions/') || (to.startsWith('cli/') && !path.startsWith('cli/')))
    return [`${path}: nothing imports from ${to}`]
  if (!path.startsWith('lib/')) return []
  if (OUTSIDE.test(to)) return isAdapter(path) ? [] : [`${path}: only adapters import ${to}`]
  if (!to.startsWith('lib/')) return []
  if (!tree.has(to)) return [`${path}: there is no ${to}`]
  const [from, target] = [partOf(path), partOf(to)]
  if (from === target) return []
  if (from === APART || target === APART) return [`${path}: lib/demo stands alone, not with ${to}`]
  if (!isPlaced(from) || !isPlaced(target))
    return [`${path}: lib/${isPlaced(from) ? target : from} has no place in the order`]
  // The ports speak of rows and refs, whose types are further down; nothing of theirs runs.
  if (path === 'lib/ports.ts' && typeOnly) return []
  return rankOf(target) < rankOf(from) ? [] : [`${path}: ${to} does not stand above it`]
}

const partOf = (path: string): string => path.split('/')[1]!
const isPlaced = (part: string): boolean => ORDER.includes(part) || ADAPTERS.includes(part)
const rankOf = (part: string): number =>
  ADAPTERS.includes(part) ? ORDER.length : ORDER.indexOf(part)
const isAdapter = (path: string): boolean => ADAPTERS.includes(partOf(path))
const isPure = (path: string): boolean => path.startsWith('lib/') && !isAdapter(path)

/** A file of cli/commands adds one command, which is called as the file is. */
function wrongCommand(path: string, code: string): string[] {
  const name = path
    .slice('cli/commands/'.length, -'.ts'.length)
    .replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
  const added = [...code.matchAll(/\bexport (?:async )?function (\w+)\([^)]*\bRegister\)/g)].map(
    ([, one]) => one,
  )
  return added.length === 1 && added[0] === name
    ? []
    : [`${path}: adds ${added.length === 0 ? 'nothing' : added.join(' and ')}, not ${name}`]
}

function unreachable(tree: Tree): string[] {
  const open = [...tree.keys()].filter((path) => ENTRIES.test(path))
  const reached = new Set(open)
  for (let path = open.pop(); path !== undefined; path = open.pop())
    for (const { to } of importsOf(path, withoutComments(tree.get(path)!)))
      if (tree.has(to) && !reached.has(to)) {
        reached.add(to)
        open.push(to)
      }
  return [...tree.keys()]
    .filter((path) => /^(?:lib|cli)\//.test(path) && !reached.has(path))
    .map((path) => `${path}: no entry leads here`)
}

function withoutComments(text: string): string {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, ' ')
    .replaceAll(/(^|[^:'"`\\/])\/\/[^\n]*/g, (_, before: string) => before)
}
