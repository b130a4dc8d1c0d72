import type { Detector } from './detector.ts'
import { assumptionRate } from './detectors/assumption-rate.ts'
import { attackSystem } from './detectors/attack-system.ts'
import { chainDeeperThanUsual } from './detectors/chain-deeper-than-usual.ts'
import { ciRoleNewRepository } from './detectors/ci-role-new-repository.ts'
import { circularChain } from './detectors/circular-chain.ts'
import { deniedBurst } from './detectors/denied-burst.ts'
import { discoveryBurst } from './detectors/discovery-burst.ts'
import { dormantAwakened } from './detectors/dormant-awakened.ts'
import { newAccountReached } from './detectors/new-account-reached.ts'
import { newChain } from './detectors/new-chain.ts'
import { newWorkloadRole } from './detectors/new-workload-role.ts'
import { nodeRoleUsedByPod } from './detectors/node-role-used-by-pod.ts'
import { oidcProviderCreated } from './detectors/oidc-provider-created.ts'
import { podIdentityAgentBypass } from './detectors/pod-identity-agent-bypass.ts'
import { roleSpraying } from './detectors/role-spraying.ts'
import { secretHarvest } from './detectors/secret-harvest.ts'
import { sensitiveFirstUse } from './detectors/sensitive-first-use.ts'
import { sessionClientChanged } from './detectors/session-client-changed.ts'
import { sessionUsedFromNewNetwork } from './detectors/session-used-from-new-network.ts'
import { staticKeyFromCluster } from './detectors/static-key-from-cluster.ts'
import { tokenUsedOutsideCluster } from './detectors/token-used-outside-cluster.ts'
import { trustChangedThenUsed } from './detectors/trust-changed-then-used.ts'
import { unexpectedAudience } from './detectors/unexpected-audience.ts'
import { unknownIssuer } from './detectors/unknown-issuer.ts'
import { workloadRoleAssumedByHuman } from './detectors/workload-role-assumed-by-human.ts'
import { workloadRoleAssumedByOther } from './detectors/workload-role-assumed-by-other.ts'

/** Every detector, in the order that answers and pages list them. */
export const DETECTORS: readonly Detector[] = [
  newWorkloadRole,
  newChain,
  newAccountReached,
  tokenUsedOutsideCluster,
  sessionUsedFromNewNetwork,
  sessionClientChanged,
  attackSystem,
  workloadRoleAssumedByHuman,
  workloadRoleAssumedByOther,
  ciRoleNewRepository,
  nodeRoleUsedByPod,
  staticKeyFromCluster,
  deniedBurst,
  roleSpraying,
  dormantAwakened,
  assumptionRate,
  unknownIssuer,
  unexpectedAudience,
  circularChain,
  chainDeeperThanUsual,
  sensitiveFirstUse,
  secretHarvest,
  discoveryBurst,
  podIdentityAgentBypass,
  trustChangedThenUsed,
  oidcProviderCreated,
]
