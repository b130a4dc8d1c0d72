import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { createOrganisation, type Stream } from './data/organisation.ts'
import { createRandom, type Random } from './data/random.ts'
import {
  adversarial,
  apiCall,
  assumeByService,
  assumeForPod,
  assumeFromSession,
  assumeOther,
  assumeWithWebIdentity,
  background,
  createNode,
  isoTime,
  type Node,
  type Session,
} from './data/records.ts'
import { createTruth, type Truth } from './data/truth.ts'

export type GenerateOptions = {
  directory: string
  records: number
  seed: number
  stsShare: number
  start: string
  /** Every file has this many records, instead of 1,000 to 10,000. */
  recordsPerFile?: number
  /** Files come from so many accounts and regions in turn, instead of as many as make a few files of each. */
  streams?: number
  /** Time that one file covers. */
  slotSeconds?: number
  mix?: Mix
}

/** What the company is like; `UNKIND` is what everything else here is measured with. */
export interface Mix {
  readonly workloadsPerStream: number
  /** How often it is the session just used that calls again. */
  readonly burstShare: number
  /** Shares of assumptions among each other. */
  readonly sts: Readonly<Record<keyof typeof STS_SHARES, number>>
  /** Shares of what is no assumption, likewise. */
  readonly others: Readonly<Record<keyof typeof OTHER_SHARES, number>>
  /** Share of AWS services' own calls that are told to another account too, and so carry an id for both. */
  readonly toldTwice: number
  /** EC2 instances of an account; 0: each that gets a role is a new one. */
  readonly instances: number
  /** Accounts that anonymous and foreign calls come from. */
  readonly strangers: number
}

/** What `truth.json` holds: the options, what came out, and the answers. */
export type Summary = Truth & {
  question: string
  options: { records: number; seed: number; stsShare: number; start: string }
  files: number
  bytes: number
  bytesCompressed: number
  streams: number
  accounts: number
  records: Record<Kind, number>
}

/** What a record is; the numbers are shares of all records. */
const STS_SHARES = {
  irsa: 0.0745,
  podIdentity: 0.022,
  chained: 0.0192,
  service: 0.016,
  otherSts: 0.018,
} as const
const OTHER_SHARES = {
  irsaCall: 0.337,
  podCall: 0.05,
  chainedCall: 0.024,
  roleCall: 0.189,
  background: 0.25,
  adversarial: 0.002,
} as const
export const UNKIND: Mix = {
  workloadsPerStream: 212,
  burstShare: 0.75,
  sts: STS_SHARES,
  others: OTHER_SHARES,
  toldTwice: 1,
  instances: 0,
  strangers: 60,
}
type Drawn = keyof typeof STS_SHARES | keyof typeof OTHER_SHARES
type Kind = Drawn | 'copy'

/** The set that the budgets are about. */
export const FULL_SET = {
  records: 1_000_000,
  seed: 1,
  stsShare: 0.159,
  // Just before midnight, so that the set crosses hours and a day.
  start: '2026-05-04T22:50:00Z',
}
const SLOT_SECONDS = 600
const RECORDS_PER_FILE = 5405
const FILES_PER_CHECK = 20
const NODES_PER_STREAM = 60
const POOL_MAX = 600

type Pools = Record<'irsa' | 'pods' | 'chained' | 'serviceSessions' | 'callers', Session[]>
type Live = Stream &
  Pools & {
    nodes: readonly Node[]
    /** Records of this account that a call made elsewhere has caused; they are delivered a little later. */
    pending: { text: string; kind: Kind; session?: Session }[]
  }
type Made = { text: string; kind: Kind }

