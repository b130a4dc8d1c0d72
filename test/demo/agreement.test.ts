import { describe, expect, it } from 'vitest'
import { type Company, company } from '../../lib/demo/company.ts'

/*
 * A second reader, written from the record shapes alone and never meant to be fast. The truth says
 * what the logs can prove and what they cannot; if this reader finds more or less, the truth is wrong.
 */

interface Caller {
  type?: string
  principalId: string
  arn: string
  accountId: string
  accessKeyId?: string
  userName: string
  identityProvider: string
  invokedBy?: string
  sessionContext?: {
    sessionIssuer: { arn: string }
    attributes: { creationDate: string }
  }
}

interface Seen {
  userIdentity: Caller
  eventTime: string
  eventSource: string
  eventName: string
  eventType: string
  eventID: string
  errorCode?: string
  recipientAccountId: string
  requestParameters: {
    roleArn: string
    roleSessionName: string
    principalArn?: string
    externalId?: string
    tags?: { key: string; value: string }[]
    incomingTransitiveTags?: Record<string, string>
  }
  responseElements: {
    credentials?: { accessKeyId: string; expiration: string }
    assumedRoleUser: { assumedRoleId: string }
  } | null
}

interface Issued {
  key: string
  id: string
  role: string
  at: number
  expires: number
  copies: Seen[]
}

interface Found {
  principal: string
  via: string[]
}

const told = (principal: { kind: string; id: string }) => `${principal.kind} ${principal.id}`

describe('a reader that knows only the records', () => {
  it.each([
    { seed: 1, days: 1, workloads: 20 },
    { seed: 2, days: 2, workloads: 40 },
    { seed: 3, days: 1, workloads: 0, end: '2026-12-01T11:30:00Z' },
  ])('finds the chains of the truth, and no more: %o', (options) => {
    const acme = company(options)
    const reader = read(acme)
    const missing = new Set(acme.truth.assumptions.map((assumption) => assumption.key))
    for (const issued of reader.issued.values()) missing.delete(issued.key)
    expect(missing.size).toBe(0)
    for (const assumption of acme.truth.assumptions) {
      const { principal, via } = assumption.seen ?? assumption
      const found = reader.chain(reader.issued.get(assumption.key))
      // Both are right where the caller's session lies in the gap: its id may or may not be known.
      if (principal.kind === 'role' && found.principal.startsWith('account')) continue
      expect(found, assumption.key).toEqual({ principal: told(principal), via })
    }
  })

  it('finds who did what, and as often', () => {
    const acme = company({ seed: 4, days: 1, workloads: 20 })
    const found = count(
      read(acme).calls.map(({ by, role, action, outcome }) => ({
        line: [by.principal, by.via, role, action, outcome].join(' | '),
        count: 1,
      })),
    )
    const truth = count(
      acme.truth.touches.map((touch) => {
        const { principal, via } = touch.seen ?? touch
        const line = [told(principal), via, touch.role, touch.action, touch.outcome].join(' | ')
        return { line, count: touch.count }
      }),
    )
    const differ = [...new Set([...found.keys(), ...truth.keys()])].filter(
      (line) => found.get(line) !== truth.get(line) && !line.includes('/support/reindex'),
    )
    expect(differ.filter((line) => !line.startsWith('account 333344445555'))).toEqual([])
  })
})

