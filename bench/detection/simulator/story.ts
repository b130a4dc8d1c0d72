import type { Call } from './calls.ts'
import { about, type Random } from './chance.ts'
import { newClient, thiefsClient, userAgent } from './clients.ts'
import { type Company, providerArn, type Workload, workloadId } from './company.ts'
import type { Pod } from './fleet.ts'
import { someOutsideAddress } from './networks.ts'
import type { Place, Role } from './records.ts'
import type { Scene } from './scene.ts'
import type { Held, Told } from './stage.ts'
import { DAY, HOUR, MINUTE } from './time.ts'

export type Expected = 'critical' | 'high' | 'medium'

/** What is true of an attack. */
export interface TrueStory {
  readonly id: string
  readonly title: string
  /** `blind`: CloudTrail alone cannot tell it from ordinary work. It is listed, and not counted in recall. */
  readonly sight: 'visible' | 'blind'
  readonly severity: Expected
  /** Rules that may reasonably name it. For readers: nothing is matched by them. */
  readonly rules: readonly string[]
  /** Ids of the principals that acted. */
  readonly principals: Set<string>
  readonly roles: Set<string>
  /** Accounts whose trail went dark, and until when: what is missing there is part of the story. */
  readonly dark: Map<string, number>
  readonly events: Told[]
}

/** One attack: what it is, and how it goes. Details (who, where from, how long, how much) are drawn by the seed. */
export interface Plot {
  readonly id: string
  readonly title: string
  readonly sight?: 'blind'
  readonly severity: Expected
  readonly rules: readonly string[]
  /** Days after the beginning; left out: some time after the learning period. */
  readonly day?: number
  /** Before the month begins: what must be there for it. */
  readonly prepare?: (cast: Omit<Cast, 'scene'>) => void
  /** The account's trail goes dark: nothing else is told at that time, or it would be lost. */
  readonly blinds?: true
  /** Whom it can happen to. */
  readonly suits?: (workload: Workload) => boolean
  readonly act: (cast: Cast) => void
}

/** Everything a plot works with. */
export interface Cast {
  readonly scene: Scene
  readonly company: Company
  readonly random: Random
  readonly at: number
  /** A workload of its own for each story, running IRSA all day. */
  readonly victim: Workload
  readonly story: TrueStory
}

/** A pod of the workload, with live credentials. */
export function podOf({ scene, at, story }: Cast, workload: Workload): Pod & { session: Held } {
  const running = scene.fleet.running(workload, at)
  story.principals.add(workloadId(workload))
  if (running !== null) return running
  const pod = scene.fleet.start(workload, at - 5, at + 2 * HOUR)
  scene.fleet.takeCredentials(pod, at)
  return pod as Pod & { session: Held }
}

/** A place outside of the company, with the thief's own program. */
export function outside(
  random: Random,
  address = someOutsideAddress(random),
): (service: string) => Place {
  const client = thiefsClient(random)
  return (service) => ({ address, agent: userAgent(client, service) })
}

/** Hands on a pod: its network, another program. */
export function inside({ scene, random, at }: Cast, pod: Pod): (service: string) => Place {
  const client = newClient(random, random.pick(['cli', 'python'] as const))
  return (service) => ({
    ...scene.fleet.placeOf(pod, service, at),
    agent: userAgent(client, service),
  })
}

/** Trades a token of the workload's for credentials. */
export function exchange(
  cast: Cast,
  at: number,
  workload: Workload,
  place: Place,
  rest: { role?: Role; audience?: string; namespace?: string; isRefused?: boolean } = {},
): Held | null {
  const { scene, story, random } = cast
  const { cluster } = workload
  const role = rest.role ?? workload.role.at(at)
  const namespace = rest.namespace ?? workload.namespace
  const id = workloadId({ ...workload, namespace, identity: 'irsa' })
  story.principals.add(id)
  return scene.stage.exchange(
    at,
    { kind: 'workload', id },
    {
      provider: providerArn(role.account, cluster.issuer),
      subject: `system:serviceaccount:${namespace}:${workload.serviceAccount}`,
      audience: rest.audience ?? 'sts.amazonaws.com',
      role,
      sessionName:
        place.agent.includes('otocore') || place.agent.startsWith('aws-cli')
          ? `botocore-session-${at}`
          : `${at}${random.digits(9)}`,
      region: cluster.region,
      ...(rest.isRefused === undefined ? {} : { isRefused: rest.isRefused }),
    },
    place,
  )
}

/** Makes calls with a session, each some minutes after `at`. */
export function callSoon(
  { scene, random, victim }: Cast,
  at: number,
  session: Held,
  calls: Iterable<Call>,
  place: (service: string) => Place,
  mean: number,
  region = victim.cluster.region,
): void {
  for (const call of calls)
    scene.stage.call(at + minutes(random, mean), session, call, place(call.service), region)
}

export const workOf = ({ work }: Workload): Call[] => work.map(({ call }) => call)

/** Some minutes, never the same. */
export const minutes = (random: Random, mean: number): number => about(random, mean * MINUTE)

/** Other running workloads than the victim, in a given cluster or anywhere. */
export function others({ company, victim, at }: Cast, sameCluster: boolean): Workload[] {
  return company.workloads.filter(
    (workload) =>
      workload !== victim &&
      !workload.isAddon &&
      !workload.isSidecar &&
      workload.identity === 'irsa' &&
      workload.cluster !== company.joining &&
      workload.from < at - 5 * DAY &&
      (workload.cluster === victim.cluster) === sameCluster,
  )
}