/** Writes the log files of one organisation, holding one file in memory at a time. */
export function generate(options: GenerateOptions): Summary {
  const { mix = UNKIND } = options
  const random = createRandom(options.seed)
  const start = Date.parse(options.start) / 1000
  const sizes =
    options.recordsPerFile === undefined
      ? fileSizes(options.records, random)
      : Array.from({ length: Math.ceil(options.records / options.recordsPerFile) }, () =>
          Number(options.recordsPerFile),
        )
  const streamCount = options.streams ?? Math.max(1, Math.min(24, Math.round(sizes.length / 3)))
  const streams: Live[] = createOrganisation(random, {
    streamCount,
    workloadsPerStream: mix.workloadsPerStream,
  }).map((stream) => ({
    ...stream,
    irsa: [],
    pods: [],
    chained: [],
    serviceSessions: [],
    callers: [],
    pending: [],
    nodes: Array.from({ length: NODES_PER_STREAM }, () =>
      createNode(stream.nodeRole, start, random),
    ),
  }))
  const slotSeconds = options.slotSeconds ?? SLOT_SECONDS
  const traffic = createTraffic(streams, options.stsShare, mix, random)
  let bytes = 0
  let bytesCompressed = 0

  for (const [index, size] of sizes.entries()) {
    const stream = streams[index % streams.length] as Live
    const from = start + Math.floor(index / streams.length) * slotSeconds
    const texts = Array.from({ length: size }, (_, i) =>
      traffic.next(stream, from + Math.floor((i / size) * slotSeconds)),
    )
    shuffleLocally(texts, random)
    const raw = Buffer.from(`{"Records":[${texts.join(',')}]}`)
    if (index % FILES_PER_CHECK === 0) mustParse(raw, size)
    const compressed = gzipSync(raw)
    const deliveredAt = from + slotSeconds + random.between(60, 240)
    const path = join(options.directory, logFileKey(stream, deliveredAt, random))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, compressed)
    bytes += raw.length
    bytesCompressed += compressed.length
  }

  const { records, seed, stsShare } = options
  return {
    question:
      'Q1: which workload (cluster: issuer host and path, or the EKS cluster ARN for Pod Identity) assumed which role directly, how often, first and last. `chained` is the same for roles assumed from such a session.',
    options: { records, seed, stsShare, start: options.start },
    files: sizes.length,
    bytes,
    bytesCompressed,
    streams: streams.length,
    accounts: new Set(streams.map((stream) => stream.account)).size,
    records: traffic.counts,
    ...traffic.truth.finish(),
  }
}

/** Records are put together as text, so a sample must prove to be JSON with every record in its place. */
function mustParse(raw: Buffer, size: number): void {
  const { Records } = JSON.parse(raw.toString()) as { Records: { eventID?: string }[] }
  const ids = new Set(Records.map((record) => record.eventID))
  if (Records.length !== size || ids.size !== size || ids.has(undefined)) {
    throw new Error(`a file has ${Records.length} records with ${ids.size} ids instead of ${size}`)
  }
}

/** The path of a log file below the bucket, as CloudTrail names it. */
export function logFileKey(
  stream: { account: string; region: string },
  deliveredAt: number,
  random: Random,
): string {
  const time = isoTime(deliveredAt)
  const day = time.slice(0, 10).replaceAll('-', '/')
  const minute = `${time.slice(0, 16).replace(/[-:]/g, '')}Z`
  const unique = random.requestId()
  return `AWSLogs/${stream.account}/CloudTrail/${stream.region}/${day}/${stream.account}_CloudTrail_${stream.region}_${minute}_${unique}.json.gz`
}

