import type { Call } from './calls.ts'
import type { Random } from './chance.ts'
import { chainSessionName, tokenSessionName, untilRefresh, userAgent } from './clients.ts'
import {
  type Company,
  type Further,
  providerArn,
  type Rhythm,
  type Workload,
  workloadId,
} from './company.ts'
import { homeAddress, hostingAddress } from './networks.ts'
import type { Nodes } from './nodes.ts'
import type { Place } from './records.ts'
import { type Held, type Origin, podIdentityAgent, type Stage } from './stage.ts'
import { calendar, HOUR, isWeekend, MINUTE } from './time.ts'

export interface Pod {
  readonly workload: Workload
  readonly name: string
  readonly uid: string
  readonly address: string
  readonly zone: number
  readonly startedAt: number
  until: number
  session: Held | null
  refreshAt: number
}

const THROTTLED_SHARE = 0.002
const RESTARTS_PER_HOUR = 0.002
const THROTTLED = { code: 'ThrottlingException', message: 'Rate exceeded' }
const BROWSER =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36'
const FOREVER = Number.POSITIVE_INFINITY

/** All pods of the company: started, scaled, replaced, kept in credentials, and at work. */
export class Fleet {
  readonly pods = new Map<Workload, Pod[]>()
  readonly #company: Company
  readonly #stage: Stage
  readonly #nodes: Nodes
  readonly #random: Random

  constructor(company: Company, stage: Stage, nodes: Nodes, random: Random) {
    this.#company = company
    this.#stage = stage
    this.#nodes = nodes
    this.#random = random
  }

