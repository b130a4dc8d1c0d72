import { lastPart, parseArn, roleName } from '../identity/arn.ts'
import type { Observed } from './observed.ts'
import type {
  Association,
  DeclaredAccount,
  DeclaredCluster,
  DeclaredPolicy,
  DeclaredRole,
  Part,
  Pod,
  Snapshot,
} from './snapshot.ts'

/** One change to the declared state. A fix is one or several of them, and the check that suggests it must then be silent. */
export type Change =
  | { readonly kind: 'set-trust'; readonly role: string; readonly document: unknown }
  | { readonly kind: 'create-role'; readonly role: string; readonly document: unknown }
  | { readonly kind: 'delete-role'; readonly role: string }
  | { readonly kind: 'detach-policy'; readonly role: string; readonly policy: DeclaredPolicy }
  | {
      readonly kind: 'put-policy'
      readonly role: string
      readonly name: string
      readonly document: unknown
    }
  | {
      readonly kind: 'create-provider'
      readonly account: string
      readonly issuer: string
      readonly audiences: readonly string[]
    }
  | {
      readonly kind: 'set-audiences'
      readonly provider: string
      readonly add: readonly string[]
      readonly remove: readonly string[]
    }
  | { readonly kind: 'delete-provider'; readonly provider: string }
  | {
      readonly kind: 'annotate'
      readonly cluster: string
      readonly namespace: string
      readonly serviceAccount: string
      /** Null: take the annotation off. */
      readonly role: string | null
    }
  | {
      readonly kind: 'create-service-account'
      readonly cluster: string
      readonly namespace: string
      readonly serviceAccount: string
      readonly role: string | null
    }
  | {
      readonly kind: 'use-service-account'
      readonly cluster: string
      readonly namespace: string
      /** `Deployment/checkout` */
      readonly workload: string
      readonly serviceAccount: string
    }
  | {
      readonly kind: 'remove-key-variables'
      readonly cluster: string
      readonly namespace: string
      readonly workload: string
    }
  | {
      readonly kind: 'set-association'
      readonly cluster: string
      readonly association: string
      readonly role: string
      readonly sessionTagsOff: boolean
    }
  | {
      readonly kind: 'create-association'
      readonly cluster: string
      readonly namespace: string
      readonly serviceAccount: string
      readonly role: string
    }
  | { readonly kind: 'delete-association'; readonly cluster: string; readonly association: string }
  | { readonly kind: 'deactivate-keys'; readonly user: string }

/** The declared state and what is observed once the changes are made. */
export function changed(
  snapshot: Snapshot,
  observed: Observed,
  changes: readonly Change[],
): { snapshot: Snapshot; observed: Observed } {
  let state = snapshot
  let seen = observed
  for (const change of changes) {
    state = applied(state, change)
    if (change.kind === 'deactivate-keys')
      seen = { ...seen, staticKeys: seen.staticKeys.filter(({ user }) => user.id !== change.user) }
  }
  return { snapshot: state, observed: seen }
}

