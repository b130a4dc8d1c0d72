/** Where the facts of the tables come from; short names of pages under https://docs.aws.amazon.com/IAM/latest/UserGuide/ unless they are URLs. */
export const pages = {
  operators: 'reference_policies_elements_condition_operators',
  condition: 'reference_policies_elements_condition',
  sets: 'reference_policies_condition-single-vs-multi-valued-context-keys',
  logic: 'reference_policies_condition-logic-multiple-context-keys-or-values',
  variables: 'reference_policies_variables',
  principal: 'reference_policies_elements_principal',
  notPrincipal: 'reference_policies_elements_notprincipal',
  action: 'reference_policies_elements_action',
  notAction: 'reference_policies_elements_notaction',
  effect: 'reference_policies_elements_effect',
  version: 'reference_policies_elements_version',
  sid: 'reference_policies_elements_sid',
  grammar: 'reference_policies_grammar',
  quotas: 'reference_iam-quotas',
  keys: 'reference_policies_condition-keys',
  stsKeys: 'reference_policies_iam-condition-keys',
  evaluation: 'reference_policies_evaluation-logic',
  identifiers: 'reference_identifiers',
  getRole: 'https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html',
  createProvider:
    'https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html',
  forAnyValueIfExists: 'https://repost.aws/questions/QU9HFmDzP0QGuU-fd7rS6B7w',
  operatorCase:
    'https://github.com/ministryofjustice/modernisation-platform-environments/pull/8893',
  prohibitedResource: 'https://github.com/localstack/localstack/issues/6644',
  w3cDates: 'https://www.w3.org/TR/NOTE-datetime',
  irsa: 'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html',
  podIdentity: 'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html',
  targetRole: 'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-assign-target-role.html',
  /** No page says it: the answer has to be that it cannot be decided. */
  silent: 'no page says it',
} as const

export type Page = (typeof pages)[keyof typeof pages]
