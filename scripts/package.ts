/*
 * npm run package -- [--param NAME=VALUE]…: bundles of all functions and the CloudFormation template, into .build. Needs no network.
 * Without parameters, those of an example, to look at; what is made then is not to be deployed.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { WrongConfig } from '../lib/config.ts'
import { buildArtefacts, initTime } from './packaging/artefacts.ts'
import {
  checkParameters,
  renderTemplate,
  WrongParameter,
  writeSettings,
} from './packaging/template.ts'
import { unzip } from './packaging/unzip.ts'

const BYTES_MAX = 1_000_000
const INIT_MS_MAX = 150
const RUNS = { least: 5, most: 40 }
const EXAMPLE = new Map([
  ['trailBucket', 'acme-cloudtrail'],
  ['alertEmail', 'security@example.org'],
])

const { values } = parseArgs({ options: { param: { type: 'string', multiple: true } } })
const isExample = values.param === undefined
const parameters = isExample ? EXAMPLE : new Map(values.param?.map(pairOf))
const settings = isExample
  ? 'deploy/example.yaml'
  : (process.env['PODTRAIL_CONFIG'] ?? 'podtrail.yaml')

try {
  checkParameters(parameters)
  if (!existsSync(settings))
    throw new WrongParameter(
      `missing ${settings}: the settings, or PODTRAIL_CONFIG that names them`,
    )
  await pack(readFileSync(settings, 'utf8'))
} catch (error) {
  if (!(error instanceof WrongParameter || error instanceof WrongConfig)) throw error
  console.error(`podtrail: ${error.message}`)
  process.exitCode = 2
}

async function pack(text: string): Promise<void> {
  const build = join(import.meta.dirname, '../.build')
  writeSettings(text, settings, build)
  const artefacts = await buildArtefacts(join(build, 'functions'), text)
  console.log('function     zipped kB   module init ms')
  for (const { name, path, bytes } of artefacts) {
    const ms = initOf(path)
    const isOver = bytes > BYTES_MAX || ms > INIT_MS_MAX
    // A busy machine is no fault of the artefact: time is only said.
    if (bytes > BYTES_MAX) process.exitCode = 1
    console.log(
      `${name.padEnd(12)} ${(bytes / 1000).toFixed(0).padStart(9)} ${ms.toFixed(0).padStart(16)}${isOver ? '   too much' : ''}`,
    )
  }
  const { Resources } = renderTemplate(build, parameters)
  console.log(`template     ${Object.keys(Resources).length} resources in .build/deployment`)
  if (isExample)
    console.log(
      'Made with the example parameters and settings, to look at. To deploy, see docs/operate.md.',
    )
}

/** The least of some runs, of more where it is too much: what else the machine does is not the module's fault. */
function initOf(artefact: string): number {
  const unpacked = mkdtempSync(join(tmpdir(), 'podtrail-artefact-'))
  try {
    unzip(readFileSync(artefact), unpacked)
    let least = Number.POSITIVE_INFINITY
    for (let run = 0; run < RUNS.least || (least > INIT_MS_MAX && run < RUNS.most); run++)
      least = Math.min(least, initTime(unpacked))
    return least
  } finally {
    rmSync(unpacked, { recursive: true })
  }
}

function pairOf(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new WrongParameter(`--param ${text}: give NAME=VALUE`)
  return [text.slice(0, at), text.slice(at + 1)]
}