function applied(snapshot: Snapshot, change: Change): Snapshot {
  switch (change.kind) {
    case 'set-trust':
      return ofRole(snapshot, change.role, (role) => ({ ...role, trust: change.document }))
    case 'create-role': {
      const account = parseArn(change.role)?.account ?? ''
      return ofAccount(snapshot, account, (own) => ({
        ...own,
        roles: withItem(own.roles, {
          arn: change.role,
          id: '',
          createdAt: snapshot.at,
          trust: change.document,
          policies: [],
          maxSessionSeconds: null,
        }),
      }))
    }
    case 'delete-role':
      return ofAccount(snapshot, parseArn(change.role)?.account ?? '', (own) => ({
        ...own,
        roles: without(own.roles, ({ arn }) => arn === change.role),
      }))
    case 'detach-policy':
      return ofRole(snapshot, change.role, (role) => ({
        ...role,
        policies: role.policies.filter(
          ({ name, arn }) => name !== change.policy.name || arn !== change.policy.arn,
        ),
      }))
    case 'put-policy':
      return ofRole(snapshot, change.role, (role) => ({
        ...role,
        policies: [
          ...role.policies.filter(({ name, arn }) => arn !== null || name !== change.name),
          { name: change.name, arn: null, document: change.document },
        ],
      }))
    case 'create-provider':
      return ofAccount(snapshot, change.account, (own) => ({
        ...own,
        providers: withItem(own.providers, {
          arn: `arn:aws:iam::${change.account}:oidc-provider/${change.issuer}`,
          issuer: change.issuer,
          audiences: change.audiences,
        }),
      }))
    case 'set-audiences':
      return ofAccount(snapshot, parseArn(change.provider)?.account ?? '', (own) => ({
        ...own,
        providers: {
          ...own.providers,
          items: own.providers.items.map((provider) => {
            if (provider.arn !== change.provider) return provider
            const kept = (provider.audiences ?? []).filter((one) => !change.remove.includes(one))
            return { ...provider, audiences: [...new Set([...kept, ...change.add])] }
          }),
        },
      }))
    case 'delete-provider':
      return ofAccount(snapshot, parseArn(change.provider)?.account ?? '', (own) => ({
        ...own,
        providers: without(own.providers, ({ arn }) => arn === change.provider),
      }))
    case 'annotate':
      return ofCluster(snapshot, change.cluster, (cluster) => ({
        ...cluster,
        serviceAccounts: {
          ...cluster.serviceAccounts,
          items: cluster.serviceAccounts.items.map((one) =>
            one.namespace === change.namespace && one.name === change.serviceAccount
              ? { ...one, role: change.role }
              : one,
          ),
        },
      }))
    case 'create-service-account':
      return ofCluster(snapshot, change.cluster, (cluster) => ({
        ...cluster,
        serviceAccounts: withItem(cluster.serviceAccounts, {
          namespace: change.namespace,
          name: change.serviceAccount,
          role: change.role,
          audience: null,
        }),
      }))
    case 'use-service-account':
      return ofPods(snapshot, change, (pod) => ({ ...pod, serviceAccount: change.serviceAccount }))
    case 'remove-key-variables':
      return ofPods(snapshot, change, (pod) => ({ ...pod, keyVariables: [] }))
    case 'set-association':
      return ofAssociations(snapshot, change.cluster, (all) =>
        all.map((one) =>
          one.id === change.association
            ? {
                ...one,
                detail: {
                  targetRole: null,
                  externalId: null,
                  ...one.detail,
                  role: change.role,
                  sessionTagsOff: change.sessionTagsOff,
                },
              }
            : one,
        ),
      )
    case 'create-association':
      return ofAssociations(snapshot, change.cluster, (all) => [
        ...all,
        {
          id: `new-${change.namespace}-${change.serviceAccount}`,
          namespace: change.namespace,
          serviceAccount: change.serviceAccount,
          detail: { role: change.role, targetRole: null, sessionTagsOff: false, externalId: null },
        },
      ])
    case 'delete-association':
      return ofAssociations(snapshot, change.cluster, (all) =>
        all.filter(({ id }) => id !== change.association),
      )
    case 'deactivate-keys':
      return snapshot
  }
}

function ofAccount(
  snapshot: Snapshot,
  account: string,
  change: (own: DeclaredAccount) => DeclaredAccount,
): Snapshot {
  return {
    ...snapshot,
    accounts: snapshot.accounts.map((own) => (own.account === account ? change(own) : own)),
  }
}

function ofRole(
  snapshot: Snapshot,
  arn: string,
  change: (role: DeclaredRole) => DeclaredRole,
): Snapshot {
  return ofAccount(snapshot, parseArn(arn)?.account ?? '', (own) => ({
    ...own,
    roles: {
      ...own.roles,
      items: own.roles.items.map((role) => (role.arn === arn ? change(role) : role)),
    },
  }))
}

/** Changes name a cluster by its EKS ARN where it has one, else by its name. */
function ofCluster(
  snapshot: Snapshot,
  cluster: string,
  change: (own: DeclaredCluster) => DeclaredCluster,
): Snapshot {
  return {
    ...snapshot,
    clusters: snapshot.clusters.map((own) => (keyOfCluster(own) === cluster ? change(own) : own)),
  }
}

export function keyOfCluster({ arn, name }: DeclaredCluster): string {
  return arn ?? name
}

function ofPods(
  snapshot: Snapshot,
  which: { cluster: string; namespace: string; workload: string },
  change: (pod: Pod) => Pod,
): Snapshot {
  return ofCluster(snapshot, which.cluster, (cluster) => ({
    ...cluster,
    pods: {
      ...cluster.pods,
      items: cluster.pods.items.map((pod) =>
        pod.namespace === which.namespace && pod.workload === which.workload ? change(pod) : pod,
      ),
    },
  }))
}

function ofAssociations(
  snapshot: Snapshot,
  cluster: string,
  change: (all: readonly Association[]) => readonly Association[],
): Snapshot {
  return ofCluster(snapshot, cluster, (own) => ({
    ...own,
    associations: { ...own.associations, items: change(own.associations.items) },
  }))
}

