import type { FileFacts } from '../model.ts'
import { GROUP, GROUP_COLUMNS } from '../record/columns.ts'

/**
 * Calls after which what is declared has to be read again: who may become whom has changed, or may have. Annotations of
 * ServiceAccounts are no calls of AWS; they wait for the schedule.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelastickubernetesservice.html
 */
const DECLARING: ReadonlySet<string> = new Set([
  'iam:CreateRole',
  'iam:DeleteRole',
  'iam:UpdateAssumeRolePolicy',
  'iam:CreateOpenIDConnectProvider',
  'iam:DeleteOpenIDConnectProvider',
  'iam:AddClientIDToOpenIDConnectProvider',
  'iam:RemoveClientIDFromOpenIDConnectProvider',
  'eks:CreateCluster',
  'eks:DeleteCluster',
  'eks:CreatePodIdentityAssociation',
  'eks:UpdatePodIdentityAssociation',
  'eks:DeletePodIdentityAssociation',
  'eks:CreateFargateProfile',
  'eks:DeleteFargateProfile',
])

/** Whether a file has such a call that succeeded, in this hour (since 1970) or a later one. */
export function changesDeclared({ deltas }: Pick<FileFacts, 'deltas'>, sinceHour: number): boolean {
  return deltas.some(({ partition, strings, groups }) => {
    if (partition.hour < sinceHour) return false
    const known = new Map<number, boolean>()
    for (let at = 0; at < groups.length; at += GROUP_COLUMNS) {
      const action = groups[at + GROUP.action]!
      let isOne = known.get(action)
      if (isOne === undefined) {
        isOne = DECLARING.has(strings.at(action) ?? '')
        known.set(action, isOne)
      }
      if (isOne && groups[at + GROUP.error] === 0) return true
    }
    return false
  })
}
