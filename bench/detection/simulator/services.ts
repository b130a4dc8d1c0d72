import { DISCOVERY, plain } from './calls.ts'
import { type Random, some } from './chance.ts'
import type { Scene } from './scene.ts'
import { HOUR } from './time.ts'

const VENDOR =
  'Boto3/1.38.0 md/Botocore#1.38.0 ua/2.1 os/linux#5.15 lang/python#3.12.9 Botocore/1.38.0'

/** One hour of what is not Kubernetes: services at their own work, service-linked roles, and a vendor who inspects the accounts. */
export function servicesAtWork({ company, stage }: Scene, random: Random, hour: number): void {
  for (const { account, region } of company.clusters) {
    for (let i = 0; i < 6; i++) {
      const key = { keyId: `arn:aws:kms:${region}:${account}:key/1` }
      const call = plain('kms', random.pick(['Decrypt', 'GenerateDataKey']), key, {
        readOnly: true,
      })
      const service = `${random.pick(['cloudtrail', 'logs', 'rds', 's3', 'autoscaling'])}.amazonaws.com`
      stage.serviceCalls(hour + random.below(HOUR), service, call, account, region)
    }
    if (random.chance(0.3)) {
      const service = 'autoscaling.amazonaws.com'
      const path = `/aws-service-role/${service}/`
      const role = company.role(account, path, 'AWSServiceRoleForAutoScaling')
      const at = hour + random.below(HOUR)
      const session = stage.serviceAssumes(at, service, role, 'AutoScaling', region)
      for (const name of ['RunInstances', 'CreateTags', 'TerminateInstances']) {
        const place = { address: service, agent: service }
        stage.call(at + random.below(600), session, plain('ec2', name, {}), place, region, {
          invokedBy: service,
        })
      }
    }
    if (random.chance(0.25)) {
      const role = company.role(account, '/lambda/', 'nightly-report')
      const at = hour + random.below(HOUR)
      const session = stage.serviceAssumes(
        at,
        'lambda.amazonaws.com',
        role,
        'nightly-report',
        region,
      )
      const place = {
        address: `198.18.${random.below(256)}.${random.between(1, 254)}`,
        agent: 'aws-sdk-nodejs/2.1692.0 linux/v18.20.8 exec-env/AWS_Lambda_nodejs18.x promise',
      }
      stage.call(
        at + 5,
        session,
        plain('logs', 'CreateLogStream', { logGroupName: '/aws/lambda/nightly-report' }),
        place,
        region,
      )
    }
    if ((hour / HOUR) % 6 === Number(account[0]) % 6) {
      const at = hour + random.below(HOUR)
      const caller = { account: company.vendor, principalId: 'AROAVENDORVENDOR12345:scanner' }
      const place = { address: `198.18.0.${random.between(1, 4)}`, agent: VENDOR }
      const role = company.role(account, '/', 'security-vendor-audit')
      const session = stage.foreignerAssumes(at, caller, role, place, {
        region,
        name: 'scanner',
        externalId: `v-${account.slice(0, 5)}`,
      })
      for (const call of some(random, DISCOVERY, 18))
        stage.call(at + random.between(5, 900), session, call, place, region)
    }
  }
}
