/**
 * The nouns of trust policies, types only.
 * "IAM" before a page name means https://docs.aws.amazon.com/IAM/latest/UserGuide/<page>.html
 */

/** Three-valued: `unknown` is neither yes nor no, and never becomes yes. */
export type Truth = 'true' | 'false' | 'unknown'

export type Effect = 'Allow' | 'Deny'

export type PrincipalType = 'AWS' | 'Federated' | 'Service' | 'CanonicalUser'

/** One principal of a statement, as written. `type` is `*` for `"Principal": "*"`, which IAM may show as `{ "AWS": "*" }`. */
export interface PrincipalEntry {
  readonly type: PrincipalType | '*'
  readonly value: string
}

export interface PrincipalClause {
  readonly element: 'Principal' | 'NotPrincipal'
  readonly entries: readonly PrincipalEntry[]
}

export interface ActionClause {
  readonly element: 'Action' | 'NotAction'
  /** As written; `*` and `?` are wildcards, and case does not count. */
  readonly patterns: readonly string[]
}

export type OperatorName =
  | 'StringEquals'
  | 'StringNotEquals'
  | 'StringEqualsIgnoreCase'
  | 'StringNotEqualsIgnoreCase'
  | 'StringLike'
  | 'StringNotLike'
  | 'NumericEquals'
  | 'NumericNotEquals'
  | 'NumericLessThan'
  | 'NumericLessThanEquals'
  | 'NumericGreaterThan'
  | 'NumericGreaterThanEquals'
  | 'DateEquals'
  | 'DateNotEquals'
  | 'DateLessThan'
  | 'DateLessThanEquals'
  | 'DateGreaterThan'
  | 'DateGreaterThanEquals'
  | 'Bool'
  | 'BinaryEquals'
  | 'IpAddress'
  | 'NotIpAddress'
  | 'ArnEquals'
  | 'ArnNotEquals'
  | 'ArnLike'
  | 'ArnNotLike'
  | 'Null'

export interface Operator {
  /** As written, with its quantifier and suffix. */
  readonly text: string
  readonly name: OperatorName
  readonly quantifier: 'ForAllValues' | 'ForAnyValue' | null
  readonly ifExists: boolean
}

/** One operator, one key, its values: the values are alternatives, the conditions of a statement must all hold. */
export interface Condition {
  readonly operator: Operator
  /** As written; the names of keys are not case-sensitive. */
  readonly key: string
  readonly values: readonly string[]
}

export interface Statement {
  /** Counted from 0, as in the document. */
  readonly index: number
  readonly sid: string | null
  readonly effect: Effect
  readonly principals: PrincipalClause
  readonly actions: ActionClause
  readonly conditions: readonly Condition[]
}

export interface TrustPolicy {
  readonly kind: 'policy'
  /** `2008-10-17` where the document has none: policy variables are then plain text. */
  readonly version: '2008-10-17' | '2012-10-17'
  readonly statements: readonly Statement[]
}

/** A document that IAM would not store, or that we cannot read. Never the same as a safe one. */
export interface UnparseablePolicy {
  readonly kind: 'unparseable'
  readonly reason: UnparseableReason
  /** Where in the document, such as `Statement[1].Condition.StringLike`; '' for the whole. */
  readonly at: string
}

export type UnparseableReason =
  | 'not-json'
  | 'not-an-object'
  | 'too-large'
  | 'duplicate-key'
  | 'unknown-version'
  | 'unknown-element'
  | 'no-statement'
  | 'bad-sid'
  | 'bad-effect'
  | 'no-principal'
  | 'bad-principal'
  | 'wildcard-in-principal'
  | 'no-action'
  | 'bad-action'
  | 'bad-condition'
  | 'unknown-operator'
  | 'bad-value'

export type TrustAction =
  | 'sts:AssumeRole'
  | 'sts:AssumeRoleWithWebIdentity'
  | 'sts:AssumeRoleWithSAML'
  | 'sts:TagSession'
  | 'sts:SetSourceIdentity'

/** Who asks. */
export type Requester =
  /** ARN of an OIDC or SAML provider, or the bare name of a built-in one such as `accounts.google.com`. */
  | { readonly kind: 'federated'; readonly provider: string }
  | {
      readonly kind: 'aws'
      /** Of a user, a role, a role session, a federated user session, or the root of an account. */
      readonly arn: string
      readonly account: string
      /** Role ARN with its path, of a session: the session's own ARN does not have the path. */
      readonly role?: string
      /** `AROA…` or `AIDA…`, where it is known: what a trust keeps of a principal that was deleted. */
      readonly uniqueId?: string
      /** Whether the requester's own policies allow the action on the role; decides where the trust leaves it to an account. Default `unknown`. */
      readonly ownPolicy?: 'allows' | 'refuses' | 'unknown'
      /** Whether the user or role has a permissions boundary: a Deny with NotPrincipal then always applies. Default `unknown`. */
      readonly boundary?: 'none' | 'present' | 'unknown'
    }
  | { readonly kind: 'service'; readonly service: string }

