import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { logFileKey } from '../generate.ts'
import { createOrganisation, type Role, type Stream } from './organisation.ts'
import { createRandom, type Random } from './random.ts'
import {
  assumeForPod,
  assumeFromSession,
  assumeWithWebIdentity,
  isoTime,
  type Session,
} from './records.ts'
import { createTruth, type Truth } from './truth.ts'

export type HistoryOptions = {
  directory: string
  /** Issued sessions; a cross-account one has two records. */
  assumptions: number
  days: number
  seed: number
  start: string
}

export type History = Truth & {
  records: number
  files: number
  /** Some issued keys, evenly from the whole history. */
  keys: string[]
  window: { from: string; to: string }
}

const HOUR = 3600
const BLOCK_SECONDS = 3 * HOUR
const STREAMS = 24
const WORKLOADS_PER_STREAM = 212
const KEYS_MAX = 5000
// No store keeps the token, and without it the history fits on a disk.
const tokenLength = () => 16

/** Log files of weeks of role assumptions and nothing else: credentials refreshed again and again by the same workloads. */
export function generateHistory(options: HistoryOptions): History {
  const random = createRandom(options.seed)
  const streams = createOrganisation(random, {
    streamCount: STREAMS,
    workloadsPerStream: WORKLOADS_PER_STREAM,
  })
  const truth = createTruth(isoTime)
  const start = Date.parse(options.start) / 1000
  const blocks = (options.days * 24 * HOUR) / BLOCK_SECONDS
  const keys: string[] = []
  let issued = 0
  let records = 0
  let files = 0

  const remember = (session: Session) => {
    truth.add(session)
    issued++
    if (keys.length < KEYS_MAX) keys.push(session.accessKeyId)
    else if (random.chance(KEYS_MAX / issued)) keys[random.below(KEYS_MAX)] = session.accessKeyId
  }

  for (let block = 0; block < blocks; block++) {
    const from = start + block * BLOCK_SECONDS
    const texts = new Map(
      streams.map((stream) => [placeOf(stream.account, stream.region), [] as string[]]),
    )
    const write = (role: Role, region: string, text: string) =>
      texts.get(placeOf(role.account, region))?.push(text)
    for (const [index, stream] of streams.entries()) {
      const share = (block * STREAMS + index + 1) / (blocks * STREAMS)
      while (issued < Math.round(options.assumptions * share)) {
        refresh(stream, from + random.below(BLOCK_SECONDS - 600), random, write, remember)
      }
    }
    for (const stream of streams) {
      const lines = texts.get(placeOf(stream.account, stream.region)) ?? []
      if (lines.length === 0) continue
      const path = join(options.directory, logFileKey(stream, from + BLOCK_SECONDS + 240, random))
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, gzipSync(`{"Records":[${lines.join(',')}]}`, { level: 1 }))
      records += lines.length
      files++
    }
  }
  const to = start + options.days * 24 * HOUR
  return {
    ...truth.finish(),
    records,
    files,
    keys,
    window: { from: isoTime(start), to: isoTime(to) },
  }
}

const placeOf = (account: string, region: string) => `${account}/${region}`

/** One pod gets new credentials and, where it has further roles, mostly assumes one of them at once. */
function refresh(
  stream: Stream,
  at: number,
  random: Random,
  write: (role: Role, region: string, text: string) => void,
  remember: (session: Session) => void,
): void {
  const workload = random.pickSkewed(stream.workloads)
  const role = random.pick(workload.roles)
  const assume = workload.kind === 'irsa' ? assumeWithWebIdentity : assumeForPod
  const { text, session } = assume(workload, role, stream.region, at, random, { tokenLength })
  write(role, stream.region, text)
  let caller = session
  for (let hop = 2; caller !== undefined; hop++) {
    remember(caller)
    if (workload.next.length === 0 || hop > 4 || !random.chance(hop === 2 ? 0.6 : 0.03)) return
    const next = random.pick(workload.next)
    if (next.arn === caller.role.arn) return
    const further = assumeFromSession(caller, next, stream.region, at + hop * 20, random, {
      tokenLength,
    })
    write(caller.role, stream.region, further.text)
    if (further.copy !== undefined) write(next, stream.region, further.copy)
    caller = further.session
  }
}
