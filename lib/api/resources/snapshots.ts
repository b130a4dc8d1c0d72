import * as z from 'zod'
import { snapshotListOf } from '../../drift/answer-snapshots.ts'
import { Problem } from '../problem.ts'
import { type ApiStore, route } from '../route.ts'

export const snapshots = route({
  path: '/snapshots',
  least: 'viewer',
  summary: 'what is kept of what was declared, newest first',
  query: z.strictObject({}),
  answer: 'SnapshotList',
  handle: async ({ store }) => listOf(store),
})

export const approval = route({
  method: 'POST',
  path: '/snapshots/{id}/approval',
  least: 'reviewer',
  summary: 'this is as it should be: later snapshots are compared with it',
  query: z.strictObject({}),
  params: { id: z.string().regex(/^[0-9a-f]{64}$/) },
  body: z.strictObject({}),
  answer: 'SnapshotList',
  handle: async ({ store, params, now }) => {
    if (!(await store.approveSnapshot(params['id']!, now))) throw new Problem('not-found')
    return listOf(store)
  },
})

async function listOf(store: ApiStore) {
  const newest = await store.snapshotAt(Number.MAX_SAFE_INTEGER)
  return snapshotListOf(await store.snapshots(), newest, [])
}
