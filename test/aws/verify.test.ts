import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { Cli } from '../cli/cli.ts'
import { BUCKET, newSigner, signedBucket } from '../coverage/signed-tree.ts'

/*
 * `podtrail verify s3://…` as people start it: digests, log files and signatures as metadata in a bucket of a moto server, and the public keys from
 * a server that answers ListPublicKeys, which moto does not.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html
 */

const signer = newSigner()
const trail = signedBucket(signer, {
  accounts: ['111122223333'],
  regions: ['us-east-1'],
  hours: 3,
  sidecars: false,
})
const s3 = new S3Client({
  region: 'us-east-1',
  endpoint: inject('moto'),
  forcePathStyle: true,
  credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
})
const asked: { StartTime: number; EndTime: number }[] = []
const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    asked.push(JSON.parse(Buffer.concat(chunks).toString('utf8')))
    const { Value, Fingerprint } = signer.listed
    const [from, to] = ['2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z'].map(
      (time) => Date.parse(time) / 1000,
    )
    const key = { Value, Fingerprint, ValidityStartTime: from, ValidityEndTime: to }
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
    response.end(JSON.stringify({ PublicKeyList: [key] }))
  })
})
const cli = new Cli()
const url = (key = ''): string =>
  `s3://${BUCKET}/${key}?${new URLSearchParams({ region: 'us-east-1', endpoint: inject('moto') })}`

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }))
  for (const [Key, Body] of trail.files) {
    const signature = trail.signatures.get(Key)
    const Metadata =
      signature === undefined ? {} : { signature, 'signature-algorithm': 'SHA256withRSA' }
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body, Metadata }))
  }
})

afterAll(() => {
  server.close()
  s3.destroy()
  cli.remove()
})

const verify = (path: string) =>
  cli.run(['verify', path], {
    env: {
      AWS_ACCESS_KEY_ID: 'testing',
      AWS_SECRET_ACCESS_KEY: 'testing',
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL_CLOUDTRAIL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    },
  })

it('verifies a bucket, the newest digest too, with the keys of the time', async () => {
  const { exit, stdout, stderr } = await verify(url())
  expect(stderr).toBe('Verified: 3 digests and 6 log files are what CloudTrail delivered.\n')
  expect(stdout).toMatch(/111122223333 +us-east-1 +acme_org .* 3\/3 +6\/6 +0 +0\n$/)
  expect(exit).toBe(0)
  expect(asked).toHaveLength(1)
  expect(asked[0]!.EndTime - asked[0]!.StartTime).toBe(2 * 3600 + 4 * 3600)
})

it('says what is wrong: a log file that was changed, one that was added, one that is gone', async () => {
  const [first, second] = trail.logs()
  const put = (Key: string, Body: Buffer) =>
    s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }))
  await put(first!, Buffer.concat([trail.at(first!), Buffer.from('x')]))
  await put(second!.replace(/_[A-Za-z0-9]{16}\./, '_ADDEDADDEDADDED0.'), trail.at(second!))
  const { exit, stdout } = await verify(url())
  expect(stdout).toContain('FAILED  log-not-single-member\n')
  expect(stdout).toContain('FAILED  log-unlisted\n')
  expect(stdout).toContain(`  s3://${BUCKET}/${first}\n`)
  expect(exit).toBe(3)
})

it('says that there is no such bucket', async () => {
  const { exit, stderr } = await verify(`s3://no-such-bucket?${url().split('?')[1]}`)
  expect(exit).toBe(6)
  expect(stderr).toContain('no-such-bucket')
})
