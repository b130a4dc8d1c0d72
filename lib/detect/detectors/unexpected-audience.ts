import { roleName } from '../../identity/arn.ts'
import { type Detector, fires, quiet } from '../detector.ts'
import { grouped } from '../group.ts'
import { CHECKOUT, days, issued, role, THEN, usualAnd } from '../sample.ts'
import { listed, Who } from '../words.ts'

/** https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html */
const USUAL: readonly string[] = ['sts.amazonaws.com', 'sts.amazonaws.com.cn']

export const unexpectedAudience: Detector = {
  id: 'unexpected-audience',
  title: 'Token that was made for somebody else',
  severity: 'high',
  attack: ['T1528', 'T1550.001'],
  why: 'A token names who it is for. One made for Vault, a registry or the cluster itself, and accepted by AWS, was passed on by whoever received it.',
  blindSpots:
    'An audience that the cluster’s workloads used while podtrail learned is taken for normal.',
  runbook: [
    'See in `title` whom the token was made for, and which service of yours receives such tokens.',
    'Take that audience off the OIDC provider of the account of `role` today, and require sts.amazonaws.com in its trust: podtrail tighten ROLE.',
    'List what the session did in the hour after `firstSeen`: podtrail trace EVENT-ID.',
  ],

  *look({ hour, memory }) {
    const suspects = hour.issues.filter(
      ({ who, via, action, more, first }) =>
        who.cluster !== null &&
        via.length === 0 &&
        action === 'sts:AssumeRoleWithWebIdentity' &&
        more !== '' &&
        !USUAL.includes(more) &&
        !who.cluster.audiences.has(more) &&
        memory.isOld(who.cluster.atHomeSince, first),
    )
    for (const uses of grouped(suspects, ({ who, more }) => `${who.key}\n${more}`)) {
      const { who, role: arn, more } = uses[0]!
      yield {
        subject: `${who.principal.id} for ${more}`,
        severity: 'high',
        title: `${Who(who.principal)} became ${roleName(arn)} with a token made for ${more}`,
        normal: `Tokens of its cluster are made for ${listed(who.cluster!.audiences.names())}.`,
        principal: who.principal,
        uses,
      }
    }
  },

  examples: [
    fires(
      'a token for Vault',
      () => usualAnd(issued(CHECKOUT, role('checkout'), { more: 'vault.acme.example' })),
      'high',
    ),
    quiet('the usual audience', () => usualAnd(issued(CHECKOUT, role('checkout')))),
    quiet('an audience of this cluster since always', () =>
      usualAnd(
        ...[16, 0].map((day) =>
          issued(CHECKOUT, role('checkout'), { more: 'irsa.acme.example', at: THEN - days(day) }),
        ),
      ),
    ),
  ],
}
