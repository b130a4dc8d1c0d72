import type { Snapshot } from '../drift/snapshot.ts'
import type { Grant } from '../graph/picture.ts'
import { workload } from '../identity/workload.ts'

/** Roles that ServiceAccounts are given: by their annotation, or by an association of Pod Identity. */
export function grantsOf({ clusters }: Snapshot): Grant[] {
  return clusters.flatMap(({ name, arn, issuer, serviceAccounts, associations }) => [
    ...serviceAccounts.items.flatMap((one) =>
      one.role === null
        ? []
        : [{ principal: workload(issuer ?? arn ?? name, one.namespace, one.name), role: one.role }],
    ),
    ...associations.items.flatMap(({ namespace, serviceAccount, detail }) =>
      detail === null
        ? []
        : [
            {
              principal: workload(arn ?? issuer ?? name, namespace, serviceAccount),
              role: detail.role,
            },
          ],
    ),
  ])
}

/** ARNs of all roles. */
export function declaredRoles({ accounts }: Snapshot): Set<string> {
  return new Set(accounts.flatMap(({ roles }) => roles.items.map(({ arn }) => arn)))
}
