import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { type ZipEntry, zip } from './zip.ts'

const ROOT = join(import.meta.dirname, '../..')
/** Names of all functions. */
export const FUNCTIONS: readonly string[] = readdirSync(join(ROOT, 'functions'))
  .map((file) => file.slice(0, -'.ts'.length))
  .sort()
/** What the dashboard's build leaves behind; the API serves it. */
const DASHBOARD = join(ROOT, '.build/dashboard')

export interface Artefact {
  readonly name: string
  readonly path: string
  readonly bytes: number
}

/** A function has its credentials from its environment. The SDK loads these where there are none there. */
const OTHER_CREDENTIALS = ['http', 'ini', 'login', 'process', 'sso', 'web-identity'].map(
  (kind) => `@aws-sdk/credential-provider-${kind}`,
)

/** Modules that use `require` although they are bundled as ES modules have one then. */
const BANNER =
  "import{createRequire as podtrailRequire}from'node:module';const require=podtrailRequire(import.meta.url);"

/** One zip file for each function, with its bundle and the settings; beside it the source map, which the function would only load. */
export async function buildArtefacts(folder: string, settings: string): Promise<Artefact[]> {
  mkdirSync(folder, { recursive: true })
  return Promise.all(FUNCTIONS.map((name) => buildOne(folder, name, settings)))
}

async function buildOne(folder: string, name: string, settings: string): Promise<Artefact> {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, 'functions', `${name}.ts`)],
    outfile: 'index.mjs',
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    minify: true,
    sourcemap: 'external',
    sourcesContent: false,
    external: OTHER_CREDENTIALS,
    legalComments: 'none',
    banner: { js: BANNER },
    logLevel: 'warning',
  })
  const bundle = outputFiles.find(({ path }) => path.endsWith('.mjs'))!
  const map = outputFiles.find(({ path }) => path.endsWith('.map'))!
  const entries: ZipEntry[] = [
    { name: 'index.mjs', bytes: bundle.contents },
    { name: 'podtrail.yaml', bytes: Buffer.from(settings) },
  ]
  if (name === 'api') entries.push(...filesIn(DASHBOARD, 'dashboard'))
  const bytes = zip(entries)
  const path = join(folder, `${name}.zip`)
  writeFileSync(path, bytes)
  writeFileSync(join(folder, `${name}.mjs.map`), map.contents)
  return { name, path, bytes: bytes.length }
}

function filesIn(folder: string, as: string): ZipEntry[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name)
      return { name: `${as}${path.slice(folder.length)}`, bytes: readFileSync(path) }
    })
}

/** Environment that the template gives to functions, so that a module loads; nothing of it is called. */
const ENVIRONMENT = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
  PODTRAIL_STORE: 'dynamodb:podtrail',
  PODTRAIL_CONFIG: 'podtrail.yaml',
  PODTRAIL_BUCKETS: 'acme-cloudtrail=111122223333',
  PODTRAIL_TRAIL_PREFIX: 'AWSLogs/',
  PODTRAIL_ROLLUP_QUEUE: 'https://sqs.eu-west-1.amazonaws.com/111122223333/podtrail-rollup',
  PODTRAIL_DRIFT_QUEUE: 'https://sqs.eu-west-1.amazonaws.com/111122223333/podtrail-drift',
  PODTRAIL_ALERT_TOPIC: 'arn:aws:sns:eu-west-1:111122223333:podtrail-alerts',
}

const INIT = `
const started = performance.now()
const { handler } = await import(process.argv[1])
if (typeof handler !== 'function') throw new Error('no handler')
console.log(performance.now() - started)
`

/** Milliseconds that the module of an unpacked artefact takes to load in a process of its own. */
export function initTime(unpacked: string): number {
  const said = execFileSync(
    process.execPath,
    ['--input-type=module', '-e', INIT, join(unpacked, 'index.mjs')],
    { cwd: unpacked, env: ENVIRONMENT, encoding: 'utf8' },
  )
  return Number(said)
}
