/**
 * Issuer and claim of a condition key such as `oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub`, or null where it is another kind of key.
 * The keys of AWS (`aws:…`, `sts:…`, `saml:…`) have no dot before their first colon; an issuer has one, and no port (IAM API Reference, CreateOpenIDConnectProvider).
 */
export function claimOf(key: string): { issuer: string; claim: string } | null {
  const colon = key.indexOf(':')
  if (colon <= 0 || colon === key.length - 1) return null
  const issuer = key.slice(0, colon)
  return issuer.includes('.') ? { issuer, claim: key.slice(colon + 1).toLowerCase() } : null
}
