import { createHash } from 'node:crypto'
import type { CoverageStatement } from '../graph/coverage-statement.ts'
import { compare } from '../graph/order.ts'
import { timestamp } from '../graph/timestamp.ts'
import type { QuarantineReason } from '../model.ts'
import {
  DIGEST_LIMITS,
  type Digest,
  type DigestName,
  type ListedLog,
  parseDigest,
  parseDigestName,
} from '../source/digest.ts'
import { inflateGzip, SIZE_LIMITS, type SizeLimits } from '../source/inflate.ts'
import { type LogKey, parseLogKey } from '../source/log-key.ts'
import { INTEGRITY, type IntegrityCode, type IntegrityProblem } from './integrity.ts'
import { isSignatureOf, type PublicKey } from './public-keys.ts'
import { type Signed, signaturesIn, signedOf } from './signatures.ts'

/** A file of the tree. `root + name` is where it lies; `name` begins with `AWSLogs/` where its folders tell. */
export interface TreeFile {
  /** What it is called in answers, and read by. */
  readonly path: string
  readonly root: string
  readonly name: string
}

type Bytes = { readonly kind: 'bytes'; readonly bytes: Buffer }
type Refusal = { readonly kind: 'refused'; readonly reason: QuarantineReason }

/** Files of a bucket as they were copied. */
export interface Tree {
  readonly files: readonly TreeFile[]
  /** Files and folders that could not be opened. */
  readonly refused: readonly TreeFile[]
  /** Path of the one digest that is asked about; null: all. */
  readonly only: string | null
  read(path: string, storedMax: number): Bytes | Refusal | Promise<Bytes | Refusal>
}

/** What is to be verified. Times are when log files were delivered, in seconds. */
export interface VerifyAsked {
  readonly from?: number
  readonly to?: number
  readonly account?: string
  readonly region?: string
  readonly trail?: string
  /** The bucket that the files were copied from. */
  readonly bucket?: string
}

/** The digests of one trail in one account and region. */
export interface ChainItem {
  readonly account: string
  readonly region: string
  readonly trail: string
  readonly isBackfill: boolean
  readonly from: string | null
  readonly to: string | null
  /** How many there are, and of how many the signature was verified. */
  readonly digests: number
  readonly signed: number
  /** How many are listed, and how many of them are what was delivered. */
  readonly logFiles: number
  readonly intact: number
  readonly failed: number
  readonly notLooked: number
}

export interface DigestReport {
  readonly apiVersion: 'podtrail/v1'
  readonly kind: 'DigestReport'
  readonly window: { readonly from: string | null; readonly to: string | null }
  readonly coverage: CoverageStatement
  readonly verdict: 'verified' | 'failed' | 'incomplete'
  readonly chains: readonly ChainItem[]
  /** Each problem, by account, region, trail and time. */
  readonly items: readonly IntegrityProblem[]
  readonly next: null
}

const HOUR = 3600
/** A digest is delivered within the hour after the one it covers. */
const LATE = 2 * HOUR
/** A log file is called by the minute it was made; it is delivered, and listed, some minutes later. */
const NAMED_BEFORE = 15 * 60
/** Around the validity of a key: it is changed while digests are under way. */
const KEY_MARGIN = 2 * HOUR

/**
 * Verifies digests, the chains they form, and the log files they list. Each file is read once. `keys` null: there are none to
 * verify signatures with.
 */
export async function verifyDigests(
  tree: Tree,
  keys: readonly PublicKey[] | null,
  asked: VerifyAsked,
  progress: (digests: number, logFiles: number) => void = () => {},
): Promise<DigestReport> {
  return new Verification(tree, keys, asked, progress).run()
}

/** A digest file, known by its name. */
interface Candidate {
  readonly file: TreeFile
  readonly name: DigestName
}

/** What is kept of a digest once its log files are looked at. */
interface Link extends Candidate {
  /** Null: it could not be read as a digest. */
  readonly digest: Omit<Digest, 'logFiles'> | null
  readonly hash: string
  readonly signed: Signed | null
  /** False: it lies beside the window, and is read for what it says of its neighbour. */
  readonly isChosen: boolean
}

