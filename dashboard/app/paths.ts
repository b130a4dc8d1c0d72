import type { Principal } from '../../lib/model.ts'
import { pageHref } from './location.ts'

/** Where the page of something is; paths are readable, since people read them in tickets. */
export function principalHref(
  principal: Pick<Principal, 'kind' | 'id' | 'cluster' | 'namespace' | 'serviceAccount'>,
): string {
  const { kind, id, cluster, namespace, serviceAccount } = principal
  return kind === 'workload' && cluster !== null && namespace !== null && serviceAccount !== null
    ? pageHref(
        `/identities/${[cluster, namespace, serviceAccount].map(encodeURIComponent).join('/')}`,
      )
    : pageHref('/principals', { id })
}

export const roleHref = (arn: string): string => pageHref('/roles', { arn })
export const sessionHref = (text: string): string => pageHref('/sessions', { q: text })
export const resourceHref = (arn: string): string => pageHref('/resources', { arn })
export const findingHref = (id: string): string => pageHref(`/findings/${encodeURIComponent(id)}`)
export const searchHref = (text: string): string => pageHref('/search', { q: text })
