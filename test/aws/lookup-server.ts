import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Json } from '../properties/records.ts'

/*
 * LookupEvents as its page describes it, since moto has none: 50 events at most, newest first, a token that goes with the very question it
 * was given for, and two requests a second in a region, above which it throttles.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
 */

const EVENTS_AT_ONCE = 50
const PER_SECOND = 2

interface Asked {
  readonly StartTime: number
  readonly EndTime: number
  readonly MaxResults?: number
  readonly NextToken?: string
  readonly LookupAttributes?: readonly { AttributeKey: string; AttributeValue: string }[]
}

export class LookupServer {
  /** Questions that were answered, by region, and how many were not. */
  readonly answered: { region: string; asked: Asked }[] = []
  throttled = 0
  /** Refuses this many of the next requests, whatever their pace. */
  refuseNext = 0
  /** After so many answers it refuses for good. */
  denyAfter = Number.POSITIVE_INFINITY
  readonly #server: Server
  readonly #times = new Map<string, number[]>()

  private constructor(records: ReadonlyMap<string, readonly Json[]>) {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const region = /\/([a-z0-9-]+)\/cloudtrail\//.exec(
          String(request.headers.authorization),
        )![1]!
        const say = (status: number, body: object): void => {
          response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
          response.end(JSON.stringify(body))
        }
        if (!String(request.headers['x-amz-target']).endsWith('.LookupEvents'))
          say(400, { __type: 'UnsupportedOperationException' })
        else if (this.answered.length >= this.denyAfter)
          say(400, { __type: 'AccessDeniedException', message: 'not authorized' })
        else if (this.#isTooMany(region)) {
          this.throttled++
          say(400, { __type: 'ThrottlingException', message: 'Rate exceeded' })
        } else {
          const asked = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Asked
          const answer = answerTo(asked, records.get(region) ?? [])
          if (answer === null) say(400, { __type: 'InvalidNextTokenException' })
          else {
            this.answered.push({ region, asked })
            say(200, answer)
          }
        }
      })
    })
  }

  /** `records`: of each region. */
  static async start(records: ReadonlyMap<string, readonly Json[]>): Promise<LookupServer> {
    const server = new LookupServer(records)
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve))
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** More than the rate allows, with one more that CloudTrail lets pass in a burst. */
  #isTooMany(region: string): boolean {
    if (this.refuseNext > 0) {
      this.refuseNext--
      return true
    }
    const now = Date.now()
    const times = (this.#times.get(region) ?? []).filter((at) => at > now - 1000)
    if (times.length > PER_SECOND) return true
    this.#times.set(region, [...times, now])
    return false
  }
}

function answerTo(asked: Asked, records: readonly Json[]): object | null {
  const { NextToken, ...question } = asked
  const [start, of] = NextToken === undefined ? [0, null] : JSON.parse(NextToken)
  if (of !== null && of !== JSON.stringify(question)) return null
  const [attribute] = asked.LookupAttributes ?? []
  const found = records
    .map((record) => ({ record, at: Date.parse(String(record['eventTime'])) / 1000 }))
    .filter(({ record, at }) => {
      if (at < asked.StartTime || at > asked.EndTime) return false
      return attribute === undefined || record['eventSource'] === attribute.AttributeValue
    })
    .sort((a, b) => b.at - a.at)
  const end = start + Math.min(asked.MaxResults ?? EVENTS_AT_ONCE, EVENTS_AT_ONCE)
  return {
    Events: found.slice(start, end).map(({ record, at }) => ({
      EventId: record['eventID'],
      EventName: record['eventName'],
      EventTime: at,
      EventSource: record['eventSource'],
      CloudTrailEvent: JSON.stringify(record),
    })),
    ...(end < found.length ? { NextToken: JSON.stringify([end, JSON.stringify(question)]) } : {}),
  }
}