/** The values of a condition key in the request; `absent`: the request does not have it; `unknown`: cannot be told from here. */
export type ContextValue = readonly string[] | 'absent' | 'unknown'

export interface TrustRequest {
  readonly action: TrustAction
  readonly principal: Requester
  /** By condition key; the names of keys are not case-sensitive. */
  readonly context: ReadonlyMap<string, ContextValue>
  /** What a key is that `context` does not name. Default `unknown`. */
  readonly otherwise?: 'absent' | 'unknown'
}

export interface ClauseResult {
  readonly what: 'principal' | 'action' | 'condition'
  /** As written; conditions only. */
  readonly operator?: string
  /** As written; conditions only. */
  readonly key?: string
  readonly expected: readonly string[]
  readonly actual: ContextValue
  readonly result: Truth
  /** One sentence for people. */
  readonly text: string
}

export interface StatementResult {
  readonly statement: number
  readonly sid: string | null
  readonly effect: Effect
  readonly applies: 'yes' | 'no' | 'unknown'
  readonly clauses: readonly ClauseResult[]
}

/**
 * What the trust policy says, and no more: a caller from another account also needs a policy of its own,
 * and an organization's policies, a permissions boundary or a missing provider can still refuse.
 */
export interface TrustDecision {
  readonly decision: 'allowed' | 'refused' | 'undecidable'
  /** Every statement, in the order of the document. */
  readonly because: readonly StatementResult[]
}

/** One test of a claim (`sub`, `aud`, …) of a web identity token. The values are alternatives. */
export interface ClaimTest {
  readonly claim: string
  /** The part of the key before the claim: should be the issuer of the provider that is trusted. */
  readonly issuer: string
  /** As written. */
  readonly operator: string
  readonly key: string
  /**
   * `exact`: compared as a whole (also where a value holds `*`, which is then plain text) · `exact-ignoring-case` ·
   * `pattern`: `*` and `?` are wildcards · `negated`: everything but these · `presence`: Null · `other`: an operator that is odd for a claim.
   */
  readonly form: 'exact' | 'exact-ignoring-case' | 'pattern' | 'negated' | 'presence' | 'other'
  readonly values: readonly string[]
  /** Also true where the token has no such claim (`…IfExists`, `ForAllValues:`, negated). */
  readonly passesWhenAbsent: boolean
}

/** One provider that one Allow statement admits to AssumeRoleWithWebIdentity. */
export interface WebIdentityTrust {
  readonly statement: number
  readonly sid: string | null
  /** As written: an ARN, or a bare name; `*` for everyone. */
  readonly provider: string
  /** Issuer host and path. */
  readonly issuer: string
  /** All must hold; none: any subject of the issuer. */
  readonly subjects: readonly ClaimTest[]
  /** All must hold; none: any audience that the provider accepts. */
  readonly audiences: readonly ClaimTest[]
  /** Tests of other claims of this issuer. */
  readonly otherClaims: readonly ClaimTest[]
  /** Tests of claims under the name of another issuer than the one trusted. */
  readonly foreignClaims: readonly ClaimTest[]
  /** Conditions that are no claims, such as aws:SourceIp. */
  readonly restrictions: readonly Restriction[]
}

/** A condition on whom or what the trust serves, such as sts:ExternalId, aws:PrincipalOrgID or aws:RequestTag/…. */
export interface Restriction {
  readonly key: string
  readonly operator: string
  readonly values: readonly string[]
  readonly negated: boolean
  /** Also true where the request does not have the key. */
  readonly passesWhenAbsent: boolean
}

export type Trusted =
  | { readonly kind: 'everyone' }
  /** NotPrincipal in an Allow: everyone but these. */
  | { readonly kind: 'everyone-except'; readonly except: readonly PrincipalEntry[] }
  | { readonly kind: 'account'; readonly account: string }
  /** A user, role or session, by ARN. */
  | { readonly kind: 'principal'; readonly arn: string; readonly account: string }
  /** `AROA…`, `AIDA…`: what IAM shows once the principal is deleted; a new one of the same name is not trusted. */
  | { readonly kind: 'deleted'; readonly uniqueId: string }
  | { readonly kind: 'service'; readonly service: string }
  | { readonly kind: 'saml'; readonly provider: string }
  /** A form that no role can be assumed by, such as CanonicalUser. */
  | { readonly kind: 'other'; readonly type: PrincipalType | '*'; readonly value: string }

/** One principal that one Allow statement admits to AssumeRole or AssumeRoleWithSAML. */
export interface PrincipalTrust {
  readonly statement: number
  readonly sid: string | null
  readonly trusted: Trusted
  /** Of sts:AssumeRole, sts:AssumeRoleWithSAML, sts:TagSession, sts:SetSourceIdentity: those that the statement names. */
  readonly actions: readonly TrustAction[]
  readonly restrictions: readonly Restriction[]
}
