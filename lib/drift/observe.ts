import { BlockList, isIP } from 'node:net'
import type { Config } from '../config.ts'
import { parseArn, roleName } from '../identity/arn.ts'
import type { ActivitySum, EdgeSum, Questions, Window } from '../ports.ts'
import type { Observed, StaticKeyUse, TrustChange } from './observed.ts'

/** Reads what CloudTrail shows of a window. `changed`: roles whose trust is not what it was at `since`. */
export async function observe(
  store: Pick<Questions, 'edges' | 'attempts' | 'activity' | 'principals' | 'coverage'>,
  window: Window,
  network: Config['network'] | null,
  changed: { readonly roles: readonly string[]; readonly since: number },
): Promise<Observed> {
  const seen = new Map<string, Window>()
  for (const { account, first, last } of await store.coverage(window)) {
    const known = seen.get(account)
    seen.set(account, {
      from: Math.min(first, known?.from ?? first),
      to: Math.max(last, known?.to ?? last),
    })
  }
  return {
    window,
    seen,
    edges: await store.edges({}, window),
    attempts: await store.attempts({}, window),
    trustChanges: await trustChanges(store, window, changed),
    ...(await staticKeys(store, window, network)),
  }
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html */
const CHANGES_TRUST = new Set(['iam:UpdateAssumeRolePolicy', 'iam:CreateRole'])

async function trustChanges(
  store: Pick<Questions, 'activity' | 'edges'>,
  window: Window,
  { roles, since }: { readonly roles: readonly string[]; readonly since: number },
): Promise<TrustChange[]> {
  const later = { from: Math.max(window.from, since), to: window.to }
  if (roles.length === 0 || later.from >= later.to) return []
  const calls = (await store.activity({}, later)).filter(
    ({ outcome, action }) => outcome === 'did' && CHANGES_TRUST.has(action),
  )
  const changes: TrustChange[] = []
  for (const role of roles) {
    const account = parseArn(role)?.account
    const own = calls.filter((call) => accountOf(call) === account)
    const named = own.filter(({ resource }) => resource.endsWith(`/${roleName(role)}`))
    const candidates = named.length > 0 ? named : own.filter(({ resource }) => resource === '')
    if (candidates.length === 0) continue
    const at = Math.min(...candidates.map(({ firstSeen }) => firstSeen))
    const uses = await store.edges({ roles: [role] }, { from: at, to: window.to })
    const first = uses.reduce<EdgeSum | null>(
      (best, use) => (best === null || use.firstSeen < best.firstSeen ? use : best),
      null,
    )
    changes.push({
      role,
      at,
      by: candidates.map(({ principal }) => principal),
      isCertain: named.length > 0,
      firstUse: first === null ? null : { at: first.firstSeen, by: first.principal },
    })
  }
  return changes
}

function accountOf({ role, principal }: ActivitySum): string {
  return parseArn(role)?.account ?? principal.account ?? ''
}

async function staticKeys(
  store: Pick<Questions, 'activity' | 'principals'>,
  window: Window,
  network: Config['network'] | null,
): Promise<Pick<Observed, 'staticKeys' | 'staticKeysMissing'>> {
  const users = await store.principals({ kind: 'iam-user' })
  if (users.length === 0) return { staticKeys: [], staticKeysMissing: null }
  if (network === null || network.egress.length + network.vpcEndpoints.length === 0)
    return {
      staticKeys: [],
      staticKeysMissing:
        'where pods call from is not known: put addresses and endpoints into podtrail.yaml (network)',
    }
  const isOurs = oursIn(network)
  const uses = new Map<string, StaticKeyUse>()
  for (const sum of await store.activity({ principals: users, byNetwork: true }, window)) {
    // With a role, the user's key was traded for a session first; the call that did so is counted by itself.
    if (sum.network === undefined || sum.role !== '' || !isOurs(sum.network)) continue
    const key = `${sum.principal.id}\n${sum.network}`
    const known = uses.get(key)
    uses.set(key, {
      user: sum.principal,
      network: sum.network,
      count: sum.count + (known?.count ?? 0),
      firstSeen: Math.min(sum.firstSeen, known?.firstSeen ?? sum.firstSeen),
      lastSeen: Math.max(sum.lastSeen, known?.lastSeen ?? sum.lastSeen),
    })
  }
  return { staticKeys: [...uses.values()], staticKeysMissing: null }
}

function oursIn({ egress, vpcEndpoints }: Config['network']): (network: string) => boolean {
  const addresses = new BlockList()
  for (const entry of egress) {
    const [address, bits] = entry.split('/') as [string, string?]
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) addresses.addAddress(address, family)
    else addresses.addSubnet(address, Number(bits), family)
  }
  const endpoints = new Set(vpcEndpoints)
  return (network) => {
    const family = isIP(network)
    if (family === 0) return endpoints.has(network)
    return addresses.check(network, family === 6 ? 'ipv6' : 'ipv4')
  }
}