interface LogFile {
  readonly file: TreeFile
  readonly key: LogKey
  isListed: boolean
  /** SHA-256 of its content, or what is wrong with it; null: not read yet. */
  content: { readonly hash: string } | { readonly code: IntegrityCode; readonly why: string } | null
}

interface Chain {
  readonly account: string
  readonly region: string
  readonly trail: string
  readonly isBackfill: boolean
  readonly candidates: Candidate[]
  signed: number
  logFiles: number
  intact: number
  digests: number
  from: number | null
  to: number | null
}

type About = Pick<Chain, 'account' | 'region' | 'trail'>
type Found = IntegrityProblem & { readonly order: number }

class Verification {
  readonly #tree: Tree
  readonly #keys: readonly PublicKey[] | null
  readonly #asked: VerifyAsked
  readonly #progress: (digests: number, logFiles: number) => void
  readonly #problems: Found[] = []
  readonly #files = new Map<string, TreeFile>()
  readonly #logs = new Map<string, LogFile>()
  readonly #metadata = new Map<string, Signed>()
  readonly #bases = new Map<string, Map<string, { chain: Chain; file: TreeFile }[]>>()
  #digestsRead = 0
  #logsRead = 0
  #oldestEvent = Number.POSITIVE_INFINITY
  #newestEvent = Number.NEGATIVE_INFINITY

  constructor(
    tree: Tree,
    keys: readonly PublicKey[] | null,
    asked: VerifyAsked,
    progress: (digests: number, logFiles: number) => void,
  ) {
    this.#tree = tree
    this.#keys = keys
    this.#asked = asked
    this.#progress = progress
  }

