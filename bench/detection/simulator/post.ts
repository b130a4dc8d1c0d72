import type { Random } from './chance.ts'
import { HOUR, MINUTE } from './time.ts'

/** A record on its way: its text, and what decides where it goes. */
export interface Letter {
  readonly text: string
  readonly account: string
  readonly region: string
  readonly at: number
  readonly readOnly: boolean
}

export interface LogFile {
  /** Below the bucket, as CloudTrail names it. */
  readonly path: string
  readonly deliveredAt: number
  readonly records: number
  readonly text: string
}

/** An account's trail that does not see: everything, what only reads, or all but data events. */
export interface Blindness {
  readonly account: string
  readonly from: number
  readonly until: number
  readonly hides: 'all' | 'read-only'
}

const LATE_SHARE = 0.004
const DUPLICATE_SHARE = 0.001

/** CloudTrail as a postman: files by account and region, minutes after the event, some hours late, some records twice, in no order. */
export class Post {
  readonly blind: Blindness[] = []
  readonly counts = { records: 0, late: 0, duplicates: 0, lost: 0, files: 0 }
  readonly #random: Random
  readonly #slots = new Map<number, Map<string, string[]>>()

  constructor(random: Random) {
    this.#random = random
  }

  send(letter: Letter): boolean {
    if (this.blind.some((blindness) => hidden(blindness, letter))) {
      this.counts.lost++
      return false
    }
    const random = this.#random
    const isLate = random.chance(LATE_SHARE)
    const at = letter.at + (isLate ? random.between(HOUR, 5 * HOUR) : random.between(60, 600))
    if (isLate) this.counts.late++
    this.#put(letter, at)
    if (random.chance(DUPLICATE_SHARE)) {
      this.counts.duplicates++
      this.#put(letter, at + random.between(0, 2 * HOUR))
    }
    return true
  }

  #put({ text, account, region }: Letter, at: number): void {
    const hour = Math.floor(at / HOUR)
    let files = this.#slots.get(hour)
    if (files === undefined) {
      files = new Map()
      this.#slots.set(hour, files)
    }
    const place = `${account}/${region}`
    const texts = files.get(place)
    if (texts === undefined) files.set(place, [text])
    else texts.push(text)
    this.counts.records++
  }

  /** The files of all hours before `until`. */
  *collect(until: number): Generator<LogFile> {
    const due = [...this.#slots.keys()].filter((hour) => (hour + 1) * HOUR <= until)
    for (const hour of due.sort((a, b) => a - b)) {
      for (const [place, texts] of this.#slots.get(hour)!) {
        this.counts.files++
        yield this.#file(place, (hour + 1) * HOUR + this.#random.between(1, 4) * MINUTE, texts)
      }
      this.#slots.delete(hour)
    }
  }

  #file(place: string, deliveredAt: number, texts: string[]): LogFile {
    const random = this.#random
    for (let i = texts.length - 1; i > 0; i--) {
      const j = random.below(i + 1)
      const text = texts[i]!
      texts[i] = texts[j]!
      texts[j] = text
    }
    const [account, region] = place.split('/') as [string, string]
    const time = new Date(deliveredAt * 1000).toISOString()
    const stamp = `${time.slice(0, 16).replace(/[-:]/g, '')}Z`
    const day = time.slice(0, 10).replaceAll('-', '/')
    const path = `AWSLogs/${account}/CloudTrail/${region}/${day}/${account}_CloudTrail_${region}_${stamp}_${random.requestId()}.json.gz`
    return { path, deliveredAt, records: texts.length, text: `{"Records":[${texts.join(',')}]}` }
  }
}

function hidden({ account, from, until, hides }: Blindness, letter: Letter): boolean {
  if (letter.account !== account || letter.at < from || letter.at >= until) return false
  return hides === 'all' || letter.readOnly
}
