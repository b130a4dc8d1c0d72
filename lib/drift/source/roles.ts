import { parseArn } from '../../identity/arn.ts'
import type { DeclaredPolicy, DeclaredRole, Fact } from '../snapshot.ts'
import {
  cutOf,
  documentOf,
  isObject,
  listOf,
  objectOf,
  type Reading,
  textOf,
  timeOf,
} from './json.ts'

/**
 * `aws iam get-account-authorization-details`
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
 */
export function readRoles(output: Record<string, unknown>): Reading | null {
  if (!Array.isArray(output['RoleDetailList'])) return null
  const policies = managedPolicies(output['Policies'])
  const roles: DeclaredRole[] = []
  let unreadable = 0
  for (const detail of output['RoleDetailList']) {
    const role = isObject(detail) ? roleOf(detail, policies) : null
    if (role === null) unreadable++
    else roles.push(role)
  }
  const byAccount = Map.groupBy(roles, ({ arn }) => parseArn(arn)!.account)
  if (byAccount.size === 0) return 'it holds no role that names its account'
  const missing =
    cutOf(output, 'aws iam get-account-authorization-details') ??
    (unreadable > 0 ? `${unreadable} roles have no readable ARN or trust policy` : null)
  return [...byAccount].map(
    ([account, items]): Fact => ({ kind: 'roles', account, part: { items, missing } }),
  )
}

/** Documents of attached policies, by ARN: the default version is the one that counts. */
function managedPolicies(value: unknown): Map<string, unknown> {
  const documents = new Map<string, unknown>()
  for (const policy of listOf(value).map(objectOf)) {
    const arn = textOf(policy['Arn'])
    const version = listOf(policy['PolicyVersionList'])
      .map(objectOf)
      .find((one) => one['IsDefaultVersion'] === true)
    if (arn !== null && version !== undefined) documents.set(arn, documentOf(version['Document']))
  }
  return documents
}

function roleOf(
  detail: Record<string, unknown>,
  managed: ReadonlyMap<string, unknown>,
): DeclaredRole | null {
  const arn = textOf(detail['Arn'])
  const parsed = arn === null ? null : parseArn(arn)
  if (arn === null || parsed === null || !/^\d{12}$/.test(parsed.account)) return null
  if (!('AssumeRolePolicyDocument' in detail)) return null
  const inline = listOf(detail['RolePolicyList'])
    .map(objectOf)
    .map(
      (policy): DeclaredPolicy => ({
        name: textOf(policy['PolicyName']) ?? '?',
        arn: null,
        document: documentOf(policy['PolicyDocument']),
      }),
    )
  const attached = listOf(detail['AttachedManagedPolicies'])
    .map(objectOf)
    .map((policy): DeclaredPolicy => {
      const policyArn = textOf(policy['PolicyArn'])
      return {
        name: textOf(policy['PolicyName']) ?? policyArn ?? '?',
        arn: policyArn,
        document: managed.get(policyArn ?? '') ?? null,
      }
    })
  const lastUsed = detail['RoleLastUsed']
  return {
    arn,
    id: textOf(detail['RoleId']) ?? '',
    createdAt: timeOf(detail['CreateDate']),
    trust: documentOf(detail['AssumeRolePolicyDocument']),
    policies: [...inline, ...attached],
    ...(isObject(lastUsed) ? { lastUsedAt: timeOf(lastUsed['LastUsedDate']) } : {}),
    maxSessionSeconds:
      typeof detail['MaxSessionDuration'] === 'number' ? detail['MaxSessionDuration'] : null,
  }
}