/** Decides record by record what happens in an account, and remembers who got which credentials. */
function createTraffic(streams: readonly Live[], stsShare: number, mix: Mix, random: Random) {
  const byPlace = new Map(streams.map((stream) => [`${stream.account}/${stream.region}`, stream]))
  const at = (account: string, region: string) => byPlace.get(`${account}/${region}`) as Live
  const truth = createTruth(isoTime)
  const draw = createDraw(stsShare, mix, random)
  const counts = Object.fromEntries(
    ['copy', ...Object.keys(STS_SHARES), ...Object.keys(OTHER_SHARES)].map((kind) => [kind, 0]),
  ) as Record<Kind, number>

  const workloadOf = (stream: Live, kind: 'irsa' | 'pod-identity') => {
    for (;;) {
      const workload = random.pickSkewed(stream.workloads)
      if (workload.kind === kind) return workload
    }
  }

  const keep = (pool: Session[], session: Session) => {
    if (pool.length < POOL_MAX) pool.push(session)
    else pool[random.below(POOL_MAX)] = session
  }

  const started = (home: Live, session: Session) => {
    truth.add(session)
    keep(session.isWebIdentity ? home.irsa : home.pods, session)
    if (session.root?.workload.next.length) keep(home.callers, session)
  }

  const live = (pool: Session[], second: number): Session | undefined => {
    for (let attempt = 0; attempt < 6 && pool.length > 0; attempt++) {
      const index = random.below(pool.length)
      const session = pool[index] as Session
      if (session.issuedAt <= second && second < session.expiresAt) return session
      if (second >= session.expiresAt) {
        pool[index] = pool[pool.length - 1] as Session
        pool.pop()
      }
    }
    return undefined
  }

  const make: Record<Drawn, (stream: Live, second: number) => Made> = {
    irsa(stream, second) {
      const workload = workloadOf(stream, 'irsa')
      const role = random.pick(workload.roles)
      const isDenied = random.chance(0.02)
      const { text, session } = assumeWithWebIdentity(
        workload,
        role,
        stream.region,
        second,
        random,
        {
          isDenied,
        },
      )
      const home = at(role.account, stream.region)
      if (home !== stream) {
        // The only record of such a call is in the account that owns the role and the OIDC provider.
        home.pending.push({ text, kind: 'irsa', ...(session === undefined ? {} : { session }) })
        return make.background(stream, second)
      }
      if (session !== undefined) started(home, session)
      return { text, kind: 'irsa' }
    },
    podIdentity(stream, second) {
      const workload = workloadOf(stream, 'pod-identity')
      const role = random.pick(workload.roles)
      const { text, session } = assumeForPod(workload, role, stream.region, second, random)
      started(stream, session)
      return { text, kind: 'podIdentity' }
    },
    chained(stream, second) {
      const caller = live(stream.callers, second)
      const role = caller && random.pick(caller.root?.workload.next ?? [])
      if (caller === undefined || role === undefined || role.arn === caller.role.arn) {
        return make.irsa(stream, second)
      }
      const isDenied = random.chance(0.03)
      const { text, copy, session } = assumeFromSession(
        caller,
        role,
        stream.region,
        second,
        random,
        {
          isDenied,
        },
      )
      const target = at(role.account, stream.region)
      if (copy !== undefined) target.pending.push({ text: copy, kind: 'copy' })
      if (session !== undefined) {
        truth.add(session)
        keep(target.chained, session)
        const depth = session.root?.via.length ?? 0
        if (depth < 3 && random.chance(0.15)) keep(target.callers, session)
      }
      return { text, kind: 'chained' }
    },
    service(stream, second) {
      const role = random.pick(stream.services)
      const { text, session } = assumeByService(stream, role, second, random, mix.instances)
      keep(stream.serviceSessions, session)
      return { text, kind: 'service' }
    },
    otherSts: (stream, second) => ({ text: assumeOther(stream, second, random), kind: 'otherSts' }),
    irsaCall: (stream, second) => call(stream, stream.irsa, 'irsaCall', second),
    podCall: (stream, second) => call(stream, stream.pods, 'podCall', second),
    chainedCall: (stream, second) => call(stream, stream.chained, 'chainedCall', second),
    roleCall: (stream, second) =>
      random.chance(0.4)
        ? call(stream, stream.serviceSessions, 'roleCall', second)
        : { text: nodeCall(stream, second), kind: 'roleCall' },
    background: (stream, second) => ({
      text: background(stream, second, random, mix),
      kind: 'background',
    }),
    adversarial: (stream, second) => ({
      text: adversarial(stream, second, random),
      kind: 'adversarial',
    }),
  }

  /** Pods work in bursts: mostly the session that has just been used calls again. */
  const lastUsed = new Map<Session[], Session>()
  const inUse = (pool: Session[], second: number): Session | undefined => {
    const last = lastUsed.get(pool)
    if (last !== undefined && second < last.expiresAt && random.chance(mix.burstShare)) return last
    const session = live(pool, second)
    if (session !== undefined) lastUsed.set(pool, session)
    return session
  }

  const call = (stream: Live, pool: Session[], kind: Kind, second: number): Made => {
    const session = inUse(pool, second)
    if (session === undefined) return make.background(stream, second)
    const calls = session.root?.workload.calls ?? stream.calls
    const who = { ...session, arn: session.role.arn }
    const text = apiCall(
      random.pickSkewed(calls),
      who,
      stream,
      second,
      random,
      random.chance(0.055),
    )
    return { text, kind }
  }

  const nodeCall = (stream: Live, second: number): string =>
    apiCall(
      random.pick(stream.calls),
      random.pick(stream.nodes),
      stream,
      second,
      random,
      random.chance(0.03),
    )

  const deliverPending = (stream: Live): Made | undefined => {
    const waiting = stream.pending.shift()
    if (waiting?.session !== undefined) started(stream, waiting.session)
    return waiting
  }

  return {
    truth,
    counts,
    next(stream: Live, second: number): string {
      const waiting =
        stream.pending.length > 0 && random.chance(0.25) ? deliverPending(stream) : undefined
      const { text, kind } = waiting ?? make[draw()](stream, second)
      counts[kind]++
      return text
    },
  }
}

