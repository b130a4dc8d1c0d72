import { rmSync, symlinkSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { processOutput, type Style } from '../../cli/output.ts'
import { digestReportView } from '../../cli/render/digest-report.ts'
import { verifyDigests } from '../../lib/coverage/digest-chain.ts'
import { type Bucket, keysText, newSigner, signedBucket } from '../coverage/signed-tree.ts'
import { Cli } from './cli.ts'

const signer = newSigner()
const ONE = { accounts: ['111122223333'], regions: ['us-east-1'], hours: 4 }
const YES = ['--keys', 'keys.json']

let cli: Cli
let bucket: Bucket
beforeEach(() => {
  cli = new Cli()
  cli.write('keys.json', keysText(signer))
  bucket = signedBucket(signer, ONE)
})
afterEach(() => cli.remove())

const verify = (...args: string[]) => {
  bucket.writeTo(cli.path('trail'))
  return cli.run(['verify', 'trail', ...args])
}
const json = async (...args: string[]) => JSON.parse((await verify(...args, '-o', 'json')).stdout)

describe('podtrail verify', () => {
  it('exits 0 when all is as CloudTrail delivered it, and shows each chain', async () => {
    const { exit, stdout, stderr } = await verify(...YES)
    expect(stdout).toMatch(
      /^ACCOUNT +REGION +TRAIL +FROM +TO +SIGNED +INTACT +FAILED +NOT LOOKED\n/,
    )
    expect(stdout).toMatch(/111122223333 +us-east-1 +acme_org .* 4\/4 +8\/8 +0 +0\n$/)
    expect(stderr).toBe('Verified: 4 digests and 8 log files are what CloudTrail delivered.\n')
    expect(exit).toBe(0)
  })

  it('exits 3 and names the file and what is wrong with it', async () => {
    const [log] = bucket.logs()
    bucket.patch(log!, (bytes) => Buffer.concat([bytes, Buffer.from('x')]))
    const { exit, stdout, stderr } = await verify(...YES)
    expect(stdout).toContain('FAILED  log-not-single-member\n')
    expect(stdout).toContain(`  trail/${log}\n`)
    expect(stderr).toContain('NOT verified: 1 problem with 4 digests and 8 log files.')
    expect(exit).toBe(3)
  })

  it('exits 4 when something could not be looked at, unless that is accepted', async () => {
    const { exit, stdout, stderr } = await verify()
    expect(stdout).toContain('NOT LOOKED  no-keys\n')
    expect(stderr).toContain('--allow-partial accepts that')
    expect(exit).toBe(4)
    expect((await verify('--allow-partial')).exit).toBe(0)
  })

  it('exits 3 when something is wrong and something could not be looked at', async () => {
    bucket.files.delete(bucket.logs()[0]!)
    expect((await verify()).exit).toBe(3)
    expect((await verify('--allow-partial')).exit).toBe(3)
  })

  it('exits 3 where there is no digest', async () => {
    for (const key of bucket.digests()) bucket.files.delete(key)
    const { exit, stdout } = await verify(...YES)
    expect(stdout).toContain('FAILED  no-digests\n')
    expect(exit).toBe(3)
  })

  it('says that the signature of the newest digest could not be checked', async () => {
    bucket = signedBucket(signer, { ...ONE, sidecars: false })
    const { exit, stdout } = await verify(...YES)
    expect(stdout).toContain('NOT LOOKED  signature-missing\n')
    expect(stdout).toContain(`  trail/${bucket.digests().at(-1)}\n`)
    expect(exit).toBe(4)
  })

  it('exits 4 where a file cannot be opened', async () => {
    bucket.writeTo(cli.path('trail'))
    const [log] = bucket.logs()
    rmSync(cli.path(`trail/${log}`))
    symlinkSync('nowhere', cli.path(`trail/${log}`))
    const { exit, stdout } = await cli.run(['verify', 'trail', ...YES])
    expect(stdout.match(/^[A-Z ]+ {2}[a-z-]+$/gm)).toEqual(['NOT LOOKED  unreadable'])
    expect(stdout).toContain(`trail/${log}\n`)
    expect(exit).toBe(4)
  })

  it('fits into 80 columns, whatever is wrong', async () => {
    const [first, second] = bucket.logs()
    bucket.files.delete(first!)
    bucket.patch(second!, () => Buffer.from('x'))
    bucket.files.delete(bucket.digests()[1]!)
    const report = await verifyDigests(bucket.tree(), null, {})
    const output = { ...processOutput(true), width: 80, paint: (_: Style, text: string) => text }
    const lines = digestReportView(report, output).table(false)
    expect(lines.length).toBeGreaterThan(15)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
  })

  it('takes one digest by its path, and a folder from AWSLogs on', async () => {
    bucket.writeTo(cli.path('trail'))
    const [, digest] = bucket.digests()
    const one = await cli.run(['verify', `trail/${digest}`, ...YES])
    expect(one.stderr).toBe('Verified: 1 digest and 2 log files are what CloudTrail delivered.\n')
    expect(one.exit).toBe(0)
    expect((await cli.run(['verify', 'trail/AWSLogs', ...YES])).exit).toBe(0)
    expect((await cli.run(['verify', cli.path('trail/AWSLogs/111122223333'), ...YES])).exit).toBe(0)
  })

  it('verifies a tree that was copied from inside AWSLogs', async () => {
    const inside = signedBucket(signer, ONE)
    for (const key of [...inside.files.keys()]) inside.move(key, key.replace('AWSLogs/', ''))
    inside.writeTo(cli.path('inside'))
    expect(await cli.run(['verify', 'inside', ...YES])).toMatchObject({ exit: 0 })
    rmSync(cli.path(`inside/${inside.logs()[0]}`))
    expect((await cli.run(['verify', 'inside', ...YES])).stdout).toContain('log-missing')
  })

  it('fails when the newest digests are missing until --to', async () => {
    const { exit, stdout } = await verify(...YES, '--to', '2026-11-23T08:00Z')
    expect(stdout).toContain('newest-missing')
    expect(stdout).toContain('2026-11-23T04:01:31Z → 2026-11-23T08:00:00Z')
    expect(exit).toBe(3)
    expect((await verify(...YES, '--to', '2026-11-23T05:00Z')).exit).toBe(0)
  })

  it('gives the same as JSON, NDJSON, CSV and YAML', async () => {
    bucket.files.delete(bucket.logs()[0]!)
    const report = await json(...YES, '--from', '2026-11-22')
    expect(report).toMatchObject({
      apiVersion: 'podtrail/v1',
      kind: 'DigestReport',
      window: { from: '2026-11-22T00:00:00Z', to: null },
      coverage: { status: 'partial', accounts: ['111122223333'], missing: [] },
      verdict: 'failed',
      chains: [{ digests: 4, signed: 4, logFiles: 8, intact: 7, failed: 2, notLooked: 0 }],
      next: null,
    })
    expect(report.items.map(({ code }: { code: string }) => code)).toEqual([
      'hours-missing',
      'log-missing',
    ])
    const lines = (await verify(...YES, '-o', 'ndjson')).stdout.trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line).code)).toEqual(['log-missing'])
    expect((await verify(...YES, '-o', 'csv')).stdout).toMatch(/^verdict,code,.*\r\nfailed,log-m/)
    expect((await verify(...YES, '-o', 'yaml')).stdout).toContain('kind: DigestReport')
  })

  it.each([
    [['verify', 'nowhere'], 6, 'no such file or directory: nowhere'],
    [['verify', 's3://B'], 2, 'names no bucket'],
    [['verify', '.', '--keys', 'none.json'], 6, 'cannot read the keys'],
    [
      ['verify', '.', '--keys', 'bad.json'],
      2,
      'bad.json has no public keys: it has no PublicKeyList',
    ],
    [['verify', '.', '--account', '1'], 2, '--account: "1" is not an account'],
    [['verify', '.', '--from', 'x'], 2, '--from: "x" is not a time'],
    [['verify'], 2, "missing required argument 'path'"],
  ])('%j exits %i', async (args, code, message) => {
    cli.write('bad.json', '{}')
    const { exit, stdout, stderr } = await cli.run(args)
    expect(stderr).toContain(message)
    expect(stdout).toBe('')
    expect(exit).toBe(code)
  })

  it('has help that begins with examples', async () => {
    const { exit, stdout } = await cli.run(['verify', '--help'])
    expect(stdout).toMatch(/^Examples:\n {2}podtrail verify/)
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(90)
    expect(exit).toBe(0)
  })
})