function read(acme: Company) {
  const records = new Map<string, Seen>()
  for (const file of acme.files) {
    if (file.skip !== undefined) continue
    for (const record of file.records as Seen[]) {
      records.set(`${record.recipientAccountId} ${record.eventID}`, record)
    }
  }
  const issued = new Map<string, Issued>()
  for (const record of records.values()) {
    const credentials = record.responseElements?.credentials
    if (credentials === undefined) continue
    const before = issued.get(credentials.accessKeyId)
    if (before !== undefined) before.copies.push(record)
    else {
      issued.set(credentials.accessKeyId, {
        key: credentials.accessKeyId,
        id: record.responseElements?.assumedRoleUser.assumedRoleId ?? '',
        role: record.requestParameters.roleArn,
        at: Date.parse(record.eventTime),
        expires: Date.parse(`${credentials.expiration} UTC`),
        copies: [record],
      })
    }
  }
  const named = Map.groupBy(issued.values(), (session) => session.id)
  const known = new Map<string, Found>()

  function chain(session: Issued | undefined): Found {
    if (session === undefined) throw new Error('no such session')
    const before = known.get(session.key)
    if (before !== undefined) return before
    const found = start(session)
    known.set(session.key, found)
    return found
  }

  function start(session: Issued): Found {
    const record =
      session.copies.find((copy) => copy.userIdentity.type !== 'AWSAccount') ?? session.copies[0]
    if (record === undefined) throw new Error('no copies')
    const { userIdentity: caller, requestParameters: asked } = record
    if (caller.type === 'WebIdentityUser') {
      const issuer = caller.identityProvider.split(':oidc-provider/')[1]
      const [, account, ...rest] = caller.userName.split(':')
      const pod = account === 'serviceaccount'
      const principal = pod
        ? `workload ${issuer}/${rest.join('/')}`
        : `web-identity ${issuer}/${caller.userName}`
      return { principal, via: [] }
    }
    if (caller.type === 'SAMLUser') {
      const reserved = session.role.includes('/aws-reserved/sso.amazonaws.com/')
      const saml = `saml ${asked.principalArn}/${caller.userName}`
      return { principal: reserved ? `identity-center ${caller.userName}` : saml, via: [] }
    }
    if (caller.type === 'AWSService') {
      const tags = Object.fromEntries((asked.tags ?? []).map(({ key, value }) => [key, value]))
      if (asked.tags !== undefined) return { principal: tagged(tags), via: [] }
      if (caller.invokedBy === 'ec2.amazonaws.com') {
        return { principal: `node ${asked.roleSessionName}`, via: [] }
      }
      return { principal: `aws-service ${caller.invokedBy}`, via: [] }
    }
    const parent = holder(caller, session.at)
    if (asked.incomingTransitiveTags !== undefined) {
      return { ...parent, principal: tagged(asked.incomingTransitiveTags) }
    }
    if (caller.invokedBy === 'pods.eks.amazonaws.com') {
      const [region, account, name, ...workload] = (asked.externalId ?? '').split('/')
      const arn = `arn:aws:eks:${region}:${account}:cluster/${name}`
      return { ...parent, principal: `workload ${issuerOf(arn)}/${workload.join('/')}` }
    }
    return parent
  }

  const issuerOf = (arn: string | undefined) =>
    acme.clusters.find((cluster) => cluster.arn === arn)?.issuer

  function tagged(tags: Record<string, string>): string {
    const issuer = issuerOf(tags['eks-cluster-arn'])
    return `workload ${issuer}/${tags['kubernetes-namespace']}/${tags['kubernetes-service-account']}`
  }

  // Who holds the credentials of a call, the role they belong to included.
  function holder(caller: Caller, at: number): Found {
    if (caller.type === 'IAMUser') return { principal: `iam-user ${caller.arn}`, via: [] }
    if (caller.type === 'Root') return { principal: `root ${caller.arn}`, via: [] }
    const same = named.get(caller.principalId) ?? []
    if (caller.type === 'AWSAccount') {
      const alive = same.filter((session) => session.at <= at && at < session.expires)
      return agreed(alive) ?? { principal: `account ${caller.accountId}`, via: [] }
    }
    const exact = issued.get(caller.accessKeyId ?? '')
    const made = Date.parse(caller.sessionContext?.attributes.creationDate ?? '')
    const near = same.filter((session) => Math.abs(session.at - made) <= 1_000)
    const role = `role ${caller.sessionContext?.sessionIssuer.arn}`
    return agreed(exact === undefined ? near : [exact]) ?? { principal: role, via: [] }
  }

  function agreed(candidates: Issued[]): Found | undefined {
    const found = candidates.map((session) => {
      const { principal, via } = chain(session)
      return { principal, via: [...via, session.role] }
    })
    const different = new Set(found.map((one) => `${one.principal} ${one.via}`))
    return different.size === 1 ? found[0] : undefined
  }

  const calls = [...records.values()]
    .filter((record) => ['AwsApiCall', 'AwsConsoleSignIn'].includes(record.eventType))
    .filter((record) => !record.eventName.startsWith('AssumeRole'))
    .map((record) => {
      const role = record.userIdentity.sessionContext?.sessionIssuer?.arn
      const { principal, via } = holder(record.userIdentity, Date.parse(record.eventTime))
      return {
        by: { principal, via: via.at(-1) === role ? via.slice(0, -1) : via },
        role: role ?? null,
        action: `${record.eventSource.split('.')[0]}:${record.eventName}`,
        outcome: record.errorCode === undefined ? 'did' : 'refused',
      }
    })
  return { issued, chain, calls }
}

function count(lines: { line: string; count: number }[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { line, count: more } of lines) counts.set(line, (counts.get(line) ?? 0) + more)
  return counts
}
