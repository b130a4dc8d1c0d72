import type { Session } from './deeds.ts'
import type { Random } from './random.ts'
import type { Place } from './records.ts'
import { type Stage, untilRefresh } from './stage.ts'
import { HOUR, SECOND } from './time.ts'
import type { Cluster, Role, Workload } from './world.ts'

export type Sdk = 'go' | 'python' | 'js' | 'js2' | 'java' | 'rust'

/** One pod of a workload, with the SDK that names its sessions. */
export interface Pod {
  workload: Workload & { cluster: Cluster }
  name: string
  uid: string
  sdk: Sdk
  ip: string
  /** When it started: some SDKs keep one session name from then on. */
  startedAt: number
}

const AGENT: Record<Sdk, string> = {
  go: 'aws-sdk-go-v2/1.39.2 ua/2.1 os/linux lang/go#1.25.1 md/GOOS#linux md/GOARCH#arm64',
  python:
    'Boto3/1.40.45 md/Botocore#1.40.45 ua/2.1 os/linux#6.12.46 md/arch#aarch64 lang/python#3.13.7 md/pyimpl#CPython Botocore/1.40.45',
  js: 'aws-sdk-js/3.901.0 ua/2.1 os/linux#6.12.46 lang/js md/nodejs#22.19.0',
  js2: 'aws-sdk-nodejs/2.1692.0 linux/v18.20.8 callback',
  java: 'aws-sdk-java/2.34.7 md/io#sync md/http#Apache ua/2.1 os/Linux#6.12.46 lang/java#21.0.8 md/OpenJDK_64-Bit_Server_VM',
  rust: 'aws-sdk-rust/1.3.9 ua/2.1 os/linux lang/rust#1.89.0',
}

/** A pod that has been running since before the window. */
export function newPod(
  random: Random,
  cluster: Cluster,
  namespace: string,
  serviceAccount: string,
  sdk: Sdk,
  startedAt: number,
): Pod {
  const suffix = random.base32(5).toLowerCase()
  return {
    workload: { cluster, namespace, serviceAccount },
    name: `${serviceAccount}-${random.hex(9)}-${suffix}`,
    uid: random.uuid(),
    sdk,
    ip: `${cluster.network}.${random.int(0, 63)}.${random.int(4, 250)}`,
    startedAt: startedAt - random.int(HOUR, 40 * HOUR),
  }
}

/** The address a call of the pod arrives from: its own through an endpoint, else the NAT's. */
export function placeOf(pod: Pod, service: string): Place {
  const { cluster } = pod.workload
  const userAgent = AGENT[pod.sdk]
  const endpoint = cluster.vpcEndpoints[service as keyof Cluster['vpcEndpoints']]
  if (endpoint !== undefined) {
    const { account: vpcEndpointAccountId } = cluster
    return { ip: pod.ip, userAgent, vpcEndpointId: endpoint, vpcEndpointAccountId }
  }
  const last = pod.ip.charCodeAt(pod.ip.length - 1)
  return { ip: cluster.egress[last % cluster.egress.length] ?? '198.51.100.250', userAgent }
}

/** The session name the SDK makes up when nobody sets one. */
export function tokenSessionName(random: Random, pod: Pod, at: number): string {
  switch (pod.sdk) {
    case 'go':
      return `${at}${random.int(100_000, 999_999)}`
    case 'python':
      return `botocore-session-${Math.floor(pod.startedAt / SECOND)}`
    case 'js':
      return `aws-sdk-js-session-${at}`
    // The same constant in every pod on earth.
    case 'js2':
      return 'token-file-web-identity'
    case 'java':
      return `aws-sdk-java-${pod.startedAt}`
    case 'rust':
      return `web-identity-token-${at}`
  }
}

/** The same for a further role. */
export function chainSessionName(pod: Pod, tokenName: string): string {
  switch (pod.sdk) {
    case 'go':
      return `aws-go-sdk-${pod.startedAt}482911`
    case 'python':
      return `botocore-session-${Math.floor(pod.startedAt / SECOND) + 1}`
    default:
      return tokenName
  }
}

/** One exchange of the pod's token, now. */
export function takeCredentials(
  stage: Stage,
  random: Random,
  pod: Pod,
  role: Role,
  at: number,
  use: { globalEndpoint?: boolean } = {},
): Session {
  const { cluster } = pod.workload
  const global = use.globalEndpoint === true
  return stage.irsa(at, pod.workload, {
    role,
    sessionName: tokenSessionName(random, pod, at),
    region: global ? 'us-east-1' : cluster.region,
    place: placeOf(pod, 'sts'),
    ...(pod.sdk === 'java' || pod.sdk === 'python' ? { durationSeconds: 3_600 } : {}),
    ...(global ? { globalFrom: cluster.region } : {}),
  })
}

/** Keeps a pod in credentials over the window; `during` tells what it does until the next ones. */
export function keepCredentials(
  stage: Stage,
  random: Random,
  pod: Pod,
  role: Role,
  during: (session: Session, from: number, until: number) => void,
  use: { from?: number; until?: number; globalEndpoint?: boolean } = {},
): void {
  const until = use.until ?? stage.window.end
  let at = use.from ?? stage.window.start + random.int(0, HOUR)
  while (at < until) {
    const next = Math.min(at + untilRefresh(random), until)
    const session = takeCredentials(stage, random, pod, role, at, use)
    during(session, at + SECOND, next)
    at = next
  }
}

/** Moments between two times, about `every` apart. */
export function* moments(
  random: Random,
  from: number,
  until: number,
  every: number,
): Generator<number> {
  let at = from + Math.floor(random.next() * every)
  while (at < until) {
    yield at
    at += Math.max(SECOND, Math.floor(every * (0.6 + 0.8 * random.next())))
  }
}
