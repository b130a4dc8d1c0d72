import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Store } from '../../lib/ports.ts'
import { csvOf } from '../../lib/text/csv.ts'
import { CliError, EXIT, type ExitCode, worst } from '../exit.ts'
import { type Format, type Output, print, processOutput, type Style } from '../output.ts'
import { addCommand, addPartial, type Globals, outputOption, type Register } from '../register.ts'
import { coverageLines } from '../render/coverage.ts'
import { visible } from '../render/safe.ts'
import { counted, wrapped } from '../render/words.ts'
import { self } from '../self.ts'
import { configPath, readConfig } from '../settings.ts'
import { openStore, storePath } from '../store.ts'

interface DoctorOptions extends Globals {
  readonly output: string
  readonly allowPartial?: boolean
}

type Status = 'ok' | 'warning' | 'failed'

interface Check {
  readonly check: string
  readonly status: Status
  readonly detail: string
  readonly advice: string | null
  readonly exit: ExitCode
}

/** Quarantined entries that are told one by one. */
const SHOWN_MAX = 5

/** `podtrail doctor` */
export function doctor(register: Register): void {
  const title = 'is podtrail itself all right: Node.js, settings, store, and what is in it'
  const command = addCommand(register, 'doctor', title, [
    'podtrail doctor',
    'podtrail doctor --store sqlite:/var/lib/podtrail/podtrail.db -o json',
  ])
  addPartial(command)
    .addOption(outputOption())
    .action(async () => register.finish(await examine(command.optsWithGlobals())))
}

async function examine(options: DoctorOptions): Promise<ExitCode> {
  const output = processOutput(options.quiet === true)
  const checks: Check[] = [node(), await settings(options)]
  const store = await storeCheck(options.store, checks)
  if (store !== null)
    try {
      const accounts = await scopeOf(options)
      checks.push(await pending(store), ...(await contents(store, accounts)))
    } finally {
      store.close()
    }
  const items = checks.map(({ exit: _, ...check }) => check)
  await print(
    {
      answer: {
        apiVersion: 'podtrail/v1',
        kind: 'CheckList',
        window: { from: null, to: null },
        items,
        next: null,
      },
      lines: items,
      csv: () =>
        csvOf(items, [
          ['check', ({ check }) => check],
          ['status', ({ status }) => status],
          ['detail', ({ detail }) => detail],
          ['advice', ({ advice }) => advice],
        ]),
      table: (wide) => table(items, wide, output),
    },
    options.output as Format,
    output,
  )
  const exit = worst(checks.map((check) => check.exit))
  return exit === EXIT.incomplete && options.allowPartial === true ? EXIT.ok : exit
}

function node(): Check {
  const detail = `${process.version} on ${process.platform} ${process.arch}`
  return ok('Node.js', detail)
}

async function settings(options: DoctorOptions): Promise<Check> {
  const path = configPath(options.config)
  if (path === null)
    return {
      check: 'settings',
      status: 'warning',
      detail: 'none: clusters are shown by issuer or ARN, and no account is missed',
      advice: 'Write a podtrail.yaml with your accounts, clusters and network.',
      exit: EXIT.ok,
    }
  try {
    const config = await readConfig(options.config)
    const clusters = counted(config?.clusters.length ?? 0, 'cluster')
    return ok(
      'settings',
      `${path}: ${counted(config?.accounts.length ?? 0, 'account')}, ${clusters}`,
    )
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    return failed('settings', error.message, error.advice.join('; '), error.exit)
  }
}

async function scopeOf(options: DoctorOptions): Promise<readonly string[]> {
  try {
    return (await readConfig(options.config))?.accounts ?? []
  } catch {
    return []
  }
}

