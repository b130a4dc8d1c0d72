import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

// The program that one would write first: inflate, JSON.parse, Maps. It answers Q1 and, to be a fair
// peer, also keeps what podtrail keeps: chains through issued keys, and API use per workload.

type Caller = { cluster: string; namespace: string; serviceAccount: string }
type Issued = { role: string; at: string; by: string | undefined; root: Caller | undefined }
type Count = { count: number; first: string; last: string }
type LogRecord = {
  userIdentity: { type: string; userName?: string; accessKeyId?: string; invokedBy?: string }
  eventTime: string
  eventSource: string
  eventName: string
  errorCode?: string
  requestParameters?: { roleArn?: string; tags?: { key: string; value: string }[] } | null
  responseElements?: { credentials?: { accessKeyId?: string }; provider?: string } | null
}

const directory = process.argv[2]
if (directory === undefined) throw new Error('usage: node peers/node-json.ts DIR')

const issued = new Map<string, Issued>()
const calls = new Map<string, Map<string, Count>>()

for (const name of globSync('AWSLogs/**/*.json.gz', { cwd: directory })) {
  const { Records } = JSON.parse(gunzipSync(readFileSync(join(directory, name))).toString()) as {
    Records: LogRecord[]
  }
  for (const record of Records) {
    const key = record.responseElements?.credentials?.accessKeyId
    if (key !== undefined && record.eventSource === 'sts.amazonaws.com') {
      const by = record.userIdentity.accessKeyId
      const known = issued.get(key)
      // Of the two copies of a cross-account call, only the caller's names the key it was made with.
      if (known !== undefined) known.by ??= by
      else {
        issued.set(key, {
          role: record.requestParameters?.roleArn ?? '',
          at: record.eventTime,
          by,
          root: workloadOf(record),
        })
      }
      continue
    }
    const accessKeyId = record.userIdentity.accessKeyId
    if (accessKeyId === undefined) continue
    const outcome = record.errorCode === undefined ? 'did' : 'refused'
    const used = calls.get(accessKeyId) ?? new Map<string, Count>()
    if (used.size === 0) calls.set(accessKeyId, used)
    add(used, `${record.eventSource}:${record.eventName}:${outcome}`, record.eventTime, 1)
  }
}

const edges = new Map<string, Count>()
const usage = new Map<string, Count>()
for (const [key, session] of issued) {
  const found = rootOf(key)
  if (found === undefined) continue
  const { root, via } = found
  const workload = `${root.cluster}\t${root.namespace}\t${root.serviceAccount}`
  add(edges, `${workload}\t${session.role}\t${via.join(',')}`, session.at, 1)
  for (const [action, { count, first, last }] of calls.get(key) ?? []) {
    add(usage, `${workload}\t${action}`, first, count)
    add(usage, `${workload}\t${action}`, last, 0)
  }
}

let attributed = 0
for (const { count } of usage.values()) attributed += count
console.error(`${usage.size} pairs of workload and action, ${attributed} calls attributed`)
const lines: string[] = []
for (const [key, { count, first, last }] of edges) {
  const [cluster, namespace, serviceAccount, role, via] = key.split('\t')
  lines.push([cluster, namespace, serviceAccount, role, count, first, last, via].join('\t'))
}
process.stdout.write(`${lines.join('\n')}\n`)

function workloadOf(record: LogRecord): Caller | undefined {
  const { userIdentity, requestParameters, responseElements } = record
  if (record.eventName === 'AssumeRoleWithWebIdentity') {
    const subject = userIdentity.userName?.split(':') ?? []
    if (subject[0] !== 'system' || subject[1] !== 'serviceaccount') return undefined
    return {
      cluster: responseElements?.provider?.split(':oidc-provider/')[1] ?? '',
      namespace: subject[2] ?? '',
      serviceAccount: subject[3] ?? '',
    }
  }
  if (userIdentity.invokedBy !== 'pods.eks.amazonaws.com') return undefined
  const tags = new Map(requestParameters?.tags?.map(({ key, value }) => [key, value]))
  return {
    cluster: tags.get('eks-cluster-arn') ?? '',
    namespace: tags.get('kubernetes-namespace') ?? '',
    serviceAccount: tags.get('kubernetes-service-account') ?? '',
  }
}

function rootOf(key: string): { root: Caller; via: string[] } | undefined {
  const via: string[] = []
  let session = issued.get(key)
  for (let depth = 0; session !== undefined && depth < 8; depth++) {
    if (session.root !== undefined) return { root: session.root, via }
    session = session.by === undefined ? undefined : issued.get(session.by)
    if (session !== undefined) via.unshift(session.role)
  }
  return undefined
}

function add(counts: Map<string, Count>, key: string, at: string, count: number): void {
  const known = counts.get(key)
  if (known === undefined) {
    counts.set(key, { count, first: at, last: at })
    return
  }
  known.count += count
  if (at < known.first) known.first = at
  if (at > known.last) known.last = at
}
