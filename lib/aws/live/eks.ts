import {
  DescribeClusterCommand,
  DescribeFargateProfileCommand,
  DescribeNodegroupCommand,
  DescribePodIdentityAssociationCommand,
  type EKSClient,
  ListClustersCommand,
  ListFargateProfilesCommand,
  ListNodegroupsCommand,
  ListPodIdentityAssociationsCommand,
} from '@aws-sdk/client-eks'
import { type ClusterRef, type Fact, notRead } from '../../drift/snapshot.ts'
import { readCluster } from '../../drift/source/cluster.ts'
import { readFargate } from '../../drift/source/fargate.ts'
import { listOf, objectOf, type Place, textOf, textsOf } from '../../drift/source/json.ts'
import { readNodeGroup } from '../../drift/source/node-group.ts'
import { readPodIdentity } from '../../drift/source/pod-identity.ts'
import { type Answer, type Asking, factsIn } from './asking.ts'
import { isGone } from './failure.ts'

/** A region of an account. */
export interface Region {
  readonly account: string
  readonly region: string
}

/** A cluster, for the readers of saved output. */
export interface ClusterPlace extends Place {
  readonly account: string
  readonly region: string
  readonly cluster: string
}

/** Names of the clusters of a region, and why there may be more. */
export function listClusters(
  eks: EKSClient,
  { account, region }: Region,
  asking: Asking,
): Promise<Pages<string>> {
  return pages(
    asking,
    ['region', `${account}/${region}`, 'clusters'],
    (next) => eks.send(new ListClustersCommand(next)),
    (page) => textsOf(page['clusters']),
  )
}

/** What EKS declares of a cluster; null: it was deleted since it was listed. */
export async function readEks(
  eks: EKSClient,
  place: ClusterPlace,
  asking: Asking,
): Promise<{ readonly facts: readonly Fact[]; readonly description: Answer | null } | null> {
  const of = ['cluster', `${place.account}/${place.region}/${place.cluster}`]
  const { account, region } = place
  const cluster: ClusterRef = { name: place.cluster, account, region }
  const described = await asking.orElse<Answer | 'gone' | Fact>(
    async () => {
      try {
        return await asking.ask([...of, 'description'], () =>
          eks.send(new DescribeClusterCommand({ name: place.cluster })),
        )
      } catch (error) {
        if (isGone(error)) return 'gone'
        throw error
      }
    },
    (reason): Fact => ({ kind: 'cluster-unread', cluster, reason }),
  )
  if (described === 'gone') return null
  const parts: PartsOf = { eks, place, of, cluster, asking }
  const isDescribed = !('kind' in described)
  return {
    description: isDescribed ? described : null,
    facts: [
      ...(isDescribed ? factsIn(readCluster(described, place)) : [described as Fact]),
      ...(await associations(parts)),
      ...(await fargateProfiles(parts)),
      ...(await nodeGroups(parts)),
    ],
  }
}

interface PartsOf {
  readonly eks: EKSClient
  readonly place: ClusterPlace
  readonly of: readonly string[]
  readonly cluster: ClusterRef
  readonly asking: Asking
}

async function associations({ eks, place, of, cluster, asking }: PartsOf): Promise<Fact[]> {
  const clusterName = place.cluster
  const { items, missing } = await pages(
    asking,
    [...of, 'Pod Identity associations'],
    (next) => eks.send(new ListPodIdentityAssociationsCommand({ clusterName, ...next })),
    (page) => listOf(page['associations']).map(objectOf),
  )
  const byId = new Map(items.map((item) => [textOf(item['associationId']) ?? '', item] as const))
  const each = await asking.describeEach([...byId.keys()], async (associationId) =>
    factsIn(
      readPodIdentity(
        await asking.ask([...of, 'Pod Identity association', associationId], () =>
          eks.send(new DescribePodIdentityAssociationCommand({ clusterName, associationId })),
        ),
        place,
      ),
    ),
  )
  const list = { associations: [...each.there].map((id) => byId.get(id)) }
  const failed = missing ?? each.missing
  return [
    ...factsIn(readPodIdentity(list, place)),
    ...each.facts,
    ...(failed === null
      ? []
      : [{ kind: 'associations', cluster, part: notRead<never>(failed) } as const]),
  ]
}

async function fargateProfiles({ eks, place, of, cluster, asking }: PartsOf): Promise<Fact[]> {
  const clusterName = place.cluster
  const { items, missing } = await pages(
    asking,
    [...of, 'Fargate profiles'],
    (next) => eks.send(new ListFargateProfilesCommand({ clusterName, ...next })),
    (page) => textsOf(page['fargateProfileNames']),
  )
  const each = await asking.describeEach(items, async (fargateProfileName) =>
    factsIn(
      readFargate(
        await asking.ask([...of, 'Fargate profile', fargateProfileName], () =>
          eks.send(new DescribeFargateProfileCommand({ clusterName, fargateProfileName })),
        ),
        place,
      ),
    ),
  )
  const failed = missing ?? each.missing
  return [
    ...factsIn(readFargate({ fargateProfileNames: [...each.there] }, place)),
    ...each.facts,
    ...(failed === null
      ? []
      : [{ kind: 'fargate-profiles', cluster, part: notRead<never>(failed) } as const]),
  ]
}

async function nodeGroups({ eks, place, of, cluster, asking }: PartsOf): Promise<Fact[]> {
  const clusterName = place.cluster
  const { items, missing } = await pages(
    asking,
    [...of, 'node groups'],
    (next) => eks.send(new ListNodegroupsCommand({ clusterName, ...next })),
    (page) => textsOf(page['nodegroups']),
  )
  const each = await asking.describeEach(items, async (nodegroupName) =>
    factsIn(
      readNodeGroup(
        await asking.ask([...of, 'node group', nodegroupName], () =>
          eks.send(new DescribeNodegroupCommand({ clusterName, nodegroupName })),
        ),
        place,
      ),
    ),
  )
  const reason = missing ?? each.missing
  return [
    ...each.facts,
    ...(reason === null ? [] : [{ kind: 'node-roles-unread', cluster, reason } as const]),
  ]
}

interface Pages<Item> {
  readonly items: readonly Item[]
  readonly missing: string | null
}

/** All pages of a list, or as many as could be read, and why no more. */
async function pages<Item>(
  asking: Asking,
  what: readonly string[],
  call: (next: { nextToken?: string }) => Promise<object>,
  itemsOf: (page: Answer) => readonly Item[],
): Promise<Pages<Item>> {
  const items: Item[] = []
  const missing = await asking.orElse<string | null>(
    async () => {
      let next: string | null = null
      do {
        const nextToken: string | null = next
        const page: Answer = await asking.ask([...what, nextToken ?? ''], () =>
          call(nextToken === null ? {} : { nextToken }),
        )
        items.push(...itemsOf(page))
        next = textOf(page['nextToken'])
      } while (next !== null)
      return null
    },
    (reason) => reason,
  )
  return { items, missing }
}
