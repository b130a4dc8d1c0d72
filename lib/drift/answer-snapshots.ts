import type { Answer } from '../graph/answer.ts'
import { timestamp } from '../graph/timestamp.ts'
import type { SnapshotEntry, StoredSnapshot } from '../ports.ts'
import type { Part } from './snapshot.ts'

export interface SnapshotItem {
  readonly id: string
  readonly at: string
  readonly approvedAt: string | null
}

/** What was read of one account or cluster in the newest snapshot. */
export interface PartItem {
  readonly of: string
  readonly what: string
  readonly count: number
  /** Why it is not all there; null: it is. */
  readonly missing: string | null
}

/** What is kept, newest first, and what is in the newest. */
export interface SnapshotList extends Omit<Answer<'SnapshotList', SnapshotItem>, 'coverage'> {
  readonly parts: readonly PartItem[]
  readonly problems: readonly { readonly source: string; readonly problem: string }[]
}

export function snapshotListOf(
  entries: readonly SnapshotEntry[],
  newest: StoredSnapshot | null,
  problems: SnapshotList['problems'],
): SnapshotList {
  const times = entries.map(({ at }) => at)
  return {
    apiVersion: 'podtrail/v1',
    kind: 'SnapshotList',
    window: {
      from: times.length === 0 ? null : timestamp(Math.min(...times)),
      to: times.length === 0 ? null : timestamp(Math.max(...times)),
    },
    parts: newest === null ? [] : partsOf(newest),
    problems,
    items: entries.map(({ id, at, approvedAt }) => ({
      id,
      at: timestamp(at),
      approvedAt: approvedAt === null ? null : timestamp(approvedAt),
    })),
    next: null,
  }
}

function partsOf({ snapshot }: StoredSnapshot): PartItem[] {
  const part = (of: string, what: string, { items, missing }: Part<unknown>): PartItem => ({
    of,
    what,
    count: items.length,
    missing,
  })
  const { unlisted = [] } = snapshot
  return [
    ...unlisted.map(({ account, region, reason }) =>
      part(`account ${account}`, region === null ? 'clusters' : `clusters in ${region}`, {
        items: [],
        missing: reason,
      }),
    ),
    ...snapshot.accounts.flatMap(({ account, roles, providers }) => [
      part(`account ${account}`, 'roles', roles),
      part(`account ${account}`, 'OIDC providers', providers),
    ]),
    ...snapshot.clusters.flatMap((cluster) => {
      const of = `cluster ${cluster.name}`
      return [
        part(of, 'description', {
          items: cluster.undescribed === null ? [cluster.arn] : [],
          missing: cluster.undescribed,
        }),
        part(of, 'Pod Identity associations', cluster.associations),
        part(of, 'Fargate profiles', cluster.fargateProfiles),
        part(of, 'roles of nodes', {
          items: cluster.nodeRoles,
          missing: cluster.nodeRolesMissing ?? null,
        }),
        part(of, 'ServiceAccounts', cluster.serviceAccounts),
        part(of, 'pods', cluster.pods),
      ]
    }),
  ]
}