/** Draws kinds by share; `stsShare` scales the AssumeRole* part against the rest. */
function createDraw(stsShare: number, { sts, others }: Mix, random: Random): () => Drawn {
  const total = (shares: Record<string, number>) =>
    Object.values(shares).reduce((sum, share) => sum + share, 0)
  // Copies in target accounts are AssumeRole records too: about half of what is chained.
  const assumptions = total(sts) + sts.chained / 2
  const scaled = [
    ...Object.entries(sts).map(
      ([kind, share]) => [kind, (share / assumptions) * stsShare] as const,
    ),
    ...Object.entries(others).map(
      ([kind, share]) => [kind, (share / total(others)) * (1 - stsShare)] as const,
    ),
  ]
  const table: Drawn[] = []
  for (const [kind, share] of scaled) {
    const slots = Math.round(share * 10000)
    for (let i = 0; i < slots; i++) table.push(kind as Drawn)
  }
  return () => random.pick(table)
}

/** 1,000 to 10,000 records a file, about 5,400 on average, `total` together. */
function fileSizes(total: number, random: Random): number[] {
  const count = Math.max(1, Math.round(total / RECORDS_PER_FILE))
  if (count === 1) return [total]
  const sizes = Array.from({ length: count }, () => random.between(1000, 9900))
  let missing = total - sizes.reduce((sum, size) => sum + size, 0)
  while (missing !== 0) {
    const index = random.below(count)
    const size = sizes[index] as number
    const changed = Math.max(1000, Math.min(10000, size + Math.max(-500, Math.min(500, missing))))
    sizes[index] = changed
    missing -= changed - size
  }
  return sizes
}

/** CloudTrail promises no order: neighbours up to 40 places apart change seats. */
function shuffleLocally(values: string[], random: Random): void {
  for (let i = 0; i < values.length; i++) {
    const j = Math.min(values.length - 1, i + random.below(40))
    const value = values[i] as string
    values[i] = values[j] as string
    values[j] = value
  }
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      records: { type: 'string', default: String(FULL_SET.records) },
      seed: { type: 'string', default: String(FULL_SET.seed) },
      'sts-share': { type: 'string', default: String(FULL_SET.stsShare) },
      start: { type: 'string', default: FULL_SET.start },
    },
  })
  const [directory] = positionals
  if (directory === undefined) {
    console.error(
      'usage: npm run generate -- DIR [--records N] [--seed N] [--sts-share 0.159] [--start TIME]',
    )
    process.exit(2)
  }
  const startedAt = performance.now()
  const summary = generate({
    directory,
    records: Number(values.records),
    seed: Number(values.seed),
    stsShare: Number(values['sts-share']),
    start: values.start,
  })
  writeFileSync(join(directory, 'truth.json'), `${JSON.stringify(summary)}\n`)
  const { direct, chained, ...rest } = summary
  const count = (edges: readonly { count: number }[]) => edges.reduce((sum, e) => sum + e.count, 0)
  console.log(
    JSON.stringify(
      {
        ...rest,
        bytesPerRecord: Math.round(rest.bytes / rest.options.records),
        compressionRatio: Number((rest.bytes / rest.bytesCompressed).toFixed(2)),
        direct: { edges: direct.length, count: count(direct) },
        chained: { edges: chained.length, count: count(chained) },
        seconds: Number(((performance.now() - startedAt) / 1000).toFixed(1)),
      },
      null,
      2,
    ),
  )
}
