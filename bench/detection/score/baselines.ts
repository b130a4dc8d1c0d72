import { issuerOf } from '../../../lib/identity/workload.ts'
import { ownerOf } from '../simulator/networks.ts'
import { DAY, HOUR } from '../simulator/time.ts'
import type { Alert } from './alert.ts'

/** What the published approaches read of a record. */
export interface Read {
  readonly eventID: string
  readonly eventTime: string
  readonly eventSource: string
  readonly eventName: string
  readonly sourceIPAddress: string
  readonly errorCode?: string
  readonly recipientAccountId: string
  readonly userIdentity: {
    readonly type: string
    readonly accessKeyId?: string
    readonly arn?: string
    readonly userName?: string
    readonly identityProvider?: string
    readonly sessionContext?: { readonly sessionIssuer?: { readonly arn?: string } }
  }
  readonly additionalEventData?: { readonly AuthenticationMethod?: string }
  readonly requestParameters: { readonly roleArn?: string } | null
}

/** A published way to look for the same, written anew from its description. It sees records in the order of delivery. */
export interface Baseline {
  readonly name: string
  take(record: Read, at: number): void
  readonly alerts: Alert[]
}

const isAddress = (text: string): boolean => /^\d+\.\d+\.\d+\.\d+$/.test(text)
const isPrivate = (text: string): boolean => text.startsWith('10.') || text.startsWith('172.31.')

const alertOf = (
  rule: string,
  record: Read,
  at: number,
  title: string,
  rest: Partial<Alert>,
): Alert => ({
  rule,
  severity: 'high',
  story: `${rule} ${title} ${Math.floor(at / DAY)}`,
  title,
  principal: '',
  role: record.userIdentity.sessionContext?.sessionIssuer?.arn ?? '',
  account: record.recipientAccountId,
  events: [record.eventID],
  first: at,
  last: at,
  ...rest,
})

/**
 * The first address that uses a role session owns it; another public address later is an alert, unless addresses or gateways of the
 * account have just changed. After Netflix's credential compromise detection (W. Bengtson, 2018). Presigned URLs, which it does not
 * speak of, are left out in its favour.
 */
export function firstAddressWins(): Baseline {
  const owners = new Map<string, string>()
  const changed = new Map<string, number>()
  const told = new Set<string>()
  const alerts: Alert[] = []
  return {
    name: 'first address wins (per session)',
    alerts,
    take(record, at) {
      const { userIdentity, sourceIPAddress, eventName, recipientAccountId } = record
      if (/^(?:AssociateAddress|AllocateAddress|CreateNatGateway)$/.test(eventName))
        changed.set(recipientAccountId, at)
      const key = userIdentity.accessKeyId ?? ''
      if (userIdentity.type !== 'AssumedRole' || key === '') return
      if (!isAddress(sourceIPAddress) || isPrivate(sourceIPAddress)) return
      if (record.additionalEventData?.AuthenticationMethod === 'QueryString') return
      const owner = owners.get(key)
      if (owner === undefined) {
        owners.set(key, sourceIPAddress)
        return
      }
      if (owner === sourceIPAddress) return
      if (at - (changed.get(recipientAccountId) ?? Number.NEGATIVE_INFINITY) < HOUR) return
      const role = userIdentity.sessionContext?.sessionIssuer?.arn ?? ''
      const title = `a session of ${role} moved to ${sourceIPAddress}`
      const once = `${title} ${Math.floor(at / DAY)}`
      if (told.has(once)) return
      told.add(once)
      alerts.push(alertOf('first-address-wins', record, at, title, {}))
    },
  }
}

/**
 * A ServiceAccount's token was traded in from a network that is not Amazon's. After Elastic's rule on web identities of Kubernetes
 * ServiceAccounts from an external ASN.
 */
export function foreignNetwork(): Baseline {
  const told = new Set<string>()
  const alerts: Alert[] = []
  return {
    name: 'network owner only (web identity)',
    alerts,
    take(record, at) {
      const { userIdentity, sourceIPAddress } = record
      if (record.eventName !== 'AssumeRoleWithWebIdentity' || record.errorCode !== undefined) return
      const subject = userIdentity.userName ?? ''
      if (!subject.startsWith('system:serviceaccount:') || !isAddress(sourceIPAddress)) return
      const owner = ownerOf(sourceIPAddress)
      if (owner === null || owner === 'AMAZON-02') return
      const title = `${subject} from ${owner}`
      const once = `${title} ${Math.floor(at / DAY)}`
      if (told.has(once)) return
      told.add(once)
      const [namespace, name] = subject.split(':').slice(2)
      const issuer = issuerOf(userIdentity.identityProvider ?? '')
      alerts.push(
        alertOf('foreign-network', record, at, title, {
          principal: `${issuer}/${namespace}/${name}`,
          role: record.requestParameters?.roleArn ?? '',
        }),
      )
    },
  }
}

/** A role assumes a role for the first time within so many days. After Elastic's rule on STS role chaining. */
export function firstChain(memoryDays = 10): Baseline {
  const seen = new Map<string, number>()
  const alerts: Alert[] = []
  return {
    name: 'first time role A assumes role B',
    alerts,
    take(record, at) {
      const { userIdentity, requestParameters } = record
      if (record.eventName !== 'AssumeRole' || userIdentity.type !== 'AssumedRole') return
      const from = userIdentity.sessionContext?.sessionIssuer?.arn ?? ''
      const to = requestParameters?.roleArn ?? ''
      if (to === '') return
      const last = seen.get(`${from} ${to}`)
      seen.set(`${from} ${to}`, at)
      if (last !== undefined && at - last < memoryDays * DAY) return
      alerts.push(alertOf('first-chain', record, at, `${from} assumes ${to}`, {}))
    },
  }
}

/** A role makes an API call that it never made in 90 days; roles younger than two weeks are left alone. After Netflix's cloudtrail-anomaly. */
export function firstAction(youngDays = 14): Baseline {
  const roles = new Map<string, { since: number; actions: Set<string> }>()
  const alerts: Alert[] = []
  return {
    name: 'first API action of a role',
    alerts,
    take(record, at) {
      const role = record.userIdentity.sessionContext?.sessionIssuer?.arn ?? ''
      if (record.userIdentity.type !== 'AssumedRole' || role === '') return
      const action = `${record.eventSource}:${record.eventName}`
      const known = roles.get(role)
      if (known === undefined) {
        roles.set(role, { since: at, actions: new Set([action]) })
        return
      }
      if (known.actions.has(action)) return
      known.actions.add(action)
      if (at - known.since < youngDays * DAY) return
      const title = `${role} does ${action} for the first time`
      alerts.push(alertOf('first-action', record, at, title, {}))
    },
  }
}
