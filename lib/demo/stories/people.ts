import { getCallerIdentity, plain, s3Bucket, s3ListBuckets, s3Object } from '../calls.ts'
import { moments } from '../pods.ts'
import { identityCenterPrincipal, samlPrincipal } from '../principal.ts'
import type { Random } from '../random.ts'
import type { Place } from '../records.ts'
import { iamUser, rootUser, type Stage } from '../stage.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../time.ts'
import { ACCOUNT, type World } from '../world.ts'

const OFFICE = '198.51.100.200'
const HOME = '203.0.113.201'
const CLI =
  'aws-cli/2.31.12 md/awscrt#0.27.6 ua/2.1 os/macos#25.0.0 md/arch#arm64 lang/python#3.13.7 md/prompt#off md/command#'
const BROWSER =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36'

/** People with a keyboard: Identity Center, SAML, an IAM user, and one owner of an account. */
export function people(stage: Stage, world: World, random: Random): void {
  identityCenter(stage, world, random.fork('identity-center'))
  samlUsers(stage, world, random.fork('saml'))
  breakGlass(stage, world, random.fork('break-glass'))
  owner(stage, random.fork('root'))
}

// The key in the sign-in's response is not the key of the calls that follow.
function identityCenter(stage: Stage, world: World, random: Random): void {
  const sets = [
    { user: 'ana@acme.example', account: ACCOUNT.dev, set: 'Developer', hash: random.hex(16) },
    { user: 'bo@acme.example', account: ACCOUNT.dev, set: 'Developer', hash: '' },
    {
      user: 'chris@acme.example',
      account: ACCOUNT.prod,
      set: 'PlatformAdmin',
      hash: random.hex(16),
    },
    { user: 'dana@acme.example', account: ACCOUNT.ledger, set: 'Auditor', hash: random.hex(16) },
  ]
  const developer = sets[0]?.hash ?? ''
  const debug = world.role(ACCOUNT.prod, '/support/', 'read-everything')
  for (const { user, account, set, hash } of sets) {
    const path = '/aws-reserved/sso.amazonaws.com/'
    const role = world.role(account, path, `AWSReservedSSO_${set}_${hash || developer}`)
    const providerArn = `arn:aws:iam::${account}:saml-provider/AWSSSO_${random.hex(16)}_DO_NOT_DELETE`
    const nameQualifier = `${random.letters(27)}=`
    const place: Place = { ip: random.pick([OFFICE, HOME]), userAgent: BROWSER }
    for (const at of workdays(stage, random)) {
      const session = stage.saml(at, identityCenterPrincipal(user), {
        nameQualifier,
        user,
        providerArn,
        role,
        sessionName: user,
        region: 'us-east-1',
        place,
        otherKey: true,
      })
      const command = { ip: place.ip, userAgent: `${CLI}ec2.describe-instances` }
      for (const moment of moments(random, at + MINUTE, at + 3 * HOUR, 9 * MINUTE)) {
        const call = random.pick([
          plain.ec2('DescribeInstances'),
          plain.eks('DescribeCluster', { name: 'dev-eks' }),
          getCallerIdentity(),
          s3ListBuckets(),
        ])
        stage.call(moment, session, call, { region: 'us-east-1', place: command })
      }
      if (set === 'Auditor') {
        const ledger = s3Object(random, 'GetObject', 'acme-ledger', 'summary/daily.csv', account)
        stage.call(at + HOUR, session, ledger, { region: 'us-east-1', place: command })
      }
      if (set === 'PlatformAdmin') {
        // A second hop from a session whose key was never issued anywhere in the logs.
        const further = stage.chain(at + 30 * MINUTE, session, {
          role: debug,
          sessionName: 'chris',
          region: 'us-east-1',
          place: { ip: place.ip, userAgent: `${CLI}sts.assume-role` },
        })
        stage.call(at + 31 * MINUTE, further, plain.ec2('DescribeVpcs'), {
          region: 'us-east-1',
          place: command,
        })
      }
    }
  }
}

