import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Measured = {
  seconds: number
  /** User and system time of the whole process tree; missing where GNU time is not installed. */
  cpuSeconds: number | undefined
  /** Peak resident memory of the largest process. */
  rssMb: number | undefined
  stdout: string
}

const GNU_TIME = '/usr/bin/time'

/** Runs a command to its end and throws unless it exits with 0. What it prints goes to a file, not through a pipe. */
export async function measure(command: string, args: readonly string[]): Promise<Measured> {
  const directory = mkdtempSync(join(tmpdir(), 'podtrail-measure-'))
  const outPath = join(directory, 'stdout')
  const timePath = join(directory, 'time')
  const isTimed = existsSync(GNU_TIME)
  const out = openSync(outPath, 'w')
  try {
    const startedAt = performance.now()
    const child = isTimed
      ? spawn(GNU_TIME, ['-f', '%U %S %M', '-o', timePath, command, ...args], {
          stdio: ['ignore', out, 'inherit'],
        })
      : spawn(command, args, { stdio: ['ignore', out, 'inherit'] })
    let highWaterKb: number | undefined
    const poll = isTimed
      ? undefined
      : setInterval(() => {
          highWaterKb = readHighWater(child.pid) ?? highWaterKb
        }, 20)
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', resolve)
    })
    const seconds = (performance.now() - startedAt) / 1000
    clearInterval(poll)
    const stdout = readFileSync(outPath, 'utf8')
    if (code !== 0) {
      throw new Error(
        `exit code ${code}: ${command} ${args.slice(0, 6).join(' ')}\n${stdout.slice(-2000)}`,
      )
    }
    if (!isTimed) {
      const rssMb = highWaterKb === undefined ? undefined : highWaterKb / 1024
      return { seconds, cpuSeconds: undefined, rssMb, stdout }
    }
    const [user, system, kilobytes] = readFileSync(timePath, 'utf8').trim().split(' ').map(Number)
    return { seconds, cpuSeconds: user! + system!, rssMb: kilobytes! / 1024, stdout }
  } finally {
    closeSync(out)
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Linux only: elsewhere the memory column stays empty. */
function readHighWater(pid: number | undefined): number | undefined {
  try {
    const match = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return match === null ? undefined : Number(match[1])
  } catch {
    return undefined
  }
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** Nearest rank: a value that was measured, never one between two. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new Error('no values to take a quantile of')
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)]!
}

/** Columns padded for a terminal; the first is text, the others are numbers. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows]
  const widths = header.map((_, i) => Math.max(...all.map((row) => (row[i] ?? '').length)))
  return all
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

export const fixed = (value: number | undefined, digits: number) =>
  value === undefined ? '-' : value.toFixed(digits)
