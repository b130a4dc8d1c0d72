import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { Cli } from '../cli/cli.ts'
import { bytesOf } from '../properties/deliver.ts'
import {
  ACCOUNTS,
  assume,
  call,
  eventId,
  type Json,
  keyOf,
  pod,
  roleOf,
  type Session,
  sessionIdentity,
} from '../properties/records.ts'
import { LookupServer } from './lookup-server.ts'

/*
 * `podtrail backfill` as people start it, against a server that answers LookupEvents and throttles, and STS of moto. Records are synthetic.
 */

const DAY = 86_400
const now = Math.floor(Date.now() / 1000)
const [account, other] = ACCOUNTS
const checkout: Session = {
  role: roleOf(account, 'app'),
  name: 'one',
  key: keyOf(1),
  at: now - DAY,
}
const chained: Session = {
  role: roleOf(other, 'ledger'),
  name: 'two',
  key: keyOf(2),
  at: now - DAY / 2,
}
/** A bit more than is committed at once: so many requests take ten seconds. */
const CALLS = 1_050
const EUROPE: readonly Json[] = [
  pod(eventId(1), checkout, 'checkout'),
  ...Array.from({ length: CALLS }, (_, index) =>
    call(
      eventId(100 + index),
      now - DAY + 60 + index,
      sessionIdentity(checkout),
      account,
      'photos',
    ),
  ),
]
const GLOBAL = [
  assume(eventId(2), chained, sessionIdentity(checkout), account, { awsRegion: 'us-east-1' }),
]

let server: LookupServer
const cli = new Cli()
const REGIONS = ['--region', 'eu-west-1', '--region', 'us-east-1']

beforeAll(async () => {
  server = await LookupServer.start(
    new Map([
      ['eu-west-1', EUROPE],
      ['us-east-1', GLOBAL],
    ]),
  )
})

afterAll(async () => {
  await server.stop()
  cli.remove()
})

const env = (): Record<string, string> => ({
  AWS_ACCESS_KEY_ID: 'testing',
  AWS_SECRET_ACCESS_KEY: 'testing',
  AWS_REGION: 'eu-west-1',
  AWS_ENDPOINT_URL_CLOUDTRAIL: server.url,
  AWS_ENDPOINT_URL_STS: inject('moto'),
})

interface Item {
  readonly source: string
  readonly records: number
  readonly accepted: number
  readonly duplicate: number
}

async function backfill(
  ...args: string[]
): Promise<{ exit: number; stderr: string; items: Item[] }> {
  const { exit, stdout, stderr } = await cli.run(
    ['backfill', '--days', '3', '-o', 'json', ...args],
    {
      env: env(),
    },
  )
  const items = stdout === '' ? [] : (JSON.parse(stdout) as { items: Item[] }).items
  return { exit, stderr, items }
}

it('brings what log files would, at the pace it is let, and goes on where it was stopped', async () => {
  const store = ['--store', 'sqlite:a.db']
  // Throttled at first, and refused for good in the middle of the longest lane.
  server.refuseNext = 2
  server.denyAfter = 22
  const stopped = await backfill(...REGIONS, ...store)
  expect(stopped.exit).toBe(5)
  expect(stopped.stderr).toContain('cloudtrail:LookupEvents')
  expect(server.throttled).toBeGreaterThanOrEqual(2)

  server.denyAfter = Number.POSITIVE_INFINITY
  server.answered.length = 0
  const { exit, items } = await backfill(...REGIONS, ...store)
  expect(exit).toBe(0)
  const [europe, global] = items
  expect(europe!.source).toBe('lookup-events:123456789012/eu-west-1')
  // What was there is asked for again for five minutes only.
  expect(europe!.records).toBeLessThan(CALLS / 2)
  expect(europe!.accepted).toBe(EUROPE.length - 20 * 50)
  expect(global).toMatchObject({ duplicate: 0 })
  expect(server.answered.filter(({ region }) => region === 'eu-west-1').length).toBeLessThan(12)

  cli.write('all.json', bytesOf('log file', [...EUROPE, ...GLOBAL]))
  await cli.run(['ingest', 'all.json', '--store', 'sqlite:b.db'])
  for (const question of [
    ['graph', '--all'],
    ['touched', 'arn:aws:s3:::photos'],
    ['trace', keyOf(2)],
  ]) {
    const answers = await Promise.all(
      ['a', 'b'].map((name) =>
        cli.run([...question, '-o', 'json', '--store', `sqlite:${name}.db`]),
      ),
    )
    const [told, expected] = answers.map(
      ({ stdout }) => (JSON.parse(stdout) as { items: unknown }).items,
    )
    expect(told, question.join(' ')).toEqual(expected)
    expect(JSON.stringify(told)).toContain('shop/checkout')
  }

  const again = await backfill(...REGIONS, ...store)
  expect(again.items.map(({ records }) => records)).toEqual([0, 0])
  expect(again.stderr).toContain('Nothing new')
}, 120_000)

it('asks for the events of a service alone', async () => {
  server.answered.length = 0
  const { items } = await backfill(
    '--region',
    'eu-west-1',
    '--only',
    'sts.amazonaws.com',
    '--store',
    'sqlite:c.db',
  )
  expect(items).toMatchObject([
    { source: 'lookup-events:123456789012/eu-west-1/sts.amazonaws.com', records: 1, accepted: 1 },
  ])
  expect(server.answered.map(({ asked }) => asked.LookupAttributes)).toEqual([
    [{ AttributeKey: 'EventSource', AttributeValue: 'sts.amazonaws.com' }],
  ])
  const { stdout } = await cli.run(['who', 'app', '-o', 'json', '--store', 'sqlite:c.db'])
  expect(JSON.parse(stdout)).toMatchObject({ items: [{ count: 1 }] })
})

it('says what is wrong with what it is given', async () => {
  for (const [args, said] of [
    [['--days', '91'], 'CloudTrail knows the last 90 days'],
    [['--region', 'mars'], 'Give a region'],
    [['--only', 'STS'], 'Give an event source'],
  ] as const)
    expect(await cli.run(['backfill', ...args])).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining(said),
    })
})
