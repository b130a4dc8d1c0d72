import {
  type EntityType,
  GetAccountAuthorizationDetailsCommand,
  GetOpenIDConnectProviderCommand,
  type IAMClient,
  ListOpenIDConnectProvidersCommand,
} from '@aws-sdk/client-iam'
import { type Fact, notRead } from '../../drift/snapshot.ts'
import { listOf, objectOf, type Place, textOf } from '../../drift/source/json.ts'
import { readProviders } from '../../drift/source/providers.ts'
import { readRoles } from '../../drift/source/roles.ts'
import { type Answer, type Asking, factsIn } from './asking.ts'

/** Roles with the texts of their policies; users and groups are left out. */
const WANTED: EntityType[] = ['Role', 'LocalManagedPolicy', 'AWSManagedPolicy']
const PAGE_SIZE = 500

/** What IAM declares in an account. */
export async function readIam(iam: IAMClient, account: string, asking: Asking): Promise<Fact[]> {
  return [...(await roles(iam, account, asking)), ...(await providers(iam, account, asking))]
}

async function roles(iam: IAMClient, account: string, asking: Asking): Promise<Fact[]> {
  // A policy may stand on another page than the role that has it.
  const RoleDetailList: unknown[] = []
  const Policies: unknown[] = []
  const missing = await asking.orElse<string | null>(
    async () => {
      let marker: string | null = null
      do {
        const Marker: { Marker?: string } = marker === null ? {} : { Marker: marker }
        const page: Answer = await asking.ask(['account', account, 'roles', marker ?? ''], () =>
          iam.send(
            new GetAccountAuthorizationDetailsCommand({
              Filter: WANTED,
              MaxItems: PAGE_SIZE,
              ...Marker,
            }),
          ),
        )
        RoleDetailList.push(...listOf(page['RoleDetailList']))
        Policies.push(...listOf(page['Policies']))
        marker = page['IsTruncated'] === true ? textOf(page['Marker']) : null
      } while (marker !== null)
      return null
    },
    (reason) => reason,
  )
  const rest: Fact = { kind: 'roles', account, part: { items: [], missing } }
  // The reader of saved output wants a role, to know the account.
  if (RoleDetailList.length === 0) return [rest]
  return [...factsIn(readRoles({ RoleDetailList, Policies })), rest]
}

async function providers(iam: IAMClient, account: string, asking: Asking): Promise<Fact[]> {
  const place: Place = { account, cluster: null, file: '' }
  const unread = (reason: string): Fact => ({ kind: 'providers', account, part: notRead(reason) })
  return asking.orElse(
    async () => {
      const list = await asking.ask(['account', account, 'OIDC providers'], () =>
        iam.send(new ListOpenIDConnectProvidersCommand({})),
      )
      const listed = listOf(list['OpenIDConnectProviderList']).flatMap(
        (entry) => textOf(objectOf(entry)['Arn']) ?? [],
      )
      const { there, facts, missing } = await asking.describeEach(listed, async (arn) =>
        factsIn(readProviders(await provider(iam, arn, account, asking), place)),
      )
      const rest = { OpenIDConnectProviderList: [...there].map((Arn) => ({ Arn })) }
      const failed = missing === null ? [] : [unread(missing)]
      return [...factsIn(readProviders(rest, place)), ...facts, ...failed]
    },
    (reason) => [unread(reason)],
  )
}

function provider(iam: IAMClient, arn: string, account: string, asking: Asking): Promise<Answer> {
  return asking.ask(['account', account, 'OIDC provider', arn], () =>
    iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })),
  )
}