  /** A rollout: every pod is replaced within some minutes. */
  rollOut(workload: Workload, at: number): void {
    for (const pod of this.pods.get(workload) ?? [])
      pod.until = Math.min(pod.until, at + this.#random.between(20, 300))
  }

  /** Pods lose their nodes. */
  evict(isGone: (pod: Pod) => boolean, at: number, within: number): void {
    for (const pods of this.pods.values())
      for (const pod of pods)
        if (isGone(pod)) pod.until = Math.min(pod.until, at + this.#random.below(within))
  }

  hour(from: number): void {
    for (const workload of this.#company.workloads) {
      const isLive = workload.from < from + HOUR && workload.until > from
      const pods = (this.pods.get(workload) ?? []).filter((pod) => pod.until > from)
      this.pods.set(workload, pods)
      if (isLive) this.#scale(workload, pods, from)
      else for (const pod of pods) pod.until = Math.min(pod.until, workload.until)
      for (const pod of [...pods]) this.#liveThrough(pod, from)
      if (isLive) this.#seldom(workload, pods, from)
    }
  }

  /** A pod in the middle of its life, with credentials; null where there is none right now. */
  running(workload: Workload, at: number): (Pod & { session: Held }) | null {
    const found = (this.pods.get(workload) ?? []).find(
      ({ session, until }) =>
        session !== null && until > at + 30 * MINUTE && session.expiresAt > at + 5 * MINUTE,
    )
    return (found as (Pod & { session: Held }) | undefined) ?? null
  }

  #scale(workload: Workload, pods: Pod[], from: number): void {
    const random = this.#random
    const { rhythm } = workload
    const start = Math.max(from, workload.from)
    if (rhythm.kind === 'cron') {
      const at = from + rhythm.minute * MINUTE
      if (isDue(rhythm, from) && at >= start)
        pods.push(
          this.start(workload, at + random.below(20), at + rhythm.length + random.below(60)),
        )
      return
    }
    if (rhythm.kind === 'batch') {
      if (pods.length > 0 || !random.chance(rhythm.share)) return
      const length = random.between(20, 150) * MINUTE
      const count = Math.max(1, Math.round(rhythm.pods * (0.4 + 1.2 * random.unit())))
      for (let i = 0; i < count; i++) {
        const at = start + random.below(600)
        pods.push(this.start(workload, at, at + length + random.below(600)))
      }
      return
    }
    // A replacement starts when its predecessor goes.
    const leaving = pods.filter((pod) => pod.until < from + HOUR)
    const staying = pods.filter((pod) => pod.until >= from + HOUR)
    for (const pod of staying)
      if (random.chance(RESTARTS_PER_HOUR)) {
        pod.until = from + random.below(HOUR)
        leaving.push(pod)
      }
    const stay = staying.filter((pod) => pod.until >= from + HOUR)
    const wanted = Math.max(1, Math.round(workload.replicas * level(rhythm, from)))
    for (let index = stay.length; index < wanted; index++) {
      const at =
        leaving.pop()?.until ??
        start + random.below(from === this.#company.from ? 55 * MINUTE : 300)
      pods.push(this.start(workload, Math.max(at, workload.from), FOREVER))
    }
    for (const pod of stay.slice(wanted)) pod.until = from + random.below(HOUR)
  }

  start(workload: Workload, at: number, until: number): Pod {
    const random = this.#random
    const zone = random.below(workload.cluster.zones)
    return {
      workload,
      name: `${workload.serviceAccount}-${random.hex(9)}-${random.hex(5)}`,
      uid: random.uuid(),
      address: `${workload.cluster.network}.${zone * 32 + random.below(32)}.${random.between(4, 250)}`,
      zone,
      startedAt: at,
      until,
      session: null,
      refreshAt: at + random.between(2, 20),
    }
  }

  #liveThrough(pod: Pod, from: number): void {
    const end = Math.min(from + HOUR, pod.until)
    let cursor = Math.max(from, pod.startedAt)
    while (pod.refreshAt < end) {
      if (pod.session !== null) this.#work(pod, cursor, pod.refreshAt)
      cursor = pod.refreshAt
      const isFirst = pod.session === null
      this.takeCredentials(pod, cursor)
      const begun = cursor + 1
      if (isFirst)
        for (const call of pod.workload.starts) this.#do(pod, call, begun + this.#random.below(15))
      for (const further of pod.workload.further)
        if ((further.from ?? 0) <= cursor && this.#random.chance(further.share))
          this.#goFurther(pod, pod.session!, further, begun + this.#random.between(2, 60))
    }
    if (pod.session !== null) this.#work(pod, cursor + 1, end)
  }

  /** New credentials, the way of the workload. */
  takeCredentials(pod: Pod, at: number): void {
    const { workload } = pod
    const { cluster } = workload
    const random = this.#random
    const client = workload.client.at(at)
    const role = workload.role.at(at)
    const origin: Origin = { kind: 'workload', id: workloadId(workload) }
    if (workload.identity !== 'irsa') {
      const node = this.#nodes.any(cluster)
      pod.session = this.#stage.podIdentity(at, {
        origin,
        clusterName: cluster.name,
        podName: pod.name,
        tags: workload.identity === 'pod-identity' ? podTags(pod) : null,
        role,
        region: cluster.region,
        node: node.session,
        agent: podIdentityAgent(cluster.agent.at(at)),
        nodeAddress: this.#nodes.placeOf(node, 'eks-auth', '', at).address,
      })
      pod.refreshAt = at + 6 * HOUR - random.between(60, 900)
      return
    }
    const isGlobal = workload.usesGlobalSts
    const place = this.placeOf(pod, isGlobal ? 'sts-global' : 'sts', at)
    const region = isGlobal ? 'us-east-1' : cluster.region
    pod.session = this.#stage.exchange(
      at,
      origin,
      {
        provider: providerArn(role.account, cluster.issuer),
        subject: `system:serviceaccount:${workload.namespace}:${workload.serviceAccount}`,
        audience: 'sts.amazonaws.com',
        role,
        sessionName: tokenSessionName(client, pod.startedAt, at, random),
        region,
        servedIn: cluster.region,
        ...(client.family === 'java' || client.family === 'js2' ? { durationSeconds: 3600 } : {}),
      },
      { ...place, agent: userAgent(client, 'sts') },
    )
    pod.refreshAt = at + untilRefresh(client, random)
  }

  /** The pod's own address through an endpoint, else that of its gateway. */
  placeOf(pod: Pod, service: string, at: number): Place {
    const { cluster, client, hands } = pod.workload
    const agent = userAgent(hands ?? client.at(at), service)
    const endpoint = cluster.endpoints.at(at).get(service)
    if (endpoint !== undefined)
      return { address: pod.address, agent, endpoint, endpointAccount: cluster.account }
    const egress = cluster.egress.at(at)
    return { address: egress[pod.zone % egress.length]!, agent }
  }

  #work(pod: Pod, from: number, until: number): void {
    if (until <= from) return
    const random = this.#random
    const hours = (until - from) / HOUR
    for (const { call, perHour, isDenied, ...when } of pod.workload.work) {
      const count = Math.floor(perHour * hours * 2 * random.unit() + random.unit())
      for (let i = 0; i < count; i++) {
        const at = from + random.below(until - from)
        if (at < (when.from ?? 0) || at >= (when.until ?? FOREVER)) continue
        this.#do(pod, call, at, isDenied === true)
      }
    }
    const { presigns, cluster } = pod.workload
    if (presigns !== null && random.chance(Math.min(1, hours) * 0.6)) {
      const address = random.chance(0.8) ? homeAddress(random) : hostingAddress(random)
      const at = from + random.below(until - from)
      const place = { address, agent: `[${BROWSER}]` }
      this.#stage.call(at, pod.session!, presigns, place, cluster.region, { byUrl: true })
    }
  }

  #do(pod: Pod, call: Call, at: number, isDenied = false): void {
    const session = pod.session!
    const error = isDenied
      ? {
          code: 'AccessDenied',
          message: `User: arn:aws:sts::${session.role.account}:assumed-role/${session.role.name}/${session.name} is not authorized to perform: ${call.service}:${call.name} because no identity-based policy allows the ${call.service}:${call.name} action`,
        }
      : this.#random.chance(THROTTLED_SHARE)
        ? THROTTLED
        : undefined
    const { region } = pod.workload.cluster
    this.#stage.call(
      at,
      session,
      call,
      this.placeOf(pod, call.service, at),
      region,
      error === undefined ? {} : { error },
    )
  }

  #goFurther(pod: Pod, session: Held, further: Further, at: number): void {
    const random = this.#random
    const { workload } = pod
    const { region } = workload.cluster
    const client = workload.client.at(at)
    const next = this.#stage.assume(at, session, further.role, this.placeOf(pod, 'sts', at), {
      region,
      name: chainSessionName(client, pod.startedAt, at, random),
      ...(further.externalId === undefined ? {} : { externalId: further.externalId }),
    })
    for (const call of further.calls) {
      const when = at + random.between(1, 40 * MINUTE)
      this.#stage.call(when, next, call, this.placeOf(pod, call.service, when), region)
    }
    if (further.next !== undefined)
      this.#goFurther(pod, next, further.next, at + random.between(1, 30))
  }

  #seldom(workload: Workload, pods: readonly Pod[], from: number): void {
    const random = this.#random
    for (const { call, perDay } of workload.rare) {
      if (!random.chance(perDay / 24)) continue
      const at = from + random.below(HOUR)
      const pod = pods.find(
        ({ session, until }) => session !== null && session.issuedAt <= at && until > at,
      )
      if (pod !== undefined) this.#do(pod, call, at)
    }
  }
}

