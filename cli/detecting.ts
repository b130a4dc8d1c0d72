import { readFileSync } from 'node:fs'
import type { Config } from '../lib/config.ts'
import type { ChainProblem } from '../lib/detect/chain-problem.ts'
import type { Detector } from '../lib/detect/detector.ts'
import type { AnomalyList } from '../lib/finding/run-detect.ts'
import { CliError, EXIT, type ExitCode } from './exit.ts'
import { type Format, type Output, print, processOutput, quoted } from './output.ts'
import type { AnswerOptions } from './register.ts'
import { anomalyView } from './render/anomalies.ts'
import { configPath, readConfig } from './settings.ts'
import { openExisting } from './store.ts'
import { parseWindow } from './time.ts'

export interface DetectOptions extends AnswerOptions {
  readonly digests?: string
}

/** Runs detectors over the store and prints what they say. `close`: what goes to stderr, and how to exit. */
export async function runDetectors(
  options: DetectOptions,
  detectors: readonly Detector[],
  isReplay: boolean,
  close: (answer: AnomalyList, output: Output) => ExitCode,
): Promise<ExitCode> {
  const output = processOutput(options.quiet === true)
  const now = Math.floor(Date.now() / 1000)
  const window = parseWindow(options, now)
  const integrity = options.digests === undefined ? null : readDigests(options.digests)
  const config = await readDetectConfig(options.config)
  const { WrongCursor } = await import('../lib/graph/answer.ts')
  const { runDetect } = await import('../lib/finding/run-detect.ts')
  const store = await openExisting(options.store)
  try {
    const asked = {
      ...window,
      limit: options.all === true ? 0 : options.limit,
      ...(options.cursor === undefined ? {} : { cursor: options.cursor }),
      detectors,
      integrity,
      isReplay,
    }
    const answer = await runDetect(store, asked, config, now)
    await print(anomalyView(answer, output), options.output as Format, output)
    return close(answer, output)
  } catch (error) {
    if (!(error instanceof WrongCursor)) throw error
    throw new CliError(EXIT.wrongUse, error.message, [
      'Ask the same question with the same options, and the "next" of its answer as --cursor.',
    ])
  } finally {
    store.close()
  }
}

/** The detectors of these ids, or all. */
export async function detectorsNamed(ids: readonly string[]): Promise<readonly Detector[]> {
  const { ANOMALY_RULES } = await import('../lib/coverage/rules.ts')
  if (ids.length === 0) return ANOMALY_RULES
  const known = ANOMALY_RULES.map(({ id }) => id)
  const unknown = ids.find((id) => !known.includes(id))
  if (unknown === undefined) return ANOMALY_RULES.filter(({ id }) => ids.includes(id))
  const { nearest } = await import('../lib/graph/nearest.ts')
  throw new CliError(EXIT.wrongUse, `there is no detector ${quoted(unknown)}`, [
    ...nearest(unknown, known).map((id) => `Did you mean ${id}?`),
    `All detectors: ${known.join(', ')}`,
  ])
}

/** The settings, with those of detectors held against the detectors that there are. */
async function readDetectConfig(option: string | undefined): Promise<Config | null> {
  const config = await readConfig(option)
  if (config?.detect === undefined) return config
  const { WrongConfig } = await import('../lib/config.ts')
  const { checkSettings } = await import('../lib/detect/settings.ts')
  const path = configPath(option) ?? 'podtrail.yaml'
  try {
    checkSettings(config, await detectorsNamed([]), path)
    return config
  } catch (error) {
    if (!(error instanceof WrongConfig)) throw error
    throw new CliError(EXIT.wrongUse, `${path} does not fit`, error.problems)
  }
}

/** Problems in the answer of `podtrail verify -o json`. */
function readDigests(path: string): readonly ChainProblem[] {
  let report: unknown
  try {
    report = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new CliError(EXIT.wrongUse, `cannot read ${path}: ${(error as Error).message}`, [
      'Make it with: podtrail verify PATH --keys keys.json -o json > digests.json',
    ])
  }
  const { kind, items } = (report ?? {}) as { kind?: unknown; items?: unknown }
  if (kind === 'DigestReport' && Array.isArray(items)) return items as readonly ChainProblem[]
  throw new CliError(EXIT.wrongUse, `${path} is no answer of podtrail verify`, [
    'Make it with: podtrail verify PATH --keys keys.json -o json > digests.json',
  ])
}

export function gather(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}
