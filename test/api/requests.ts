import type { Route } from '../../lib/api/route.ts'
import { ROUTES } from '../../lib/api/routes.ts'

/** What a path needs to be answered at all. */
const QUERY: Readonly<Record<string, string>> = {
  '/search': 'q=debug',
  '/sessions': 'q=192.0.2.77',
  '/activity': 'resource=acme-ledger',
  '/roles/trust': 'role=pod-s3-access',
  '/why': 'principal=testing/test-sa&role=pod-s3-access',
  '/policy': 'principal=sandbox/debug',
  '/tighten': 'role=pod-s3-access',
  '/reports': 'namespace=testing',
  '/reports/pack': 'namespace=testing',
  '/reports/sign-offs': 'namespace=testing',
}

const BODIES: Readonly<Record<string, object>> = {
  '/roles/simulations': { role: 'pod-s3-access', remove: 0 },
  '/findings/{id}/decisions': { action: 'comment', reason: 'looked at it' },
  '/findings/{id}/previews': { scope: 'finding' },
  '/baseline': { apiVersion: 'podtrail/v1', kind: 'Baseline', edges: [] },
  '/snapshots/{id}/approval': {},
  '/reports/sign-offs': {
    namespace: 'testing',
    decisions: [{ subject: 'prod-eks/testing/test-sa', decision: 'keep', reason: 'in use' }],
  },
}

/** A request that the route answers, of somebody who may; `id` names a finding or a snapshot. */
export function requestFor(
  route: Route,
  id: (of: string) => string,
): { readonly path: string; readonly init: RequestInit } {
  const path = route.path.replace('{id}', () => id(route.path))
  const query = route.method === 'GET' ? QUERY[route.path] : undefined
  const body = route.method === 'GET' ? undefined : BODIES[route.path]
  return {
    path: `/api/v1${path}${query === undefined ? '' : `?${query}`}`,
    init: {
      method: route.method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(route.problems.includes('precondition-required') ? { 'if-match': '"1"' } : {}),
      },
    },
  }
}

export const routeName = ({ method, path }: Route): string => `${method} ${path}`

export { ROUTES }
