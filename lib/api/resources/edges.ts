import * as z from 'zod'
import { answerGraph } from '../../graph/answer-graph.ts'
import { answerWhat } from '../../graph/answer-what.ts'
import { answerWho } from '../../graph/answer-who.ts'
import { Problem } from '../problem.ts'
import { FORMAT, flag, name, PAGING, text, WINDOW } from '../query.ts'
import { answered } from '../refusals.ts'
import { type Asking, namesNobody, route } from '../route.ts'
import { edgesTable } from '../tables.ts'

const QUERY = z.strictObject({
  role: text('who assumed it: ARN or name of a role').optional(),
  principal: text('what it assumed: namespace/serviceaccount, or the id of a principal').optional(),
  namespace: name('only workloads of this namespace').optional(),
  cluster: text('only workloads of this cluster: name, issuer or ARN').optional(),
  failed: flag('also attempts that failed for other reasons than a refusal'),
  activity: flag('with principal: also what was done with the roles'),
  ...WINDOW,
  ...PAGING,
  ...FORMAT,
})

/** Who assumed what: of a role, of a principal, or all. */
export const edges = route({
  path: '/edges',
  least: 'viewer',
  summary: 'who assumed which role, directly or through others',
  query: QUERY,
  answer: 'EdgeList',
  isWide: namesNobody,
  problems: ['unknown-name'],
  handle: async (asking) => answered(await edgesOf(asking)),
  table: edgesTable,
})

async function edgesOf({ store, asked: page, query, known }: Asking<z.output<typeof QUERY>>) {
  const { role, principal, namespace, cluster, failed = false, activity = false } = query
  const asked = { ...page, failed }
  const inCluster = cluster === undefined ? {} : { cluster }
  const inNamespace = namespace === undefined ? {} : { namespace }
  if (role !== undefined) {
    if (principal !== undefined || namespace !== undefined || cluster !== undefined)
      throw new Problem('wrong-parameter', { errors: [{ parameter: 'role' }] })
    return answerWho(store, { ...asked, role }, known)
  }
  if (principal !== undefined) {
    if (namespace !== undefined)
      throw new Problem('wrong-parameter', { errors: [{ parameter: 'namespace' }] })
    return answerWhat(store, { ...asked, principal, activity, ...inCluster }, known)
  }
  return answerGraph(store, { ...asked, ...inNamespace, ...inCluster }, known)
}
