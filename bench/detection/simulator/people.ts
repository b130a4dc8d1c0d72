import { callerIdentity, iam, plain, s3, secret } from './calls.ts'
import { type Random, some } from './chance.ts'
import { newClient, userAgent } from './clients.ts'
import type { Company, Person, Workload } from './company.ts'
import { homeAddress, officeAddress } from './networks.ts'
import type { Place } from './records.ts'
import type { Happening, Scene } from './scene.ts'
import type { Held } from './stage.ts'
import { DAY, HOUR, isWeekend, MINUTE } from './time.ts'

const BROWSER =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Safari/605.1.15'
const INSIDE_AWS: Place = { address: 'AWS Internal', agent: 'aws-internal/3 aws-sdk-java/1.12.785' }

/** People sit in the office or at home, where the address changes now and then. */
function placeOfPerson(random: Random, person: Person, agent: string): Place {
  const address = random.chance(0.5)
    ? officeAddress(random)
    : random.chance(0.9)
      ? person.home
      : homeAddress(random)
  return { address, agent }
}

export function signIn(
  { company, stage }: Scene,
  at: number,
  person: Person,
  account: string,
  set: string,
): Held {
  const region = 'us-east-1'
  const name = `AWSReservedSSO_${set}_${account.slice(0, 8)}a1b2c3d4`
  const role = company.role(account, `/aws-reserved/sso.amazonaws.com/`, name)
  return stage.signIn(at, person.name, role, region, INSIDE_AWS)
}

const isOnCallRole = (workload: Workload): boolean =>
  !workload.isAddon && !workload.isSidecar && workload.identity === 'irsa'

/** Logins, looking around in the console, debugging with a ticket, and the glass that is broken once. */
export function peopleAtWork(company: Company, random: Random): Happening[] {
  const all: Happening[] = []
  for (let day = company.from; day < company.until; day += DAY) {
    const busy = isWeekend(day) ? 1 : 7
    for (const person of some(random, company.people, busy))
      all.push({
        at: day + random.between(7, 19) * HOUR + random.below(HOUR),
        what: `${person.name} works in the console`,
        act: (scene, chance) => console(scene, chance, person, day),
      })
  }
  // Two of the platform team are on call at any time, and take over a workload's role where a ticket asks for it.
  const days = (company.until - company.from) / DAY
  const platform = company.people.filter(({ team }) => team === 'platform')
  const targets = some(random, company.workloads.filter(isOnCallRole), 12)
  for (let i = 0; i < Math.round(days * 0.35); i++) {
    const at = company.from + random.below(days) * DAY + random.below(DAY)
    const person = random.pick(platform)
    const workload = random.pickSkewed(targets)
    all.push({
      at,
      what: `${person.name} debugs ${workload.namespace}/${workload.serviceAccount} with a ticket`,
      act: (scene, chance) => debug(scene, chance, at, person, workload),
    })
  }
  for (let i = 0; i < 2; i++) {
    const at = company.from + random.below(days) * DAY + random.below(DAY)
    const person = random.pick(platform)
    all.push({
      at,
      what: `${person.name} breaks the glass`,
      act: (scene, chance) => breakGlass(scene, chance, at, person),
    })
  }
  return all
}

function console(scene: Scene, random: Random, person: Person, day: number): void {
  const at = day + random.between(7, 19) * HOUR + random.below(HOUR)
  const cluster = random.pick(scene.company.clusters)
  const set =
    person.team === 'platform'
      ? 'Administrator'
      : person.team === 'finance'
        ? 'Billing'
        : 'ReadOnly'
  const session = signIn(scene, at, person, cluster.account, set)
  const place = placeOfPerson(random, person, BROWSER)
  const looks = [
    plain('ec2', 'DescribeInstances', {}),
    plain('eks', 'ListClusters', null),
    plain('eks', 'DescribeCluster', { name: cluster.name }),
    plain('cloudwatch', 'DescribeAlarms', {}),
    plain('logs', 'DescribeLogGroups', {}),
    plain('logs', 'StartQuery', {}, { readOnly: true }),
    plain('s3', 'ListBuckets', {}),
    plain('ce', 'GetCostAndUsage', {}, { region: 'us-east-1' }),
    iam('ListRoles', null),
    iam('GetRole', { roleName: 'app' }),
    plain('rds', 'DescribeDBInstances', {}),
    plain('cloudtrail', 'LookupEvents', {}),
    plain('lambda', 'ListFunctions20150331', {}),
  ]
  for (const call of some(random, looks, random.between(3, 9)))
    scene.stage.call(at + random.between(5, 3 * HOUR), session, call, place, cluster.region)
}

function debug(scene: Scene, random: Random, at: number, person: Person, workload: Workload): void {
  const { cluster } = workload
  const session = signIn(scene, at, person, cluster.account, 'OnCall')
  const client = newClient(random, 'cli')
  const place = (service: string): Place => ({
    ...placeOfPerson(random, person, userAgent(client, service)),
    address: person.home,
  })
  const { region } = cluster
  scene.stage.call(at + 20, session, callerIdentity(), place('sts'), region)
  const held = scene.stage.assume(at + 40, session, workload.role.at(at), place('sts'), {
    region,
    name: person.name,
  })
  scene.stage.call(at + 45, held, callerIdentity(), place('sts'), region)
  for (const { call } of workload.work)
    if (random.chance(0.7))
      scene.stage.call(
        at + random.between(60, 40 * MINUTE),
        held,
        call,
        place(call.service),
        region,
      )
}

function breakGlass(scene: Scene, random: Random, at: number, person: Person): void {
  const cluster = random.pick(scene.company.clusters.filter((one) => one !== scene.company.joining))
  const session = signIn(scene, at, person, cluster.account, 'OnCall')
  const place = placeOfPerson(random, person, userAgent(newClient(random, 'cli'), 'sts'))
  const role = scene.company.role(cluster.account, '/', 'break-glass')
  const held = scene.stage.assume(at + 30, session, role, place, {
    region: cluster.region,
    name: person.name,
  })
  const owner = { account: cluster.account, region: cluster.region }
  for (const call of [
    plain('eks', 'UpdateClusterConfig', { name: cluster.name }),
    plain('ec2', 'AuthorizeSecurityGroupIngress', {}),
    secret('platform/cluster-admin', owner),
    s3('GetObject', `acme-runbooks-${cluster.account}`, cluster.account),
  ])
    scene.stage.call(at + random.between(40, 30 * MINUTE), held, call, place, cluster.region)
}