  async run(): Promise<DigestReport> {
    const chains = await this.#index()
    const end = this.#asked.to ?? this.#newestSeen(chains)
    const chosen = [...chains.values()].filter((chain) => this.#isAsked(chain))
    for (const chain of chosen) {
      const links = await this.#readChain(chain)
      this.#verifySignatures(chain, links)
      this.#verifyLinks(chain, links)
      if (!chain.isBackfill) this.#verifyEnd(chain, end)
    }
    this.#verifyBases()
    this.#tellRefused()
    if (this.#tree.only === null) this.#findUnlisted([...chains.values()], end)
    if (chosen.every(({ digests }) => digests === 0)) {
      this.#put('no-digests', null, 'there is no digest file for what was asked: nothing vouches')
    } else if (this.#keys === null)
      this.#put('no-keys', null, 'no signature was verified: no public keys were given (--keys)')
    return this.#report(chosen)
  }

  /** Sorts the files of the tree into digests by chain, log files, and signatures. */
  async #index(): Promise<Map<string, Chain>> {
    const chains = new Map<string, Chain>()
    // Of what cannot be opened only the name can tell that it is a file.
    const isNamed = ({ name }: TreeFile): boolean =>
      parseDigestName(name) !== null || parseLogKey(name).kind === 'log'
    const refused = this.#tree.refused.filter(isNamed)
    for (const file of [...this.#tree.files, ...refused]) {
      this.#files.set(file.root + file.name, file)
      const base = file.name.slice(file.name.lastIndexOf('/') + 1)
      if (base === 'metadata.json') await this.#readMetadata(file)
      else if (!base.endsWith('.sig')) this.#sort(file, chains)
    }
    for (const { candidates } of chains.values())
      candidates.sort((a, b) => a.name.endAt - b.name.endAt || compare(a.file.name, b.file.name))
    const order = ({ account, region, trail, isBackfill }: Chain): string =>
      [account, region, trail, isBackfill].join('\u0000')
    return new Map([...chains].sort(([, a], [, b]) => compare(order(a), order(b))))
  }

  /** What could not be opened, as far as nothing else was said about it. */
  #tellRefused(): void {
    const told = new Set(this.#problems.map(({ path }) => path))
    for (const { path } of this.#tree.refused)
      if (!told.has(path)) this.#put('unreadable', null, 'it could not be opened', { path })
  }

  /** Whether it may be in a folder that could not be opened. */
  #isHidden(name: string): boolean {
    return this.#tree.refused.some((folder) => name.startsWith(`${folder.root}${folder.name}/`))
  }

  #sort(file: TreeFile, chains: Map<string, Chain>): void {
    const key = parseLogKey(file.name)
    if (key.kind === 'log' || (key.kind === 'other' && key.account !== null)) {
      this.#logs.set(file.root + file.name, { file, key, isListed: false, content: null })
      return
    }
    if (key.kind !== 'digest') return
    const name = parseDigestName(file.name)
    if (name === null) {
      const about = { account: key.account ?? '', region: key.region ?? '', trail: '' }
      const why = 'it lies among the digests, but is not called as CloudTrail calls them'
      if (this.#isAsked({ ...about, candidates: [] }))
        this.#put('wrong-name', about, why, { path: file.path })
      return
    }
    const { account, region, trail, homeRegion, isBackfill } = name
    const id = [file.root, key.organization, account, region, trail, homeRegion, isBackfill].join(
      '\u0000',
    )
    const chain = chains.get(id)
    if (chain !== undefined) chain.candidates.push({ file, name })
    else
      chains.set(id, {
        account,
        region,
        trail,
        isBackfill,
        candidates: [{ file, name }],
        signed: 0,
        logFiles: 0,
        intact: 0,
        digests: 0,
        from: null,
        to: null,
      })
  }

  async #readMetadata(file: TreeFile): Promise<void> {
    const stored = await this.#tree.read(file.path, SIZE_LIMITS.storedMax)
    const found = stored.kind === 'bytes' ? signaturesIn(stored.bytes) : null
    if (found === null)
      this.#put('unreadable', null, 'the signatures in it could not be read', { path: file.path })
    else for (const [key, signed] of found) this.#metadata.set(key, signed)
  }

  #isAsked({
    account,
    region,
    trail,
    candidates,
  }: About & { readonly candidates: readonly Candidate[] }): boolean {
    const { only } = this.#tree
    if (only !== null && !candidates.some(({ file }) => file.path === only)) return false
    return (
      (this.#asked.account ?? account) === account &&
      (this.#asked.region ?? region) === region &&
      (this.#asked.trail ?? trail) === trail
    )
  }

  /** The newest time that any name in the tree tells. */
  #newestSeen(chains: Map<string, Chain>): number {
    let newest = Number.NEGATIVE_INFINITY
    for (const { candidates } of chains.values())
      newest = Math.max(newest, candidates.at(-1)!.name.endAt)
    for (const { key } of this.#logs.values()) newest = Math.max(newest, key.deliveredAt ?? newest)
    return newest
  }

  /** Reads the digests that are asked about and one on either side, and the log files that they list. */
  async #readChain(chain: Chain): Promise<Link[]> {
    const { candidates } = chain
    const isChosen = this.#chooser(candidates)
    const links: Link[] = []
    for (const [index, candidate] of candidates.entries()) {
      const chosen = isChosen(candidate)
      const around = [candidates[index - 1], candidates[index + 1]]
      if (chosen || around.some((other) => other !== undefined && isChosen(other)))
        links.push(await this.#readDigest(chain, candidate, chosen))
    }
    return links
  }

  /** Which digests may list log files of the window, or stand at its end. */
  #chooser(candidates: readonly Candidate[]): (candidate: Candidate) => boolean {
    const { only } = this.#tree
    if (only !== null) return ({ file }) => file.path === only
    const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = this.#asked
    // Where digests are missing up to the end of the window, the one after it knows.
    const last = candidates.find(({ name }) => name.endAt >= Math.max(from, to))
    const until = Math.max(to + LATE, (last?.name.endAt ?? 0) + 1)
    return ({ name }) => name.endAt > from && name.endAt < until
  }

  async #readDigest(chain: Chain, candidate: Candidate, isChosen: boolean): Promise<Link> {
    const { file, name } = candidate
    const where = { path: file.path, to: name.endAt }
    const unread = { ...candidate, digest: null, hash: '', signed: null, isChosen }
    if (isChosen) {
      chain.digests += 1
      chain.from ??= name.endAt - HOUR
      chain.to = name.endAt
    }
    this.#progress(++this.#digestsRead, this.#logsRead)
    const content = await this.#contentOf('digest', file, DIGEST_LIMITS)
    if (!('bytes' in content)) {
      this.#put(content.code, chain, content.why, where)
      return unread
    }
    const parsed = parseDigest(content.bytes)
    if (parsed.kind === 'refused') {
      this.#put(parsed.reason, chain, `the digest ${parsed.why}`, where)
      return unread
    }
    const { logFiles, ...digest } = parsed.digest
    const prefix = this.#verifyPlace(chain, candidate, digest)
    for (const listed of logFiles)
      await this.#verifyLog(chain, candidate, digest.bucket, prefix, listed, isChosen)
    if (isChosen) {
      this.#oldestEvent = Math.min(this.#oldestEvent, digest.oldestEventAt ?? this.#oldestEvent)
      this.#newestEvent = Math.max(this.#newestEvent, digest.newestEventAt ?? this.#newestEvent)
    }
    return {
      ...candidate,
      digest,
      hash: hashOf(content.bytes),
      signed: await this.#signedOf(file, digest.key),
      isChosen,
    }
  }

  /** Compares what the digest says of itself with where it lies, and gives the part of keys that the tree leaves out. */
  #verifyPlace(chain: Chain, { file, name }: Candidate, digest: Omit<Digest, 'logFiles'>): string {
    const { bucket, key, account, endAt } = digest
    const where = { path: file.path, to: name.endAt }
    if (account !== name.account || (!name.isBackfill && endAt !== name.endAt)) {
      const why = `its name says ${name.account} until ${timestamp(name.endAt)}, the digest ${account} until ${digest.endTime}`
      this.#put('name-contradicted', chain, why, where)
    }
    if (bucket !== (this.#asked.bucket ?? bucket)) {
      const why = `it was made for the bucket ${bucket}, not for ${this.#asked.bucket}`
      this.#put('wrong-bucket', chain, why, where)
    }
    if (key !== file.name && !key.endsWith(`/${file.name}`)) {
      this.#put('wrong-place', chain, `it belongs to s3://${bucket}/${key}`, where)
      return key.slice(0, Math.max(0, key.lastIndexOf('AWSLogs/')))
    }
    const prefix = key.slice(0, key.length - file.name.length)
    const bases = this.#bases.get(file.root) ?? new Map()
    const base = bases.get(`${bucket}/${prefix}`) ?? []
    base.push({ chain, file })
    bases.set(`${bucket}/${prefix}`, base)
    this.#bases.set(file.root, bases)
    return prefix
  }

  /** One tree is a copy of one bucket. */
  #verifyBases(): void {
    for (const bases of this.#bases.values()) {
      const sorted = [...bases].sort(([, a], [, b]) => b.length - a.length)
      const [usual] = sorted
      for (const [base, made] of sorted.slice(1))
        for (const { chain, file } of made) {
          const why = `it was made for s3://${base}, but most digests beside it for s3://${usual![0]}`
          this.#put('wrong-bucket', chain, why, { path: file.path })
        }
    }
  }

