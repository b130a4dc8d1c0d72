import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { parseConfig } from '../../lib/config.ts'

const ROOT = join(import.meta.dirname, '../..')

/** Parameters that have no default; of each group one is needed. */
const NEEDED: readonly (readonly string[])[] = [['trailBucket'], ['alertEmail', 'alertTopic']]

/** Something has to be given, or given otherwise, before anything can be deployed. */
export class WrongParameter extends Error {}

/** Throws, naming the parameter that is missing, unknown or wrong. */
export function checkParameters(parameters: ReadonlyMap<string, string>): void {
  const known = knownParameters()
  for (const name of parameters.keys())
    if (!known.has(name)) throw new WrongParameter(`there is no parameter ${name}`)
  const has = (name: string): boolean => (parameters.get(name) ?? '') !== ''
  for (const group of NEEDED)
    if (!group.some(has)) throw new WrongParameter(`missing parameter ${group.join(' or ')}`)
}

function knownParameters(): ReadonlySet<string> {
  const { params } = parse(readFileSync(join(ROOT, 'serverless.yml'), 'utf8'), {
    logLevel: 'silent',
  }) as { params: { default: Record<string, unknown> } }
  return new Set([...Object.keys(params.default), ...NEEDED.flat()])
}

/** The settings file, checked, and its parts that the template names. Throws `WrongConfig` or `WrongParameter`. */
export function writeSettings(text: string, source: string, folder: string): void {
  const { accounts, snapshot, alerts, auth } = parseConfig(text, source)
  const missing = (what: string): never => {
    throw new WrongParameter(`${source}: ${what}`)
  }
  if (auth?.iam === undefined && auth?.jwt === undefined)
    missing('missing key auth.iam or auth.jwt: who may ask the API')
  if (auth?.iam !== undefined && auth.jwt !== undefined)
    missing('auth.iam and auth.jwt: API Gateway can ask for one of them only')
  const routes = alerts?.routes.map(({ to }) => to) ?? []
  const local = routes.find((to) => !to.startsWith('arn:'))
  if (local !== undefined) missing(`alerts.routes: ${local} is of no use on AWS; name an SNS topic`)
  const ownTopic = { 'Fn::If': ['OwnAlerts', { Ref: 'Alerts' }, `\${param:alertTopic}`] }
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    join(folder, 'settings.json'),
    JSON.stringify({
      accounts,
      readerRole: snapshot?.memberRole ?? 'podtrail-reader',
      topics: [ownTopic, ...new Set(routes)],
      authMode: auth?.jwt === undefined ? 'iam' : 'jwt',
      issuer: auth?.jwt?.issuer ?? '',
      audience: auth?.jwt?.audience ?? '',
    }),
  )
}

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>
  readonly Conditions?: Readonly<Record<string, unknown>>
  readonly Outputs?: Readonly<Record<string, unknown>>
  readonly Parameters?: Readonly<Record<string, unknown>>
}

export interface Resource {
  readonly Type: string
  readonly Properties?: Readonly<Record<string, unknown>>
  readonly Metadata?: Readonly<Record<string, unknown>>
  readonly [key: string]: unknown
}

/** Has the Serverless Framework render the template with artefacts and settings from `folder`. Needs no network. */
export function renderTemplate(folder: string, parameters: ReadonlyMap<string, string>): Template {
  const given = [...parameters].flatMap(([name, value]) => ['--param', `${name}=${value}`])
  const deployment = join(folder, 'deployment')
  // The framework writes beside what it reads, and others may be at the same.
  const service = join(folder, 'service')
  for (const part of ['serverless.yml', 'deploy'])
    cpSync(join(ROOT, part), join(service, part), { recursive: true })
  const ran = spawnSync(
    process.execPath,
    [
      fileURLToPath(import.meta.resolve('serverless/bin/serverless.js')),
      'package',
      '--package',
      deployment,
      ...given,
    ],
    {
      cwd: service,
      env: {
        ...process.env,
        PODTRAIL_BUILD: folder,
        SLS_TRACKING_DISABLED: '1',
        SLS_NOTIFICATIONS_MODE: 'off',
      },
      encoding: 'utf8',
    },
  )
  if (ran.status !== 0) throw new Error(`serverless package failed:\n${ran.stdout}${ran.stderr}`)
  const path = join(deployment, 'cloudformation-template-update-stack.json')
  return JSON.parse(readFileSync(path, 'utf8')) as Template
}
