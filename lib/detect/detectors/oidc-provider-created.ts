import type { Severity } from '../../rule.ts'
import { type Detector, fires, type Now, quiet } from '../detector.ts'
import { grouped } from '../group.ts'
import { isHuman } from '../memory.ts'
import {
  ADA,
  CHECKOUT,
  called,
  OFFICE,
  PIPELINE,
  role,
  STRANGER,
  someone,
  usualAnd,
} from '../sample.ts'
import { isStranger } from '../stranger.ts'
import type { Use } from '../use.ts'
import { Who } from '../words.ts'

const ACTIONS: readonly string[] = [
  'iam:CreateOpenIDConnectProvider',
  'iam:AddClientIDToOpenIDConnectProvider',
  'iam:CreateSAMLProvider',
  'iam:UpdateSAMLProvider',
]

export const oidcProviderCreated: Detector = {
  id: 'oidc-provider-created',
  title: 'Identity provider created or opened',
  severity: 'high',
  attack: ['T1484.002', 'T1098', 'T1556'],
  why: 'Whoever an account trusts as an identity provider can make anybody. An attacker who adds their own comes back with tokens of their own, long after all keys are changed.',
  blindSpots:
    'Which issuer it is stands in the log file, not in podtrail. A provider that was there before podtrail is a drift check’s business.',
  runbook: [
    'List the providers now: aws iam list-open-id-connect-providers in `account`, and compare their creation with `firstSeen`.',
    'Ask the principal in `title` which cluster or pipeline it is for.',
    'If nobody knows it, delete it now, and look for sessions of its issuer in the days since `firstSeen`: podtrail graph.',
  ],

  *look(now) {
    const suspects = now.hour.calls.filter(
      ({ action, outcome }) => ACTIONS.includes(action) && outcome !== 'failed',
    )
    for (const uses of grouped(
      suspects,
      ({ who, account, action }) => `${who.key}\n${account}\n${action}`,
    )) {
      const use = uses[0]!
      const { who, account, action, outcome } = use
      yield {
        subject: `${account} by ${who.principal.id} ${action}`,
        occurrence: String(Math.floor(use.first / 86_400)),
        severity: severityOf(use, now),
        title: `${Who(who.principal)} ${outcome === 'refused' ? 'tried to change' : 'changed'} whom account ${account} trusts as identity provider: ${action}`,
        normal: who.actions.has(action) ? `It has done so before.` : 'It has never done so before.',
        principal: who.principal,
        uses,
      }
    }
  },

  examples: [
    fires(
      'by a workload',
      () => usualAnd(called(CHECKOUT, role('checkout'), 'iam:CreateOpenIDConnectProvider')),
      'critical',
    ),
    fires(
      'by a person, at the office',
      () =>
        usualAnd(
          called(ADA, role('admin'), 'iam:CreateOpenIDConnectProvider', { network: OFFICE }),
        ),
      'medium',
    ),
    fires(
      'by a user that was never seen before',
      () =>
        usualAnd(
          called(
            someone('iam-user', 'arn:aws:iam::111122223333:user/ops-2'),
            '',
            'iam:CreateOpenIDConnectProvider',
            { network: STRANGER },
          ),
        ),
      'critical',
    ),
    fires(
      'by the pipeline that does it for a living',
      () => usualAnd(called(PIPELINE, role('deploy'), 'iam:CreateOpenIDConnectProvider')),
      'low',
    ),
    quiet('a provider is read', () =>
      usualAnd(called(ADA, role('admin'), 'iam:GetOpenIDConnectProvider')),
    ),
  ],
}

function severityOf(use: Use, { memory }: Now): Severity {
  const { who, action, first, outcome } = use
  if (who.actions.has(action) || !memory.isOld(memory.first, first)) return 'low'
  if (who.principal.kind === 'workload' || who.principal.kind === 'node')
    return outcome === 'refused' ? 'high' : 'critical'
  if (isStranger(use, memory)) return outcome === 'refused' ? 'medium' : 'critical'
  return isHuman(who.principal) || who.principal.kind === 'web-identity' ? 'medium' : 'high'
}