function samlUsers(stage: Stage, world: World, random: Random): void {
  const account = ACCOUNT.data
  const providerArn = `arn:aws:iam::${account}:saml-provider/AcmeOkta`
  const nameQualifier = `${random.letters(27)}=`
  const role = world.role(account, '/people/', 'data-analyst')
  const queries = world.role(account, '/people/', 'query-runner')
  for (const user of ['erin@acme.example', 'finn@acme.example']) {
    const place: Place = { ip: OFFICE, userAgent: BROWSER }
    for (const at of workdays(stage, random)) {
      const principal = samlPrincipal(providerArn, user, account)
      const session = stage.saml(at, principal, {
        nameQualifier,
        user,
        providerArn,
        role,
        sessionName: user,
        region: 'us-west-2',
        place,
        otherKey: false,
      })
      const runner = stage.chain(at + 5 * MINUTE, session, {
        role: queries,
        sessionName: user,
        sourceIdentity: user.split('@')[0] ?? user,
        region: 'us-west-2',
        place: { ip: OFFICE, userAgent: `${CLI}sts.assume-role` },
      })
      for (const moment of moments(random, at + 6 * MINUTE, at + HOUR, 8 * MINUTE)) {
        const call = s3Object(random, 'GetObject', 'acme-lake', `raw/${random.hex(4)}`, account)
        stage.call(moment, runner, call, {
          region: 'us-west-2',
          place: { ip: OFFICE, userAgent: `${CLI}s3.cp` },
        })
      }
    }
  }
}

// A long-lived key with one job, and one role it may not have.
function breakGlass(stage: Stage, world: World, random: Random): void {
  const user = iamUser(random, ACCOUNT.shared, '/backup/', 'backup-runner')
  const role = world.role(ACCOUNT.shared, '/backup/', 'backup-writer')
  const admin = world.role(ACCOUNT.shared, '/', 'OrganizationAccountAccessRole')
  const place: Place = { ip: '203.0.113.90', userAgent: `${CLI}sts.assume-role` }
  const region = 'us-east-1'
  for (const at of moments(random, stage.window.start, stage.window.end, 6 * HOUR)) {
    stage.call(at, user, getCallerIdentity(), { region, place })
    const session = stage.assumeAs(at + 2 * SECOND, user, {
      role,
      sessionName: 'backup',
      region,
      place,
    })
    for (let index = 0; index < 6; index += 1) {
      const object = `backup/${random.hex(8)}.tar`
      const call = s3Object(random, 'PutObject', 'acme-backup', object, ACCOUNT.shared)
      stage.call(at + (5 + index) * SECOND, session, call, { region, place })
    }
    stage.refuse(at + MINUTE, user, admin, { region, place })
  }
}

function owner(stage: Stage, random: Random): void {
  const at = stage.window.start + 8 * HOUR
  const place: Place = { ip: OFFICE, userAgent: BROWSER }
  const root = rootUser(random, ACCOUNT.shared, at)
  const region = 'us-east-1'
  const { accessKeyId: _, sessionContext: __, ...before } = root.identity
  const signIn = plain.signin('ConsoleLogin', null, { ConsoleLogin: 'Success' })
  stage.call(at, { ...root, identity: before }, signIn, { region, place })
  stage.call(at + MINUTE, root, plain.iam('GetAccountSummary', null), { region, place })
  stage.call(at + 2 * MINUTE, root, s3ListBuckets(), { region, place })
  const policy = s3Bucket(random, 'GetBucketPolicy', 'acme-backup', ACCOUNT.shared, { policy: '' })
  stage.call(at + 3 * MINUTE, root, policy, { region, place })
}

// Mornings, and sometimes an afternoon. The window may begin in the middle of one.
function* workdays(stage: Stage, random: Random): Generator<number> {
  const { start, end } = stage.window
  for (let day = Math.floor(start / DAY) * DAY; day < end; day += DAY) {
    for (const hour of [8, 13]) {
      const at = day + hour * HOUR + random.int(0, 70 * MINUTE)
      if (at > start && at < end && (hour === 8 || random.chance(0.5))) yield at
    }
  }
}
