/**
 * `npm run lockfile`, after any change of dependencies. Tools with a binary for each platform name these as optional
 * dependencies. npm leaves out of the lock those that the registry at hand does not serve, and then `npm ci` refuses the lock on
 * every machine ("Missing: …-darwin-arm64 from lock file"). This brings the lock up to date and adds what was left out.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface LockEntry {
  version?: string
  optional?: boolean
  os?: string[]
  cpu?: string[]
  libc?: string[]
  resolved?: string
  integrity?: string
  optionalDependencies?: Record<string, string>
}

export interface Lock {
  packages: Record<string, LockEntry>
}

const MODULES = 'node_modules/'
const OPERATING_SYSTEMS: readonly string[] = [
  'android',
  'darwin',
  'freebsd',
  'linux',
  'openbsd',
  'win32',
]
const PROCESSORS: readonly string[] = [
  'arm',
  'arm64',
  'ia32',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
]
const C_LIBRARIES: Readonly<Record<string, string>> = {
  gnu: 'glibc',
  gnueabihf: 'glibc',
  musl: 'musl',
  musleabihf: 'musl',
}

/** Optional dependencies that entries of the lock name and that have no entry themselves, each once. */
export function missingEntries({ packages }: Lock): { name: string; version: string }[] {
  const missing = new Map<string, string>()
  for (const [path, { optionalDependencies }] of Object.entries(packages))
    for (const [name, version] of Object.entries(optionalDependencies ?? {}))
      if (!isFound(packages, path, name)) missing.set(name, version)
  return [...missing].map(([name, version]) => ({ name, version }))
}

/** The lock with an entry for each optional dependency. */
export function completed(lock: Lock): Lock {
  const packages = { ...lock.packages }
  for (const { name, version } of missingEntries(lock))
    packages[MODULES + name] = entryOf(name, version)
  const paths = Object.keys(packages).sort((a, b) => a.localeCompare(b, 'en'))
  return { ...lock, packages: Object.fromEntries(paths.map((path) => [path, packages[path]!])) }
}

/** As Node looks for modules: beside the package that asks, then further and further up. */
function isFound(packages: Lock['packages'], path: string, name: string): boolean {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf(`/${MODULES}`)))) {
    if (packages[`${at === '' ? '' : `${at}/`}${MODULES}${name}`] !== undefined) return true
    if (at === '') return false
  }
}

/** Platform and version of a package whose manifest cannot be had: both stand in its name and in the range that asks for it. */
function entryOf(name: string, version: string): LockEntry {
  if (!/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
    throw new Error(`${name}: cannot tell which version ${version} would be`)
  const words = name.split(/[/-]/)
  const os = OPERATING_SYSTEMS.filter((system) => words.includes(system))
  const cpu = PROCESSORS.filter((processor) => words.includes(processor))
  const libc = words.flatMap((word) => C_LIBRARIES[word] ?? [])
  if (os.length + cpu.length === 0) throw new Error(`${name}: its name tells no platform`)
  return {
    version,
    optional: true,
    ...(os.length > 0 ? { os } : {}),
    ...(cpu.length > 0 ? { cpu } : {}),
    ...(libc.length > 0 ? { libc } : {}),
  }
}

if (import.meta.main)
  for (const folder of ['.', 'bench']) {
    execFileSync('npm', ['install', '--package-lock-only', '--prefix', folder], {
      stdio: 'inherit',
    })
    const path = join(folder, 'package-lock.json')
    const lock = JSON.parse(readFileSync(path, 'utf8')) as Lock
    const missing = missingEntries(lock)
    if (missing.length > 0) writeFileSync(path, `${JSON.stringify(completed(lock), null, 2)}\n`)
    console.log(`${path}: complete, ${missing.length} added`)
  }