export function podTags({
  workload,
  name,
  uid,
}: Pick<Pod, 'workload' | 'name' | 'uid'>): Record<string, string> {
  const { cluster } = workload
  return {
    'eks-cluster-arn': cluster.arn,
    'eks-cluster-name': cluster.name,
    'kubernetes-namespace': workload.namespace,
    'kubernetes-service-account': workload.serviceAccount,
    'kubernetes-pod-name': name,
    'kubernetes-pod-uid': uid,
  }
}

/** Share of its replicas that a service needs at this hour. */
function level(rhythm: Rhythm, at: number): number {
  if (rhythm.kind !== 'day') return 1
  if (rhythm.office && isWeekend(at)) return 0.2
  const hour = Math.floor(at / HOUR) % 24
  const distance = Math.min(Math.abs(hour - rhythm.peakHour), 24 - Math.abs(hour - rhythm.peakHour))
  return 0.4 + 1.3 * Math.max(0, 1 - distance / 8)
}

function isDue(rhythm: Extract<Rhythm, { kind: 'cron' }>, from: number): boolean {
  const { date, weekday, hour } = calendar(from)
  if (rhythm.every === 'hour') return true
  if (hour !== rhythm.hour) return false
  switch (rhythm.every) {
    case 'day':
      return true
    case 'weekday':
      return weekday > 0 && weekday < 6
    case 'week':
      return weekday === rhythm.minute % 7
    case 'month':
      return date === 1 + (rhythm.minute % 28)
  }
}
