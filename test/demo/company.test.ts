import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { company, fileBytes, logFileBytes } from '../../lib/demo/company.ts'

interface Identity {
  type?: string
  principalId?: string
  arn?: string
  accountId?: string
  accessKeyId?: string
  userName?: string
  invokedBy?: string
  sessionContext?: {
    sessionIssuer?: { arn: string }
    webIdFederationData?: { federatedProvider?: string }
    attributes?: { creationDate: string }
  }
}

interface Seen {
  eventVersion: string
  userIdentity?: Identity
  eventTime: string
  eventSource?: string
  eventName?: string
  awsRegion: string
  sourceIPAddress?: string
  errorCode?: string
  errorMessage?: string
  requestParameters?: Record<string, unknown> | null
  responseElements?: {
    credentials?: { accessKeyId: string; expiration: string }
    assumedRoleUser?: { assumedRoleId: string }
  } | null
  additionalEventData?: { RequestDetails?: { endpointType: string } }
  eventID: string
  eventType: string
  managementEvent?: boolean
  recipientAccountId: string
  sharedEventID?: string
  vpcEndpointId?: string
  eventCategory: string
  tlsDetails?: unknown
  resources?: unknown[]
}

const SMALL = { seed: 7, days: 1, workloads: 10 }
const small = company(SMALL)
const { truth, incident } = small
const logs = small.files.filter((file) => file.skip === undefined)
const records = logs.flatMap((file) => file.records as Seen[])
const byId = new Map(records.map((record) => [record.eventID, record]))
const byKey = new Map(truth.assumptions.map((assumption) => [assumption.key, assumption]))

const isSts = (record: Seen, name: string) =>
  record.eventSource === 'sts.amazonaws.com' && record.eventName === name
const granted = (record: Seen) => record.errorCode === undefined
const assumeRole = (record: Seen) => isSts(record, 'AssumeRole') && granted(record)
const tokenExchange = (record: Seen) =>
  isSts(record, 'AssumeRoleWithWebIdentity') && granted(record)
const asked = (record: Seen) => record.requestParameters ?? {}
const byEks = (record: Seen) => record.userIdentity?.invokedBy === 'pods.eks.amazonaws.com'
const copies = new Map<string, Seen[]>()
for (const record of records) {
  if (record.sharedEventID === undefined) continue
  copies.set(record.sharedEventID, [...(copies.get(record.sharedEventID) ?? []), record])
}
const copiesOf = (record: Seen) => copies.get(record.sharedEventID ?? '') ?? []

function digestOf(files: typeof small.files): string {
  const hash = createHash('sha256')
  for (const file of files) hash.update(file.path).update(fileBytes(file))
  return hash.digest('hex')
}

describe('the seed', () => {
  it('gives the same bytes and the same truth every time', () => {
    const again = company(SMALL)
    expect(digestOf(again.files)).toBe(digestOf(small.files))
    expect(again.truth).toEqual(truth)
    expect(again.incident).toEqual(incident)
  })

  it('gives another company when it is another one', () => {
    const other = company({ ...SMALL, seed: 8 })
    expect(digestOf(other.files)).not.toBe(digestOf(small.files))
    expect(other.incident.accessKeys).not.toEqual(incident.accessKeys)
  })

  it.each([1, 2, 3, 4, 5])('holds the incident and a clean hour around it with seed %i', (seed) => {
    const { incident: planted, truth: other } = company({ seed, days: 1, workloads: 0 })
    const inHour = other.touchesByHour.filter(
      (touch) => touch.resource === planted.resource && touch.hour.endsWith('T02'),
    )
    const who = new Set(inHour.map((touch) => touch.principal.id))
    expect(who).toEqual(new Set([planted.principal.id, planted.legitimate.id]))
  })

  it('refuses a window in which the last night does not lie', () => {
    expect(() => company({ seed: 1, days: 0.5 })).toThrow('days')
    expect(() => company({ seed: 1, days: 1, end: '2026-11-23T02:30:00Z' })).toThrow('02:00')
    expect(() => company({ seed: 1, end: 'soon' })).toThrow('soon')
  })
})