async function storeCheck(url: string, checks: Check[]): Promise<Store | null> {
  const path = storePath(url)
  if (path === null) return tableCheck(url, checks)
  if (!existsSync(path)) {
    const folder = existsSync(dirname(path)) ? dirname(path) : '.'
    const detail = canWrite(folder)
      ? `${url}: not there yet; it is made when the first file is read`
      : `${url}: not there, and ${folder} cannot be written to`
    const advice = canWrite(folder)
      ? `${self()} ingest PATH-OF-CLOUDTRAIL-FILES, or ${self()} demo`
      : 'Name another with --store or PODTRAIL_STORE.'
    checks.push({
      check: 'store',
      status: canWrite(folder) ? 'warning' : 'failed',
      detail,
      advice,
      exit: canWrite(folder) ? EXIT.incomplete : EXIT.failed,
    })
    return null
  }
  if (!canWrite(path) || !canWrite(dirname(path))) {
    const advice =
      'The store and its folder must be writable: SQLite keeps its log beside the file.'
    checks.push(failed('store', `${url} cannot be written to`, advice, EXIT.failed))
    return null
  }
  try {
    const store = await openStore(url)
    const size = (statSync(path).size / 1024 / 1024).toFixed(1)
    checks.push(ok('store', `${url}: readable, writable, of this version, ${size} MiB`))
    return store
  } catch (error) {
    const advice = 'Move it away and ingest the files again: nothing but the files is needed.'
    checks.push(failed('store', (error as Error).message, advice, EXIT.failed))
    return null
  }
}

async function tableCheck(url: string, checks: Check[]): Promise<Store | null> {
  try {
    const store = await openStore(url)
    checks.push(ok('store', `${url}: readable`))
    return store
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    checks.push(failed('store', error.message, error.advice.join('; '), error.exit))
    return null
  }
}

async function pending(store: Store): Promise<Check> {
  const dirty = (await store.dirty(1)).length > 0
  return dirty
    ? {
        check: 'roll-ups',
        status: 'warning',
        detail: 'some facts are not rolled up yet: an ingest is running, or was stopped',
        advice: 'The next question does it, or ingest the same files again.',
        exit: EXIT.incomplete,
      }
    : ok('roll-ups', 'none pending')
}

async function contents(store: Store, accounts: readonly string[]): Promise<Check[]> {
  const { answerCoverage, QUARANTINE_MAX } = await import('../../lib/graph/answer-coverage.ts')
  const { REASONS } = await import('../../lib/record/reasons.ts')
  const { coverage, window, quarantined } = await answerCoverage(store, {}, { accounts })
  const entries = await store.quarantine(SHOWN_MAX)
  const seen = coverageLines(coverage, window).join(';').replace(/; {2}/g, '; ')
  const many = quarantined >= QUARANTINE_MAX ? `${quarantined} or more` : String(quarantined)
  const shown = entries.map(
    ({ source, index, reason }) =>
      `${source}${index === null ? '' : `, record ${index}`}: ${REASONS[reason].what}`,
  )
  return [
    quarantined === 0
      ? ok('quarantine', 'empty')
      : {
          check: 'quarantine',
          status: 'warning',
          detail: `${many} records or files could not be read: ${shown.join('; ')}${quarantined > shown.length ? '; …' : ''}`,
          advice: REASONS[entries[0]!.reason].advice,
          exit: EXIT.incomplete,
        },
    coverage.status === 'complete'
      ? ok('coverage', seen)
      : {
          check: 'coverage',
          status: 'warning',
          detail: seen,
          advice:
            coverage.status === 'blind'
              ? `${self()} ingest PATH-OF-CLOUDTRAIL-FILES`
              : `${self()} coverage`,
          exit: EXIT.incomplete,
        },
  ]
}

const STYLES: Readonly<Record<Status, Style>> = { ok: 'green', warning: 'yellow', failed: 'red' }

function table(
  items: readonly Omit<Check, 'exit'>[],
  wide: boolean,
  { width, paint }: Output,
): string[] {
  const room = wide ? null : width
  const start = (check: string, status: string): string => check.padEnd(12) + status.padEnd(10)
  return [
    paint('dim', `${start('CHECK', 'STATUS')}DETAIL`),
    ...items.flatMap(({ check, status, detail, advice }) => {
      const first = start(check, status)
      const lines = wrapped(first + visible(detail), room, ' '.repeat(first.length))
      const more = advice === null ? [] : wrapped(visible(advice), room === null ? null : room - 4)
      return [
        ...lines.map((line) => (status === 'ok' ? line : paint(STYLES[status], line))),
        ...more.map((line) => `    ${line}`),
      ]
    }),
  ]
}

function ok(check: string, detail: string): Check {
  return { check, status: 'ok', detail, advice: null, exit: EXIT.ok }
}

function failed(check: string, detail: string, advice: string, exit: ExitCode): Check {
  return { check, status: 'failed', detail, advice, exit }
}

function canWrite(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}
