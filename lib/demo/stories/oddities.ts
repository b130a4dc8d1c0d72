import { secret, sqs } from '../calls.ts'
import { moments, newPod, placeOf, takeCredentials } from '../pods.ts'
import type { Random } from '../random.ts'
import { insight, networkActivity, type Place, serviceEvent } from '../records.ts'
import type { Stage } from '../stage.ts'
import { HOUR, MINUTE } from '../time.ts'
import { ACCOUNT, type World } from '../world.ts'

/** Records that are about nobody, and calls whose beginning lies before the logs. */
export function oddities(stage: Stage, world: World, random: Random): void {
  asides(stage, world, random.fork('asides'))
  older(stage, world, random.fork('older'))
  refusedSecrets(stage, world, random.fork('secrets'))
}

function asides(stage: Stage, world: World, random: Random): void {
  const { start, end } = stage.window
  const { prod } = world.clusters
  for (const at of moments(random, start, end, 5 * HOUR)) {
    const key = `arn:aws:kms:us-east-1:${ACCOUNT.ledger}:key/${random.uuid()}`
    const place: Place = { ip: 'kms.amazonaws.com', userAgent: 'kms.amazonaws.com' }
    const frame = stage.frame(at, 'us-east-1', place, ACCOUNT.ledger)
    const resources = [{ accountId: ACCOUNT.ledger, type: 'AWS::KMS::Key', ARN: key }]
    const rotated = serviceEvent(frame, 'kms.amazonaws.com', 'RotateKey', resources, {
      keyId: key.slice(key.lastIndexOf('/') + 1),
      rotationType: 'AUTOMATIC',
    })
    stage.aside(at, rotated)
  }
  for (const at of moments(random, start, end, 7 * HOUR)) {
    const endpoint = prod.vpcEndpoints.s3 ?? ''
    const place: Place = { ip: '10.20.4.17', userAgent: '', vpcEndpointId: endpoint }
    const frame = stage.frame(at, 'us-east-1', place, ACCOUNT.prod)
    const principalId = `AROA${random.base32(17)}:i-0${random.hex(16)}`
    const call = { source: 's3.amazonaws.com', name: 'GetObject', principalId }
    stage.aside(at, networkActivity(frame, { ...call, account: ACCOUNT.vendor }))
  }
  // Insights have files of their own, but exports and forwarders mix them in: this one lies astray.
  const at = start + 9 * HOUR
  const frame = stage.frame(at, 'us-east-1', { ip: '', userAgent: '' }, ACCOUNT.dev)
  stage.aside(at, insight(frame, 'sts.amazonaws.com', 'AssumeRoleWithWebIdentity'))
}

// Credentials taken twenty minutes before the first file begins.
function older(stage: Stage, world: World, random: Random): void {
  const { dev } = world.clusters
  const role = world.role(ACCOUNT.dev, '/apps/', 'old-timer')
  const pod = newPod(random, dev, 'tools', 'old-timer', 'go', stage.window.start)
  const { start } = stage.window
  const session = takeCredentials(stage, random, pod, role, start - 20 * MINUTE)
  for (const at of moments(random, start, start + 38 * MINUTE, 8 * MINUTE)) {
    const call = sqs('ReceiveMessage', 'tools', dev.region, ACCOUNT.dev)
    stage.call(at, session, call, { region: dev.region, place: placeOf(pod, 'sqs') })
  }
}

// A refusal whose request is gone: the secret is named in the message and nowhere else.
function refusedSecrets(stage: Stage, world: World, random: Random): void {
  const { prod } = world.clusters
  const role = world.role(ACCOUNT.prod, '/apps/', 'promo')
  const pod = newPod(random, prod, 'marketing', 'promo', 'python', stage.window.start)
  const suffix = random.letters(6)
  for (const at of moments(random, stage.window.start, stage.window.end, 6 * HOUR)) {
    const session = takeCredentials(stage, random, pod, role, at)
    const call = secret('payments/card-vault', suffix, prod.region, ACCOUNT.prod)
    stage.call(at + MINUTE, session, call, {
      region: prod.region,
      place: placeOf(pod, 'secretsmanager'),
      refused: 'message-only',
    })
  }
}