describe('the files', () => {
  it('lie where an organisation trail puts them, stamped with the time of delivery', () => {
    const shape =
      /^AWSLogs\/o-demo1acme2\/(\d{12})\/CloudTrail\/([a-z0-9-]+)\/(\d{4})\/(\d\d)\/(\d\d)\/\1_CloudTrail_\2_\3\4\5T(\d\d)(\d\d)Z_[A-Za-z0-9]{16}\.json\.gz$/
    for (const file of logs) {
      const match = shape.exec(file.path)
      expect(match, file.path).not.toBeNull()
      const [, account, region, year, month, day, hour, minute] = match ?? []
      const delivered = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:00Z`)
      for (const record of file.records as Seen[]) {
        expect(record.recipientAccountId).toBe(account)
        expect(record.awsRegion).toBe(region)
        const lag = (delivered - Date.parse(record.eventTime)) / 60_000
        expect(lag).toBeGreaterThan(1)
        expect(lag).toBeLessThan(90)
      }
    }
  })

  it('are one gzip member that holds the records', () => {
    const [first] = logs
    const bytes = logFileBytes(first?.records ?? [])
    expect(JSON.parse(gunzipSync(bytes).toString())).toEqual({ Records: first?.records })
  })

  it('have a digest and an Insights file beside them, which are no log files', () => {
    const digest = small.files.find((file) => file.skip === 'digest')
    const insight = small.files.find((file) => file.skip === 'insight')
    expect(digest?.path).toContain('/CloudTrail-Digest/')
    expect(insight?.path).toContain('/CloudTrail-Insight/')
    const { logFiles } = (digest?.content ?? { logFiles: [] }) as {
      logFiles: { s3Object: string; hashValue: string }[]
    }
    expect(logFiles.length).toBeGreaterThan(0)
    for (const { s3Object, hashValue } of logFiles) {
      const file = logs.find((other) => other.path === s3Object)
      const inflated = gunzipSync(logFileBytes(file?.records ?? []))
      expect(hashValue).toBe(createHash('sha256').update(inflated).digest('hex'))
    }
  })

  it('hold some records twice, in different files', () => {
    const files = new Map<string, Set<string>>()
    for (const file of logs) {
      for (const record of file.records as Seen[]) {
        files.set(record.eventID, (files.get(record.eventID) ?? new Set()).add(file.path))
      }
    }
    const twice = [...files.values()].filter((paths) => paths.size > 1)
    expect(twice).toHaveLength(truth.records.duplicates)
    expect(truth.records.duplicates).toBeGreaterThan(0)
  })

  it('have one hole of 27 minutes, in one account and region', () => {
    const { account, region, from, to } = small.gap
    expect(Date.parse(to) - Date.parse(from)).toBe(27 * 60_000)
    const inside = records.filter((record) => record.eventTime >= from && record.eventTime < to)
    const here = (record: Seen) =>
      record.recipientAccountId === account && record.awsRegion === region
    expect(inside.filter(here)).toHaveLength(0)
    expect(inside.length).toBeGreaterThan(50)
    expect(truth.records.lost).toBeGreaterThan(0)
  })
})

describe('every shape is there', () => {
  const provider = (record: Seen) => record.responseElements as { provider?: string } | undefined
  const shapes: Record<string, (record: Seen) => boolean> = {
    'IRSA on EKS': (record) =>
      tokenExchange(record) && (provider(record)?.provider ?? '').includes('/oidc.eks.'),
    'IRSA on a cluster that EKS does not run': (record) =>
      tokenExchange(record) && (provider(record)?.provider ?? '').includes('acme-edge-oidc.s3'),
    'IRSA through an interface endpoint': (record) =>
      tokenExchange(record) && record.vpcEndpointId?.startsWith('vpce-') === true,
    'IRSA through the global endpoint': (record) =>
      tokenExchange(record) &&
      record.additionalEventData?.RequestDetails?.endpointType === 'global',
    'IRSA refused': (record) =>
      isSts(record, 'AssumeRoleWithWebIdentity') &&
      record.errorMessage === 'An unknown error occurred' &&
      record.requestParameters !== null &&
      record.responseElements === null,
    'an unknown issuer': (record) =>
      tokenExchange(record) && provider(record)?.provider?.endsWith(small.unknownIssuer) === true,
    'GitHub Actions': (record) =>
      tokenExchange(record) && record.userIdentity?.userName?.startsWith('repo:acme/') === true,
    'AssumeRole within an account': (record) =>
      assumeRole(record) &&
      record.userIdentity?.type === 'AssumedRole' &&
      record.sharedEventID === undefined,
    'a chain from IRSA, which names the provider': (record) =>
      assumeRole(record) &&
      record.userIdentity?.sessionContext?.webIdFederationData?.federatedProvider !== undefined,
    'both copies of one call': (record) =>
      assumeRole(record) &&
      record.userIdentity?.type === 'AWSAccount' &&
      copiesOf(record).some((other) => other.userIdentity?.type === 'AssumedRole'),
    'the target copy alone, from outside': (record) =>
      assumeRole(record) &&
      record.userIdentity?.type === 'AWSAccount' &&
      record.userIdentity.accountId === '777788889999' &&
      copiesOf(record).every((other) => other.eventID === record.eventID),
    'the target copy alone, because of the hole': (record) =>
      assumeRole(record) &&
      record.userIdentity?.type === 'AWSAccount' &&
      record.userIdentity.accountId === small.gap.account &&
      copiesOf(record).every((other) => other.eventID === record.eventID),
    'the caller copy alone': (record) =>
      assumeRole(record) &&
      record.userIdentity?.type === 'AssumedRole' &&
      record.sharedEventID !== undefined &&
      copiesOf(record).every((other) => other.eventID === record.eventID),
    'AssumeRole by an IAM user': (record) =>
      assumeRole(record) && record.userIdentity?.type === 'IAMUser',
    'AssumeRole refused': (record) =>
      isSts(record, 'AssumeRole') &&
      record.errorMessage?.includes('on resource: arn:aws:iam::') === true &&
      record.requestParameters === null &&
      record.resources === undefined,
    'an external id in plain text': (record) =>
      assumeRole(record) && asked(record).externalId === 'acme-7f3c2e',
    'EC2 for a node': (record) =>
      assumeRole(record) &&
      record.userIdentity?.invokedBy === 'ec2.amazonaws.com' &&
      String(asked(record).roleSessionName).startsWith('i-0'),
    Lambda: (record) =>
      assumeRole(record) && record.userIdentity?.invokedBy === 'lambda.amazonaws.com',
    'the eks-auth half of Pod Identity': (record) =>
      record.eventName === 'AssumeRoleForPodIdentity' && granted(record),
    'eks-auth refused': (record) =>
      record.eventName === 'AssumeRoleForPodIdentity' && !granted(record),
    'Pod Identity with tags': (record) =>
      assumeRole(record) &&
      byEks(record) &&
      record.userIdentity?.type === 'AWSService' &&
      Array.isArray(asked(record).tags),
    'Pod Identity without tags': (record) =>
      assumeRole(record) &&
      byEks(record) &&
      record.userIdentity?.type === 'AWSService' &&
      asked(record).tags === undefined,
    'a target role with inherited tags': (record) =>
      assumeRole(record) && byEks(record) && asked(record).incomingTransitiveTags !== undefined,
    'a target role with the workload in the external id': (record) =>
      assumeRole(record) &&
      byEks(record) &&
      String(asked(record).externalId).endsWith('/prod-eks/billing/invoicer'),
    'a sign-in with SAML': (record) =>
      isSts(record, 'AssumeRoleWithSAML') &&
      String(asked(record).principalArn).endsWith('/AcmeOkta'),
    'a sign-in with Identity Center': (record) =>
      isSts(record, 'AssumeRoleWithSAML') &&
      String(asked(record).roleArn).includes('/aws-reserved/sso.amazonaws.com/'),
    'the owner of an account': (record) => record.userIdentity?.type === 'Root',
    'a call without a key, by a service': (record) =>
      record.userIdentity?.type === 'AssumedRole' &&
      record.userIdentity.accessKeyId === undefined &&
      record.userIdentity.invokedBy === 'dynamodb.amazonaws.com' &&
      record.tlsDetails === undefined,
    'a refused call whose request is gone': (record) =>
      record.eventName === 'GetSecretValue' && record.requestParameters === null,
    'an S3 data event': (record) =>
      record.eventName === 'GetObject' &&
      record.managementEvent === false &&
      record.eventCategory === 'Data',
    'a service event without anybody': (record) =>
      record.eventType === 'AwsServiceEvent' && record.userIdentity?.type === undefined,
    'an Insight': (record) => record.eventCategory === 'Insight',
    'network activity': (record) => record.eventCategory === 'NetworkActivity',
  }

  it.each(Object.entries(shapes))('%s', (_, matches) => {
    expect(records.some(matches)).toBe(true)
  })

  it('registers one issuer as provider in two accounts', () => {
    const accounts = new Map<string, Set<string>>()
    for (const record of records.filter(tokenExchange)) {
      const [arn, issuer] = /oidc-provider\/(.*)/.exec(provider(record)?.provider ?? '') ?? []
      if (arn === undefined || issuer === undefined) continue
      const of = accounts.get(issuer) ?? new Set()
      accounts.set(issuer, of.add(record.recipientAccountId))
    }
    const issuer = small.clusters.find((cluster) => cluster.name === 'prod-eks')?.issuer ?? ''
    expect(accounts.get(issuer)).toEqual(new Set(['111122223333', '222233334444']))
  })

  it('keeps several live keys under one role and one session name, for two workloads', () => {
    const web = truth.assumptions.filter(
      (assumption) =>
        assumption.roleSessionName === 'token-file-web-identity' &&
        assumption.role.endsWith('/web/web-app'),
    )
    expect(new Set(web.map((assumption) => assumption.principal.serviceAccount)).size).toBe(2)
    const [first] = web
    const alive = web.filter((other) => first !== undefined && other.at < first.expires)
    expect(alive.length).toBeGreaterThan(2)
  })

  it('juggles two roles in a loop, from one token', () => {
    const loop = truth.assumptions.filter((assumption) => assumption.role.endsWith('/loop-a'))
    const deepest = loop.toSorted((left, right) => right.hop - left.hop)[0]
    expect(deepest?.hop).toBe(5)
    expect(deepest?.via.map((arn) => arn.slice(-1)).join('')).toBe('abab')
  })

  it('uses another key after Identity Center than the sign-in handed out', () => {
    const signIns = truth.assumptions.filter(
      (assumption) => assumption.principal.kind === 'identity-center' && assumption.hop === 1,
    )
    expect(signIns.length).toBeGreaterThan(0)
    const used = new Set(records.map((record) => record.userIdentity?.accessKeyId))
    for (const { key, usedKey } of signIns) {
      expect(used.has(key)).toBe(false)
      expect(usedKey).toBeDefined()
    }
  })
})

describe('the truth', () => {
  it('counts every record in the log files', () => {
    expect(truth.records.total).toBe(records.length)
    const distinct = new Set(records.map((record) => record.eventID))
    expect(distinct.size).toBe(truth.records.total - truth.records.duplicates)
    const outside = records.filter(
      (record) =>
        record.eventCategory === 'Insight' ||
        record.eventCategory === 'NetworkActivity' ||
        record.eventType === 'AwsServiceEvent',
    )
    expect(outside).toHaveLength(truth.records.outOfScope)
  })

  it('has one assumption for every successful STS call, and no other', () => {
    const issued = new Set<string>()
    for (const record of byId.values()) {
      const key = record.responseElements?.credentials?.accessKeyId
      if (key !== undefined) issued.add(key)
    }
    expect(new Set(byKey.keys())).toEqual(issued)
    expect(byKey.size).toBe(truth.assumptions.length)
  })

  it('says of each assumption what its records say', () => {
    for (const assumption of truth.assumptions) {
      expect(assumption.events.length).toBeGreaterThan(0)
      for (const { eventId, account, copy } of assumption.events) {
        const record = byId.get(eventId)
        expect(record?.eventTime).toBe(assumption.at)
        expect(record?.recipientAccountId).toBe(account)
        expect(record?.responseElements?.credentials?.accessKeyId).toBe(assumption.key)
        const { expiration } = record?.responseElements?.credentials ?? { expiration: '' }
        expect(expiration).toMatch(/^[A-Z][a-z]{2} \d{1,2}, \d{4}, \d{1,2}:\d\d:\d\d [AP]M$/)
        expect(Date.parse(`${expiration} UTC`)).toBe(Date.parse(assumption.expires))
        expect(asked(record as Seen).roleArn).toBe(assumption.role)
        expect(asked(record as Seen).roleSessionName).toBe(assumption.roleSessionName)
        expect(record?.userIdentity?.type === 'AWSAccount').toBe(copy === 'target')
      }
    }
  })

  it('lets every chain begin somewhere and go on hop by hop', () => {
    for (const assumption of truth.assumptions) {
      expect(assumption.hop).toBe(assumption.via.length + 1)
      expect(assumption.linked).toBe(assumption.seen === undefined)
      if (assumption.hop === 1) expect(assumption.parentKey).toBeUndefined()
      const parent = byKey.get(assumption.parentKey ?? '')
      if (parent === undefined) continue
      expect(assumption.principal).toEqual(parent.principal)
      expect(assumption.via).toEqual([...parent.via, parent.role])
      expect(assumption.at >= parent.at).toBe(true)
      expect(assumption.at < parent.expires).toBe(true)
    }
    const missing = truth.assumptions.filter(
      ({ hop, linked, parentKey }) => hop > 1 && linked && !byKey.has(parentKey ?? ''),
    )
    expect(missing).toHaveLength(0)
    expect(new Set(truth.assumptions.map((assumption) => assumption.hop))).toEqual(
      new Set([1, 2, 3, 4, 5]),
    )
  })

  it('claims a link only where the delivered records hold one', () => {
    for (const assumption of truth.assumptions) {
      const parent = byKey.get(assumption.parentKey ?? '')
      if (assumption.proof === undefined || !assumption.linked || parent === undefined) continue
      const callers = assumption.events.map(({ eventId }) => byId.get(eventId)?.userIdentity)
      const ids = callers.map((caller) => caller?.principalId)
      const roles = new Set(parent.events.map(({ eventId }) => assumedRoleId(byId.get(eventId))))
      expect(ids.some((id) => roles.has(id))).toBe(true)
      if (assumption.proof === 'accessKeyId') {
        expect(callers.map((caller) => caller?.accessKeyId)).toContain(parent.key)
      }
    }
  })

  it('knows both the links that can be proven and those that cannot', () => {
    const reasons = new Set(
      truth.assumptions.flatMap((assumption) =>
        assumption.seen === undefined ? [] : [assumption.seen.principal.kind],
      ),
    )
    expect(reasons).toEqual(new Set(['account', 'aws-service', 'role']))
    const proofs = new Set(truth.assumptions.map((assumption) => assumption.proof))
    expect(proofs).toEqual(new Set([undefined, 'accessKeyId', 'assumedRoleId']))
  })

  it('has principals of every kind that starts a chain', () => {
    const kinds = new Set([
      ...truth.assumptions.map((assumption) => assumption.principal.kind),
      ...truth.touches.map((touch) => touch.principal.kind),
    ])
    expect(kinds).toEqual(
      new Set([
        'workload',
        'web-identity',
        'saml',
        'identity-center',
        'iam-user',
        'root',
        'aws-service',
        'node',
        'account',
      ]),
    )
  })

  it('lies inside the window', () => {
    const { from, to } = small.window
    const times = [
      ...truth.assumptions.map((assumption) => assumption.at),
      ...truth.attempts.map((attempt) => attempt.at),
      ...truth.touches.flatMap((touch) => [touch.first, touch.last]),
      ...records.map((record) => record.eventTime),
    ]
    expect(times.every((time) => time >= from && time < to)).toBe(true)
  })

  it('counts every call that is not STS handing out or refusing credentials', () => {
    const handsOut = /^(AssumeRole|AssumeRoleWithWebIdentity|AssumeRoleWithSAML)$/
    const calls = [...byId.values()].filter(
      (record) =>
        (record.eventType === 'AwsApiCall' || record.eventType === 'AwsConsoleSignIn') &&
        record.eventName !== 'AssumeRoleForPodIdentity' &&
        !(record.eventSource === 'sts.amazonaws.com' && handsOut.test(record.eventName ?? '')),
    )
    const total = (touches: { count: number }[]) =>
      touches.reduce((sum, touch) => sum + touch.count, 0)
    expect(total(truth.touches)).toBe(calls.length)
    expect(total(truth.touchesByHour)).toBe(calls.length)
    const refused = truth.touches.filter((touch) => touch.outcome === 'refused')
    expect(total(refused)).toBe(calls.filter((call) => !granted(call)).length)
  })

  it('has every refused STS call among the attempts', () => {
    const refused = [...byId.values()].filter(
      (record) => record.eventName?.startsWith('AssumeRole') && !granted(record),
    )
    expect(new Set(truth.attempts.map((attempt) => attempt.eventId))).toEqual(
      new Set(refused.map((record) => record.eventID)),
    )
  })
})

describe('the incident', () => {
  it('is one chain from a workload into another account', () => {
    const last = byKey.get(incident.accessKeys[2] ?? '')
    expect(last?.principal).toEqual(incident.principal)
    expect(last?.hop).toBe(3)
    expect(last?.linked).toBe(true)
    expect(last?.events.map((event) => event.account)).toEqual(['444455556666', '222233334444'])
    expect(last?.via).toEqual(incident.steps.slice(0, 2).map((step) => step.role))
    expect(last?.at).toBe('2026-11-23T02:14:07Z')
  })

  it('is every record from an address that nobody at Acme uses', () => {
    const thief = [...byId.values()].filter(
      (record) => record.sourceIPAddress === incident.sourceIp,
    )
    expect(new Set(incident.eventIds)).toEqual(new Set(thief.map((record) => record.eventID)))
    expect(small.network.egress).not.toContain(incident.sourceIp)
  })

  it('read the ledger and was refused its policy', () => {
    const touched = truth.touchesByHour.filter(
      (touch) =>
        touch.resource === incident.resource && touch.principal.id === incident.principal.id,
    )
    const read = touched.find((touch) => touch.action === 's3:GetObject')
    expect(read?.count).toBe(incident.objectsRead)
    expect(read?.first.slice(0, 16)).toBe('2026-11-23T02:14')
    const change = touched.find((touch) => touch.action === 's3:PutBucketPolicy')
    expect(change?.outcome).toBe('refused')
  })
})

describe('the default size', () => {
  it('is some tens of thousands of records of three days', () => {
    const { truth: whole, files } = company({ seed: 1 })
    expect(whole.records.total).toBeGreaterThan(40_000)
    expect(whole.records.total).toBeLessThan(80_000)
    const quiet = new Set(whole.assumptions.map((assumption) => assumption.principal.id))
    expect(quiet.size).toBeGreaterThan(300)
    expect(files.length).toBeGreaterThan(1_000)
  })
})

function assumedRoleId(record: Seen | undefined): string | undefined {
  return record?.responseElements?.assumedRoleUser?.assumedRoleId
}
