import type { DeclaredPolicy } from './snapshot.ts'

/** One statement of an identity policy, as far as checks ask. */
export interface Grant {
  readonly policy: DeclaredPolicy
  /** Lower case; with NotAction, what it does not name. */
  readonly actions: readonly string[]
  readonly notActions: readonly string[] | null
  readonly resources: readonly string[]
  readonly isConditional: boolean
}

/** What the policies of a role allow, statement by statement; Deny statements are not subtracted. `unread`: policies without a text. */
export function grantsOf(policies: readonly DeclaredPolicy[]): {
  readonly grants: readonly Grant[]
  readonly unread: readonly DeclaredPolicy[]
} {
  const grants: Grant[] = []
  const unread: DeclaredPolicy[] = []
  for (const policy of policies) {
    const document = policy.document ?? knownDocument(policy.arn)
    const statements = statementsOf(document)
    if (statements === null) unread.push(policy)
    else
      for (const statement of statements) {
        if (statement['Effect'] !== 'Allow') continue
        const notActions = textsOf(statement['NotAction'])
        grants.push({
          policy,
          actions: textsOf(statement['Action']).map((action) => action.toLowerCase()),
          notActions: 'NotAction' in statement ? notActions.map((one) => one.toLowerCase()) : null,
          resources: 'NotResource' in statement ? ['*'] : textsOf(statement['Resource']),
          isConditional: 'Condition' in statement,
        })
      }
  }
  return { grants, unread }
}

/** Policies of AWS that are as good as everything, known by heart where their text was not read. */
function knownDocument(arn: string | null): unknown {
  return arn !== null && /^arn:[^:]+:iam::aws:policy\/AdministratorAccess$/.test(arn)
    ? { Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }
    : null
}

function statementsOf(document: unknown): Record<string, unknown>[] | null {
  if (typeof document !== 'object' || document === null) return null
  const statement = (document as Record<string, unknown>)['Statement']
  if (typeof statement !== 'object' || statement === null) return null
  return (Array.isArray(statement) ? statement : [statement]).filter(
    (one): one is Record<string, unknown> => typeof one === 'object' && one !== null,
  )
}

function textsOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string')
}

/** Whether a grant is of everything, or of everything in IAM, which comes to the same. */
export function isAdmin({ actions, notActions, resources, isConditional }: Grant): boolean {
  if (isConditional || !resources.includes('*')) return false
  if (notActions !== null) return !notActions.some((action) => /^\*$|^iam:\*$/.test(action))
  return actions.some((action) => action === '*' || action === '*:*' || action === 'iam:*')
}

/** Whether a grant lets any role be assumed that trusts the account. */
export function assumesAny({ actions, resources }: Grant): boolean {
  return (
    actions.some((action) => /^sts:(?:\*|assume\*|assumerole\*?)$/.test(action)) &&
    resources.some((resource) => resource === '*' || /:role\/\*$/.test(resource))
  )
}

/** Roles that a grant lets be assumed by name. */
export function assumesNamed({ actions, resources }: Grant): string[] {
  return actions.some((action) => /^(?:\*|sts:(?:\*|assume\*|assumerole\*?))$/.test(action))
    ? resources.filter((resource) => /:role\/[^*?]+$/.test(resource))
    : []
}
