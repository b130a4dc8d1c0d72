import type { Check } from './check.ts'
import { adminWorkloadRole } from './checks/admin-workload-role.ts'
import { annotationNotTrusted } from './checks/annotation-not-trusted.ts'
import { annotationRoleMissing } from './checks/annotation-role-missing.ts'
import { assumeAnyRole } from './checks/assume-any-role.ts'
import { audMissing } from './checks/aud-missing.ts'
import { audUnexpected } from './checks/aud-unexpected.ts'
import { chainTargetOpen } from './checks/chain-target-open.ts'
import { circularTrust } from './checks/circular-trust.ts'
import { defaultServiceAccount } from './checks/default-service-account.ts'
import { externalAccount } from './checks/external-account.ts'
import { fargatePodWithoutRole } from './checks/fargate-pod-without-role.ts'
import { irsaAndPodIdentity } from './checks/irsa-and-pod-identity.ts'
import { issuerConditionMismatch } from './checks/issuer-condition-mismatch.ts'
import { mixedHumanAndWorkload } from './checks/mixed-human-and-workload.ts'
import { nodeRoleBroad } from './checks/node-role-broad.ts'
import { podIdentitySessionTagsOff } from './checks/pod-identity-session-tags-off.ts'
import { podIdentityTagsessionMissing } from './checks/pod-identity-tagsession-missing.ts'
import { podIdentityTrustOpen } from './checks/pod-identity-trust-open.ts'
import { principalStar } from './checks/principal-star.ts'
import { providerAudience } from './checks/provider-audience.ts'
import { providerForeignIssuer } from './checks/provider-foreign-issuer.ts'
import { providerMissing } from './checks/provider-missing.ts'
import { providerOrphaned } from './checks/provider-orphaned.ts'
import { roleSharedByServiceAccounts } from './checks/role-shared-by-service-accounts.ts'
import { roleTrustsManyClusters } from './checks/role-trusts-many-clusters.ts'
import { roleUnused } from './checks/role-unused.ts'
import { secretInImageRisk } from './checks/secret-in-image-risk.ts'
import { serviceAccountSharedByWorkloads } from './checks/service-account-shared-by-workloads.ts'
import { subMalformed } from './checks/sub-malformed.ts'
import { subMissing } from './checks/sub-missing.ts'
import { subWildcard } from './checks/sub-wildcard.ts'
import { subWildcardLiteral } from './checks/sub-wildcard-literal.ts'
import { trustChanged } from './checks/trust-changed.ts'
import { trustedServiceAccountMissing } from './checks/trusted-service-account-missing.ts'
import { trustedSubjectUnused } from './checks/trusted-subject-unused.ts'
import { usedNotTrusted } from './checks/used-not-trusted.ts'

/** Every check, in the order that answers and pages list them. */
export const CHECKS: readonly Check[] = [
  subMissing,
  subWildcard,
  subWildcardLiteral,
  subMalformed,
  audMissing,
  audUnexpected,
  issuerConditionMismatch,
  providerMissing,
  providerOrphaned,
  providerForeignIssuer,
  providerAudience,
  roleTrustsManyClusters,
  roleSharedByServiceAccounts,
  serviceAccountSharedByWorkloads,
  defaultServiceAccount,
  annotationNotTrusted,
  annotationRoleMissing,
  trustedServiceAccountMissing,
  trustedSubjectUnused,
  roleUnused,
  irsaAndPodIdentity,
  podIdentityTrustOpen,
  podIdentityTagsessionMissing,
  podIdentitySessionTagsOff,
  chainTargetOpen,
  principalStar,
  externalAccount,
  assumeAnyRole,
  circularTrust,
  mixedHumanAndWorkload,
  adminWorkloadRole,
  nodeRoleBroad,
  fargatePodWithoutRole,
  trustChanged,
  usedNotTrusted,
  secretInImageRisk,
]