function withItem<Item>({ items, missing }: Part<Item>, item: Item): Part<Item> {
  return { items: [...items, item], missing }
}

function without<Item>({ items, missing }: Part<Item>, is: (item: Item) => boolean): Part<Item> {
  return { items: items.filter((item) => !is(item)), missing }
}

/** The change as commands for a POSIX shell. */
export function commandOf(change: Change): string {
  switch (change.kind) {
    case 'set-trust':
      return sh`aws iam update-assume-role-policy --role-name ${roleName(change.role)} --policy-document ${JSON.stringify(change.document)}`
    case 'create-role': {
      const path = /:role(\/(?:.*\/)?)[^/]+$/.exec(change.role)?.[1] ?? '/'
      return sh`aws iam create-role --role-name ${roleName(change.role)} --path ${path} --assume-role-policy-document ${JSON.stringify(change.document)}`
    }
    case 'delete-role':
      return sh`aws iam delete-role --role-name ${roleName(change.role)}`
    case 'detach-policy':
      return change.policy.arn === null
        ? sh`aws iam delete-role-policy --role-name ${roleName(change.role)} --policy-name ${change.policy.name}`
        : sh`aws iam detach-role-policy --role-name ${roleName(change.role)} --policy-arn ${change.policy.arn}`
    case 'put-policy':
      return sh`aws iam put-role-policy --role-name ${roleName(change.role)} --policy-name ${change.name} --policy-document ${JSON.stringify(change.document)}`
    case 'create-provider':
      return sh`aws iam create-open-id-connect-provider --url ${`https://${change.issuer}`} --client-id-list ${change.audiences}`
    case 'set-audiences': {
      const { provider, add, remove } = change
      return [
        ...add.map(
          (audience) =>
            sh`aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${provider} --client-id ${audience}`,
        ),
        ...remove.map(
          (audience) =>
            sh`aws iam remove-client-id-from-open-id-connect-provider --open-id-connect-provider-arn ${provider} --client-id ${audience}`,
        ),
      ].join('\n')
    }
    case 'delete-provider':
      return sh`aws iam delete-open-id-connect-provider --open-id-connect-provider-arn ${change.provider}`
    case 'annotate':
      return annotation(change)
    case 'create-service-account': {
      const create = sh`kubectl create serviceaccount ${change.serviceAccount} -n ${change.namespace}`
      return change.role === null ? create : `${create}\n${annotation(change)}`
    }
    case 'use-service-account':
      return sh`kubectl set serviceaccount ${change.workload.toLowerCase()} ${change.serviceAccount} -n ${change.namespace}`
    case 'remove-key-variables':
      return sh`kubectl set env ${change.workload.toLowerCase()} -n ${change.namespace} AWS_ACCESS_KEY_ID- AWS_SECRET_ACCESS_KEY- AWS_SESSION_TOKEN-`
    case 'set-association':
      return sh`aws eks update-pod-identity-association --cluster-name ${lastPart(change.cluster)} --association-id ${change.association} --role-arn ${change.role} ${change.sessionTagsOff ? '--disable-session-tags' : '--no-disable-session-tags'}`
    case 'create-association':
      return sh`aws eks create-pod-identity-association --cluster-name ${lastPart(change.cluster)} --namespace ${change.namespace} --service-account ${change.serviceAccount} --role-arn ${change.role}`
    case 'delete-association':
      return sh`aws eks delete-pod-identity-association --cluster-name ${lastPart(change.cluster)} --association-id ${change.association}`
    case 'deactivate-keys': {
      const user = lastPart(change.user)
      return sh`aws iam list-access-keys --user-name ${user}\naws iam update-access-key --user-name ${user} --status Inactive --access-key-id ${'KEY-ID-OF-THE-LIST'}`
    }
  }
}

function annotation(change: {
  readonly serviceAccount: string
  readonly namespace: string
  readonly role: string | null
}): string {
  const { serviceAccount, namespace, role } = change
  return role === null
    ? sh`kubectl annotate serviceaccount ${serviceAccount} -n ${namespace} eks.amazonaws.com/role-arn-`
    : sh`kubectl annotate serviceaccount ${serviceAccount} -n ${namespace} --overwrite ${`eks.amazonaws.com/role-arn=${role}`}`
}

/** Quotes every value for a POSIX shell: names come from outside. */
function sh(texts: TemplateStringsArray, ...values: (string | readonly string[])[]): string {
  return texts.reduce((line, text, index) => {
    const value = values[index - 1]!
    return (
      line + (typeof value === 'string' ? shellWord(value) : value.map(shellWord).join(' ')) + text
    )
  })
}

function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:@=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
