import { callerIdentity, dynamodb, iam, listObjects, plain, secret } from '../calls.ts'
import { newClient, userAgent } from '../clients.ts'
import { providerArn } from '../company.ts'
import { homeAddress } from '../networks.ts'
import { signIn } from '../people.ts'
import { runJob, runnerAddress } from '../pipeline.ts'
import type { IamUser, Place } from '../records.ts'
import { callSoon, minutes, outside, type Plot, workOf } from '../story.ts'
import { HOUR } from '../time.ts'

const GITHUB = 'token.actions.githubusercontent.com'

/** Whoever is no workload, and takes a role that only workloads should have. */
export const STRANGER_STORIES: readonly Plot[] = [
  {
    id: 'new-issuer',
    title: 'An OIDC provider of a stranger is registered, and its tokens become a workload role',
    severity: 'critical',
    rules: [
      'oidc-provider-created',
      'unknown-issuer',
      'workload-role-assumed-by-other',
      'trust-changed-then-used',
    ],
    act(cast) {
      const { at, random, victim, scene, story, company } = cast
      const { account, region } = victim.cluster
      const user: IamUser = {
        account,
        name: `ops-${random.hex(3)}`,
        id: random.uniqueId('AIDA'),
        key: random.uniqueId('AKIA').slice(0, 20),
      }
      const place = outside(random)
      const issuer = `oidc.eks.eu-north-1.amazonaws.com/id/${random.hex(32).toUpperCase()}`
      story.principals.add(`arn:aws:iam::${account}:user/${user.name}`)
      scene.stage.userCalls(
        at,
        user,
        iam('CreateOpenIDConnectProvider', {
          url: `https://${issuer}`,
          clientIDList: ['sts.amazonaws.com'],
        }),
        place('iam'),
        region,
      )
      const role = random.chance(0.5)
        ? victim.role.at(at)
        : company.role(account, '/', 'platform-admin')
      scene.stage.userCalls(
        at + 60,
        user,
        iam('UpdateAssumeRolePolicy', { roleName: role.name }),
        place('iam'),
        region,
      )
      const id = `${issuer}/default/admin`
      story.principals.add(id)
      story.roles.add(role.arn)
      const asked = {
        provider: providerArn(account, issuer),
        subject: 'system:serviceaccount:default:admin',
        audience: 'sts.amazonaws.com',
        role,
        sessionName: `botocore-session-${at}`,
        region,
      }
      const held = scene.stage.exchange(
        at + random.between(120, 2 * HOUR),
        { kind: 'workload', id },
        asked,
        place('sts'),
      )!
      scene.stage.call(held.issuedAt + 30, held, iam('ListUsers', null), place('iam'), region)
      scene.stage.call(
        held.issuedAt + 90,
        held,
        plain('s3', 'ListBuckets', {}),
        place('s3'),
        region,
      )
    },
  },
  {
    id: 'trust-changed-then-used',
    title: "Somebody opens a workload role's trust to himself, uses it, and closes it again",
    severity: 'high',
    rules: ['trust-changed-then-used', 'workload-role-assumed-by-other'],
    act(cast) {
      const { at, random, victim, scene, story } = cast
      const { account, region } = victim.cluster
      const role = victim.role.at(at)
      const user: IamUser = {
        account,
        name: `contractor-${random.hex(3)}`,
        id: random.uniqueId('AIDA'),
        key: random.uniqueId('AKIA').slice(0, 20),
      }
      const place = outside(random)
      story.principals.add(`arn:aws:iam::${account}:user/${user.name}`)
      story.roles.add(role.arn)
      const change = iam('UpdateAssumeRolePolicy', { roleName: role.name })
      scene.stage.userCalls(at, user, change, place('iam'), region)
      const held = scene.stage.userAssumes(
        at + minutes(random, 5),
        user,
        role,
        place('sts'),
        region,
        'maintenance',
      )
      callSoon(cast, held.issuedAt, held, workOf(victim), place, 8)
      scene.stage.userCalls(at + 3000, user, change, place('iam'), region)
    },
  },
  {
    id: 'ci-wildcard',
    title:
      "A stranger's repository or a pull request gets the deploy role, whose trust has a wildcard, and changes IAM",
    severity: 'high',
    rules: ['ci-role-new-repository', 'sensitive-first-use'],
    act(cast) {
      const { at, random, victim, scene, story } = cast
      const { account, region } = victim.cluster
      // Either anybody's repository will do, or any branch of ours.
      const whose = random.chance(0.5)
        ? { owner: `stranger-${random.hex(3)}`, repo: 'poc' }
        : { repo: `${victim.namespace}-playground`, ref: 'pull_request' }
      const job = { ...whose, account, role: 'deploy', region }
      const { session, address } = runJob(scene, random, at, job)
      story.principals.add(session.origin.id)
      story.roles.add(session.role.arn)
      const place = { address, agent: userAgent(newClient(random, 'cli'), 'iam') }
      scene.stage.call(at + 20, session, callerIdentity(), place, region)
      for (const call of [
        iam('CreateUser', { userName: 'svc-metrics' }),
        iam('AttachUserPolicy', {
          userName: 'svc-metrics',
          policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess',
        }),
        iam('CreateAccessKey', { userName: 'svc-metrics' }),
      ])
        scene.stage.call(at + random.between(60, 300), session, call, place, region)
    },
  },
  {
    id: 'ci-takes-workload-role',
    title: "A CI job takes a production workload's role and reads its data",
    severity: 'high',
    rules: ['workload-role-assumed-by-other'],
    act(cast) {
      const { at, random, victim, scene, story } = cast
      const role = victim.role.at(at)
      const { account, region } = victim.cluster
      const subject = `repo:acme/${victim.namespace}:ref:refs/heads/${random.hex(5)}`
      const id = `${GITHUB}/${subject}`
      story.principals.add(id)
      story.roles.add(role.arn)
      const place = {
        address: runnerAddress(random),
        agent: userAgent(newClient(random, 'cli'), 'sts'),
      }
      const asked = {
        provider: providerArn(account, GITHUB),
        subject,
        audience: 'sts.amazonaws.com',
        role,
        sessionName: 'GitHubActions',
        durationSeconds: 3600,
        region,
      }
      const held = scene.stage.exchange(at, { kind: 'web-identity', id }, asked, place)!
      for (const { call } of victim.work)
        for (let i = 0; i < 4; i++)
          scene.stage.call(at + minutes(random, 10), held, call, place, region)
    },
  },
  {
    id: 'human-takes-workload-role',
    title: 'A person who is not on call becomes a workload and reads its secrets',
    severity: 'high',
    rules: ['workload-role-assumed-by-human', 'sensitive-first-use'],
    act(cast) {
      const { at, random, victim, scene, story, company } = cast
      const person = random.pick(company.people.filter(({ team }) => team !== 'platform'))
      const { cluster } = victim
      const session = signIn(
        scene,
        at,
        person,
        cluster.account,
        person.team === 'finance' ? 'Billing' : 'ReadOnly',
      )
      story.principals.add(person.name)
      const role = victim.role.at(at)
      story.roles.add(role.arn)
      const client = newClient(random, 'cli')
      const address = random.chance(0.5) ? person.home : homeAddress(random)
      const place = (service: string): Place => ({ address, agent: userAgent(client, service) })
      const held = scene.stage.assume(at + 60, session, role, place('sts'), {
        region: cluster.region,
        name: person.name,
      })
      const owner = { account: cluster.account, region: cluster.region }
      for (let i = 0; i < random.between(1, 9); i++)
        scene.stage.call(
          at + 100 + i * 9,
          held,
          secret(`${victim.namespace}/key-${i}`, owner),
          place('secretsmanager'),
          cluster.region,
        )
      scene.stage.call(
        at + 400,
        held,
        dynamodb('Scan', `${victim.namespace}-${victim.serviceAccount}`, owner),
        place('dynamodb'),
        cluster.region,
      )
    },
  },
  {
    id: 'iam-user-takes-workload-role',
    title: 'An old IAM user becomes a workload role',
    severity: 'high',
    rules: ['workload-role-assumed-by-other'],
    act(cast) {
      const { at, random, victim, scene, story } = cast
      const { account, region } = victim.cluster
      const user: IamUser = {
        account,
        name: `svc-${random.hex(4)}`,
        id: random.uniqueId('AIDA'),
        key: random.uniqueId('AKIA').slice(0, 20),
      }
      story.principals.add(`arn:aws:iam::${account}:user/${user.name}`)
      const role = victim.role.at(at)
      story.roles.add(role.arn)
      const place = outside(random)
      const held = scene.stage.userAssumes(
        at,
        user,
        role,
        place('sts'),
        region,
        `botocore-session-${at}`,
      )
      scene.stage.call(
        at + 30,
        held,
        listObjects(`acme-${victim.namespace}-${victim.serviceAccount}`, account),
        place('s3'),
        region,
      )
      callSoon(cast, at, held, workOf(victim), place, 12)
    },
  },
]