  async #verifyLog(
    chain: Chain,
    { file, name }: Candidate,
    bucket: string,
    prefix: string,
    listed: ListedLog,
    isChosen: boolean,
  ): Promise<void> {
    const isHere = listed.bucket === bucket && listed.key.startsWith(prefix)
    const log = isHere ? this.#logs.get(file.root + listed.key.slice(prefix.length)) : undefined
    if (log !== undefined) log.isListed = true
    if (!isChosen || !this.#isInWindow(parseLogKey(listed.key).deliveredAt)) return
    chain.logFiles += 1
    const where = { path: log?.file.path ?? null, to: name.endAt }
    const url = `s3://${listed.bucket}/${listed.key}`
    if (!isHere) {
      this.#put(
        'log-elsewhere',
        chain,
        `it is listed, but lies outside of this tree: ${url}`,
        where,
      )
      return
    }
    const full = file.root + listed.key.slice(prefix.length)
    const content = await this.#logContent(log ?? this.#files.get(full))
    if (content === null && this.#isHidden(full)) {
      this.#put('unreadable', chain, `it is in a folder that could not be opened: ${url}`, where)
    } else if (content === null) {
      this.#put('log-missing', chain, `it was delivered, and is not there: ${url}`, where)
    } else if ('code' in content) this.#put(content.code, chain, content.why, where)
    else if (content.hash !== listed.hash) {
      const why = `its content is not what was delivered: SHA-256 ${content.hash.slice(0, 12)}… instead of ${listed.hash.slice(0, 12)}…`
      this.#put('log-changed', chain, why, where)
    } else chain.intact += 1
  }

  /** The hash of a log file, read when it is first asked for; null: there is none. */
  async #logContent(log: LogFile | TreeFile | undefined): Promise<LogFile['content']> {
    if (log === undefined) return null
    const known = 'isListed' in log ? log : null
    if (known?.content != null) return known.content
    this.#progress(this.#digestsRead, ++this.#logsRead)
    const file = 'isListed' in log ? log.file : log
    const content = await this.#contentOf('log', file, SIZE_LIMITS)
    const result = 'bytes' in content ? { hash: hashOf(content.bytes) } : content
    // Insights and the like are not indexed; a digest lists them once.
    if (known !== null) known.content = result
    return result
  }

  async #contentOf(
    what: 'digest' | 'log',
    { path }: TreeFile,
    limits: SizeLimits,
  ): Promise<{ readonly bytes: Buffer } | { readonly code: IntegrityCode; readonly why: string }> {
    const stored = await this.#tree.read(path, limits.storedMax)
    const content = stored.kind === 'bytes' ? inflateGzip(stored.bytes, limits) : stored
    if (content.kind === 'bytes') return content
    switch (content.reason) {
      case 'unreadable':
        return { code: 'unreadable', why: 'it could not be opened or read' }
      case 'too-large':
      case 'inflated-too-large':
        return { code: 'too-large', why: 'it is larger than any that CloudTrail writes' }
      case 'gzip-not-single-member':
        return {
          code: `${what}-not-single-member`,
          why: 'more follows after the end of its gzip data, which no hash covers',
        }
      default:
        return { code: `${what}-damaged`, why: `it is not whole gzip data (${content.reason})` }
    }
  }

  async #signedOf(file: TreeFile, key: string): Promise<Signed | null> {
    const beside = this.#files.get(`${file.root}${file.name}.sig`)
    if (beside === undefined)
      return this.#metadata.get(key) ?? this.#metadata.get(file.name) ?? null
    const stored = await this.#tree.read(beside.path, SIZE_LIMITS.storedMax)
    if (stored.kind === 'bytes') return signedOf(stored.bytes)
    this.#put('unreadable', null, 'the signature in it could not be read', { path: beside.path })
    return null
  }

  #verifySignatures(chain: Chain, links: readonly Link[]): void {
    const successors = new Map<string, Link>()
    for (const link of links) {
      const previous = link.digest?.previous
      if (previous == null) continue
      const other = successors.get(previous.key)
      if (other === undefined) successors.set(previous.key, link)
      else {
        const why = `it follows the same digest as ${other.file.path}: one of the two was put there`
        this.#put('chain-forked', chain, why, { path: link.file.path, to: link.name.endAt })
      }
    }
    for (const [index, link] of links.entries()) {
      if (link.digest === null || !link.isChosen) continue
      const where = { path: link.file.path, to: link.name.endAt }
      const follower = successors.get(link.digest.key)
      const after = links[index + 1]
      if (follower === undefined && after?.digest?.previous != null) {
        const { key } = after.digest.previous
        if (links.some(({ digest }) => digest?.key === key))
          this.#put('digest-unlinked', chain, 'no later digest follows it', where)
      }
      this.#verifySignature(chain, link, link.digest, follower?.digest?.previous?.signature ?? null)
    }
  }

  #verifySignature(
    chain: Chain,
    { file, name, hash, signed }: Link,
    digest: Omit<Digest, 'logFiles'>,
    later: string | null,
  ): void {
    const where = { path: file.path, to: name.endAt }
    if (signed?.kind === 'refused') {
      this.#put(signed.code, chain, signed.why, where)
      return
    }
    const signature = signed?.signature ?? later
    if (signed !== null && later !== null && signed.signature !== later)
      this.#put('signature-differs', chain, 'the next digest quotes another signature of it', where)
    if (signature === null) {
      const why =
        'its signature could not be checked: no later digest quotes it, and there is no .sig or metadata.json for it'
      this.#put('signature-missing', chain, why, where)
      return
    }
    if (this.#keys === null) return
    const keys = this.#keys.filter(({ fingerprint }) => fingerprint === digest.fingerprint)
    if (keys.length === 0) {
      const why = `no public key has its fingerprint ${digest.fingerprint}: fetch the keys of ${chain.region} for that time, else CloudTrail did not sign it`
      this.#put('unknown-key', chain, why, where)
      return
    }
    const { endTime, bucket, key, previous } = digest
    const text = `${endTime}\n${bucket}/${key}\n${hash}\n${previous?.signature ?? 'null'}`
    const signer = keys.find((one) => isSignatureOf(text, signature, one.key))
    if (signer === undefined) {
      this.#put('signature-invalid', chain, 'its signature is not that of its content', where)
      return
    }
    const at = name.isBackfill ? (signed?.backfilledAt ?? null) : digest.endAt
    if (at === null) {
      const why = 'when it was made is not known (backfill-generation-timestamp in metadata.json)'
      this.#put('key-time-unknown', chain, `${why}, so neither is whether its key was valid`, where)
    } else if (at < signer.validFrom - KEY_MARGIN || at > signer.validTo + KEY_MARGIN) {
      const why = `its key was valid from ${timestamp(signer.validFrom)} to ${timestamp(signer.validTo)} only`
      this.#put('key-not-valid-then', chain, why, where)
      return
    }
    chain.signed += 1
  }

  #verifyLinks(chain: Chain, links: readonly Link[]): void {
    const byKey = new Map(links.map((link) => [`${link.file.root}${link.file.name}`, link]))
    for (const [index, link] of links.entries()) {
      if (!link.isChosen || link.digest === null) continue
      const { digest, file } = link
      const before = links[index - 1]
      const { previous } = digest
      const path = file.path
      if (previous === null) this.#verifyStart(chain, link, digest, before)
      else {
        const prefix = digest.key.endsWith(file.name)
          ? digest.key.slice(0, digest.key.length - file.name.length)
          : ''
        if (previous.bucket !== digest.bucket || !previous.key.startsWith(prefix)) {
          const why = `the digest before it is s3://${previous.bucket}/${previous.key}, outside of this tree`
          this.#put('previous-elsewhere', chain, why, { path, to: digest.startAt })
          continue
        }
        const name = file.root + previous.key.slice(prefix.length)
        const target = byKey.get(name)
        if (target === undefined) this.#putMissing(chain, link, digest, before, name)
        else if (target.digest !== null) {
          if (target.hash !== previous.hash) {
            const why = `the digest before it is another than the one it followed: ${target.file.path}`
            this.#put('link-broken', chain, why, { path, to: link.name.endAt })
          }
          if (!chain.isBackfill) this.#verifyHours(chain, link, digest, target.digest)
        }
      }
    }
  }

  #verifyHours(
    chain: Chain,
    { file }: Link,
    digest: Omit<Digest, 'logFiles'>,
    before: Omit<Digest, 'logFiles'>,
  ): void {
    const { startAt } = digest
    if (before.endAt < startAt)
      this.#put('hours-missing', chain, 'no digest covers this time', {
        path: file.path,
        from: before.endAt,
        to: startAt,
      })
    if (before.endAt > startAt)
      this.#put('hours-overlap', chain, 'it covers time that the digest before it covers too', {
        path: file.path,
        from: startAt,
        to: before.endAt,
      })
  }

  /** A digest that says it is the first. */
  #verifyStart(
    chain: Chain,
    { file }: Link,
    digest: Omit<Digest, 'logFiles'>,
    before: Link | undefined,
  ): void {
    // Whether backfill digests ever are linked is not documented.
    if (chain.isBackfill || this.#tree.only !== null) return
    const to = digest.startAt
    if (before !== undefined) {
      const why =
        'the chain starts anew here: logging or validation was off before, or digests were removed'
      const from = before.digest?.endAt ?? before.name.endAt
      this.#put('chain-restart', chain, why, { path: file.path, from: Math.min(from, to), to })
    } else if (this.#asked.from !== undefined && this.#asked.from < to) {
      const why = 'the chain starts here: no digest covers the time before'
      this.#put('hours-missing', chain, why, { path: file.path, from: this.#asked.from, to })
    }
  }

  #putMissing(
    chain: Chain,
    { file }: Link,
    digest: Omit<Digest, 'logFiles'>,
    before: Link | undefined,
    name: string,
  ): void {
    // Of one digest alone nothing is said about the rest.
    if (this.#tree.only !== null) return
    const where = { path: file.path, to: digest.startAt }
    if (this.#isHidden(name)) {
      const why = 'the digest before it is in a folder that could not be opened'
      this.#put('unreadable', chain, why, where)
      return
    }
    const there = this.#files.get(name)
    if (there !== undefined) {
      const isOurs = chain.candidates.some((candidate) => candidate.file === there)
      if (isOurs)
        this.#put('link-broken', chain, `it follows ${there.path}, not the digest before it`, where)
      else
        this.#put('previous-elsewhere', chain, `it follows ${there.path} of another chain`, where)
      return
    }
    const { from } = this.#asked
    const to = digest.startAt
    if (before === undefined && from !== undefined && from >= to) return
    const key = digest.previous!.key
    const code = before === undefined ? 'start-missing' : 'digest-missing'
    const why = `the digest before it is not there: ${key.slice(key.lastIndexOf('/') + 1)}`
    const since = before?.name.endAt ?? Math.max(from ?? to - HOUR, to - HOUR)
    this.#put(code, chain, why, { path: file.path, from: Math.min(since, to), to })
  }

  /** One digest comes each hour, also when nothing happened. */
  #verifyEnd(chain: Chain, end: number): void {
    const last = chain.candidates.at(-1)!.name.endAt
    if (this.#tree.only !== null || last + LATE > end) return
    const why =
      'the newest digests are missing: one comes each hour; logging was stopped or they were removed'
    const from = Math.max(last, this.#asked.from ?? last)
    this.#put('newest-missing', chain, why, { from, to: end })
  }

  #findUnlisted(chains: readonly Chain[], end: number): void {
    // Log files do not say which trail they are of.
    if (this.#asked.trail !== undefined) return
    const newest = new Map<string, number>()
    for (const { account, region, candidates } of chains) {
      const pair = `${account} ${region}`
      newest.set(pair, Math.max(candidates.at(-1)!.name.endAt, newest.get(pair) ?? 0))
    }
    const waiting = new Map<string, { about: About; count: number; from: number }>()
    const orphans = new Map<string, { about: About; count: number }>()
    for (const { file, key, isListed } of this.#logs.values()) {
      const about = { account: key.account ?? '', region: key.region ?? '', trail: '' }
      if (isListed || !this.#isInWindow(key.deliveredAt)) continue
      if (!this.#isAsked({ ...about, candidates: [] })) continue
      const pair = `${about.account} ${about.region}`
      const last = newest.get(pair)
      const at = key.deliveredAt
      if (last === undefined) {
        const orphan = orphans.get(pair) ?? { about, count: 0 }
        orphan.count += 1
        orphans.set(pair, orphan)
      } else if (at !== null && at >= last - NAMED_BEFORE && last + LATE > end) {
        const wait = waiting.get(pair) ?? { about, count: 0, from: at }
        waiting.set(pair, { about, count: wait.count + 1, from: Math.min(wait.from, at) })
      } else
        this.#put('log-unlisted', about, 'no digest lists it', {
          path: file.path,
          ...(at === null ? {} : { to: at }),
        })
    }
    for (const { about, count } of orphans.values())
      this.#put(
        'no-chain',
        about,
        `nothing vouches for log files here (${count}): no digest is there`,
      )
    for (const { about, count, from } of waiting.values())
      this.#put(
        'log-not-listed-yet',
        about,
        `the newest log files (${count}) are in no digest yet; one comes each hour`,
        { from },
      )
  }

  #isInWindow(at: number | null): boolean {
    if (at === null) return true
    return at >= (this.#asked.from ?? at) && (this.#asked.to === undefined || at < this.#asked.to)
  }

  #put(
    code: IntegrityCode,
    about: About | null,
    text: string,
    { path, from, to }: { path?: string | null; from?: number; to?: number } = {},
  ): void {
    this.#problems.push({
      verdict: INTEGRITY[code],
      code,
      account: about?.account || null,
      region: about?.region || null,
      trail: about?.trail || null,
      path: path ?? null,
      from: from === undefined ? null : timestamp(from),
      to: to === undefined ? null : timestamp(to),
      text,
      order: from ?? to ?? 0,
    })
  }

  #report(chains: readonly Chain[]): DigestReport {
    const field = (text: string | null): string => text ?? ''
    const items = this.#problems
      .sort(
        (a, b) =>
          compare(field(a.account), field(b.account)) ||
          compare(field(a.region), field(b.region)) ||
          compare(field(a.trail), field(b.trail)) ||
          a.order - b.order ||
          compare(field(a.path), field(b.path)),
      )
      .map(({ order: _, ...problem }) => problem)
    const isFailed = items.some(({ verdict }) => verdict === 'failed')
    const { from, to } = this.#asked
    return {
      apiVersion: 'podtrail/v1',
      kind: 'DigestReport',
      window: {
        from: from === undefined ? null : timestamp(from),
        to: to === undefined ? null : timestamp(to),
      },
      coverage: this.#coverage(chains, items),
      verdict: isFailed ? 'failed' : items.length > 0 ? 'incomplete' : 'verified',
      chains: chains.map((chain) => itemOf(chain, items)),
      items,
      next: null,
    }
  }

  #coverage(chains: readonly Chain[], items: readonly IntegrityProblem[]): CoverageStatement {
    const unique = (texts: readonly string[]): string[] => [...new Set(texts)].sort(compare)
    const time = (seconds: number): string | null =>
      Number.isFinite(seconds) ? timestamp(seconds) : null
    return {
      status: chains.length === 0 ? 'blind' : items.length === 0 ? 'complete' : 'partial',
      accounts: unique(chains.map(({ account }) => account)),
      regions: unique(chains.map(({ region }) => region)),
      gaps: items.flatMap(({ verdict, account, region, from, to }) =>
        verdict === 'failed' && account !== null && region !== null && from !== null && to !== null
          ? [{ account, region, from, to }]
          : [],
      ),
      missing: [],
      quiet: 0,
      firstEvent: time(this.#oldestEvent),
      lastEvent: time(this.#newestEvent),
    }
  }
}

function itemOf(chain: Chain, items: readonly IntegrityProblem[]): ChainItem {
  const { account, region, trail, isBackfill, digests, signed, logFiles, intact } = chain
  const count = (wanted: IntegrityProblem['verdict']): number =>
    items.filter(
      (item) =>
        item.verdict === wanted &&
        item.account === account &&
        item.region === region &&
        (item.trail === trail || item.trail === null),
    ).length
  return {
    account,
    region,
    trail,
    isBackfill,
    from: chain.from === null ? null : timestamp(chain.from),
    to: chain.to === null ? null : timestamp(chain.to),
    digests,
    signed,
    logFiles,
    intact,
    failed: count('failed'),
    notLooked: count('not-looked'),
  }
}

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
