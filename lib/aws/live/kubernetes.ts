import { Agent, request } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Fact, notRead } from '../../drift/snapshot.ts'
import { clusterOfPlace, isObject, objectOf, type Place, textOf } from '../../drift/source/json.ts'
import { readPods } from '../../drift/source/pods.ts'
import { readServiceAccounts } from '../../drift/source/service-accounts.ts'
import { type Answer, type Asking, factsIn } from './asking.ts'
import { type Failure, failureOf, TimeOver } from './failure.ts'
import type { Pace } from './pace.ts'

/** Where the API of a cluster is, as EKS describes it. */
export interface ClusterApi {
  readonly endpoint: string
  /** Certificate authority of the API, PEM. */
  readonly authority: string
  readonly isPrivate: boolean
}

const LISTS = [
  {
    path: '/api/v1/serviceaccounts',
    kind: 'ServiceAccountList',
    part: 'service-accounts',
    read: readServiceAccounts,
  },
  { path: '/api/v1/pods', kind: 'PodList', part: 'pods', read: readPods },
] as const

const PAGE_SIZE = 500
/** A page of 500 pods has some megabytes. */
const BODY_MAX = 128 * 1024 * 1024
const TIMEOUT_MS = 30_000
const ATTEMPTS = 4
/** Seconds. */
const RETRY_AFTER_MAX = 30
const RESTARTS_MAX = 2
const TEXT_MAX = 300

/** Null: EKS says nothing of the API, as while the cluster is being made. */
export function clusterApi(description: Answer): ClusterApi | null {
  const cluster = objectOf(description['cluster'])
  const endpoint = textOf(cluster['endpoint'])
  const authority = textOf(objectOf(cluster['certificateAuthority'])['data'])
  if (endpoint === null || authority === null) return null
  return {
    endpoint,
    authority: Buffer.from(authority, 'base64').toString(),
    isPrivate: objectOf(cluster['resourcesVpcConfig'])['endpointPublicAccess'] === false,
  }
}

/** ServiceAccounts and pods of a cluster. Of a pod, only what a snapshot has is kept: never a value of its environment. */
export async function readKubernetes(
  api: ClusterApi,
  place: Place,
  token: () => Promise<string>,
  asking: Asking,
  pace: Pace,
): Promise<Fact[]> {
  const agent = new Agent({ ca: api.authority, keepAlive: true, maxSockets: 2 })
  const get = (path: string): Promise<Answer> => answerOf(api, agent, path, token, pace)
  const facts: Fact[] = []
  try {
    for (const list of LISTS) {
      const what = ['cluster', `${place.account}/${place.region}/${place.cluster}`, list.kind]
      facts.push(
        ...(await asking.orElse<readonly Fact[]>(
          async () => {
            const whole = await asking.ask(what, async () => ({
              facts: await factsOf(list, get, place),
            }))
            return whole['facts'] as Fact[]
          },
          (reason) => unread(list, place, reason),
          (error) => failureAt(api, error),
        )),
      )
    }
  } finally {
    agent.destroy()
  }
  return facts
}

/** The same reason for everything that only the cluster's API could say. */
export function kubernetesUnread(place: Place, reason: string): Fact[] {
  return LISTS.flatMap((list) => unread(list, place, reason))
}

type List = (typeof LISTS)[number]

function unread({ part }: List, place: Place, reason: string): Fact[] {
  const cluster = clusterOfPlace(place)
  return cluster === null ? [] : [{ kind: part, cluster, part: notRead<never>(reason) }]
}

/** A list as a whole: the place in it is good for some minutes only, and what it goes on with must be of the same moment. */
async function factsOf(
  { path, kind, read }: List,
  get: (path: string) => Promise<Answer>,
  place: Place,
): Promise<readonly Fact[]> {
  for (let restarts = 0; ; restarts++) {
    const facts: Fact[] = []
    try {
      let next = ''
      do {
        const after = next === '' ? '' : `&continue=${encodeURIComponent(next)}`
        const { items, metadata } = await get(`${path}?limit=${PAGE_SIZE}${after}`)
        facts.push(...factsIn(read({ kind, items }, place)))
        next = textOf(objectOf(metadata)['continue']) ?? ''
      } while (next !== '')
      return facts
    } catch (error) {
      const isOver = error instanceof Refusal && error.status === 410
      if (!isOver || restarts === RESTARTS_MAX) throw error
    }
  }
}

/** The API answered, but not with what was asked for. */
class Refusal extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#api-verbs and /#retrieving-large-results-sets-in-chunks */
async function answerOf(
  api: ClusterApi,
  agent: Agent,
  path: string,
  token: () => Promise<string>,
  pace: Pace,
): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    await pace.turn()
    const { status, body, retryAfter } = await responseTo(api, agent, path, await token())
    if (status === 200) {
      const answer: unknown = JSON.parse(body)
      if (!isObject(answer)) throw new Refusal(status, 'it answered with no object')
      return answer
    }
    const isBusy = status === 429 || status >= 500
    if (!isBusy || attempt === ATTEMPTS) throw new Refusal(status, messageIn(body))
    await sleep(retryAfter ?? 500 * 2 ** attempt * (0.5 + Math.random()))
  }
}

function responseTo(
  { endpoint }: ClusterApi,
  agent: Agent,
  path: string,
  token: string,
): Promise<{ status: number; body: string; retryAfter: number | null }> {
  return new Promise((resolve, reject) => {
    const headers = { accept: 'application/json', authorization: `Bearer ${token}` }
    const asked = request(new URL(path, endpoint), { agent, headers, timeout: TIMEOUT_MS })
    asked.on('timeout', () =>
      asked.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })),
    )
    asked.on('error', reject)
    asked.on('response', (response) => {
      const chunks: Buffer[] = []
      let length = 0
      response.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (length > BODY_MAX) asked.destroy(new Refusal(200, 'its answer is too long'))
        else chunks.push(chunk)
      })
      response.on('error', reject)
      response.on('end', () => {
        const seconds = Number(response.headers['retry-after'])
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks).toString(),
          retryAfter: seconds > 0 ? Math.min(seconds, RETRY_AFTER_MAX) * 1000 : null,
        })
      })
    })
    asked.end()
  })
}

/** What a `Status` says; https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
function messageIn(body: string): string {
  try {
    return textOf(objectOf(JSON.parse(body))['message']) ?? ''
  } catch {
    return ''
  }
}

function failureAt({ endpoint, isPrivate }: ClusterApi, error: unknown): Failure {
  const { message, code } = error as Error & { code?: string }
  if (error instanceof Refusal) {
    const text = message.slice(0, TEXT_MAX)
    const passes = error.status === 429 || error.status >= 500
    if (error.status === 401)
      return {
        reason: 'the cluster does not know us (401): it needs an access entry for the role',
        passes,
      }
    if (error.status === 403)
      return { reason: `the cluster does not allow it (403): ${text}`, passes }
    return { reason: `the cluster answered ${error.status}: ${text}`, passes }
  }
  if (error instanceof TimeOver || code === undefined) return failureOf(error)
  const why = isPrivate ? `${code}; its endpoint is private` : code
  const { host } = new URL(endpoint)
  return { reason: `the cluster cannot be reached from here at ${host}: ${why}`, passes: false }
}
