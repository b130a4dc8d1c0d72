import type { Severity } from '../../rule.ts'
import { sensitivityOf } from '../actions.ts'
import { isAddOnWork } from '../add-ons.ts'
import { type Detector, fires, type Now, quiet } from '../detector.ts'
import { bySubject, distinct } from '../group.ts'
import type { Memory, Subject } from '../memory.ts'
import {
  CHECKOUT,
  called,
  hours,
  pod,
  REFUNDS,
  role,
  START,
  THEN,
  usual,
  usualAnd,
} from '../sample.ts'
import { FRESH, type Use } from '../use.ts'
import { forDays, listed, Who } from '../words.ts'

const LOAD_BALANCERS = pod('kube-system', 'aws-load-balancer-controller')

export const sensitiveFirstUse: Detector = {
  id: 'sensitive-first-use',
  title: 'Workload does something powerful for the first time',
  severity: 'high',
  isLearner: true,
  attack: ['T1098', 'T1555.006', 'T1485', 'T1496'],
  why: 'Changes of who may do what, secrets, machines to compute on, and what cannot be undone are what a stolen identity is stolen for.',
  blindSpots:
    'What the workload, or another with the same role, did before is not new. Whose a secret is goes by its name. Which secret or which user it was is in the log file, not in podtrail, for some services.',
  runbook: [
    'See what it was done to, and what came before: podtrail what NS/SA --since 1d, and `evidence`.',
    'Ask the owner whether a deployment in the day before `firstSeen` needs it.',
    'If not, undo it now (delete what was created, restore the policy), and revoke the sessions of `role`.',
  ],

  *look(now) {
    const { freshCalls, memory } = now
    const fresh = freshCalls.filter(
      (use) =>
        use.who.principal.kind === 'workload' &&
        sensitivityOf(use.action) !== null &&
        (isNewAction(use, memory) || isForeignSecret(use, memory)) &&
        !isAddOnWork(use.who.principal, use.action) &&
        memory.isLearned(use.who, use.first),
    )
    for (const uses of bySubject(fresh)) {
      const { who, first } = uses[0]!
      const actions = distinct(uses, ({ action }) => action)
      yield {
        subject: `${who.principal.id} ${actions.join(' ')}`,
        severity: severityOf(uses, now),
        title: `${Who(who.principal)} did ${listed(actions)} for the first time${foreignWords(uses, memory)}`,
        normal: `In the ${forDays(first - who.first)} that it is known it did ${who.actions.size === 0 ? 'nothing' : `${listed(who.actions.names())}`}.`,
        principal: who.principal,
        uses,
      }
    }
  },

  examples: [
    fires(
      'a service creates a user',
      () => usualAnd(called(CHECKOUT, role('checkout'), 'iam:CreateUser')),
      'critical',
    ),
    fires(
      'a service changes a bucket policy',
      () => usualAnd(called(CHECKOUT, role('checkout'), 's3:PutBucketPolicy')),
      'high',
    ),
    fires(
      'a service reads a secret',
      () => usualAnd(called(CHECKOUT, role('checkout'), 'secretsmanager:GetSecretValue')),
      'low',
    ),
    fires(
      'a service reads the secret of another namespace',
      () =>
        usualAnd(
          called(REFUNDS, role('refunds'), 'secretsmanager:GetSecretValue', {
            client: 'sdk-java',
            what: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:finance/bank',
          }),
        ),
      'medium',
    ),
    fires(
      'in the AWS CLI, which it never uses',
      () =>
        usualAnd(
          called(CHECKOUT, role('checkout'), 'secretsmanager:GetSecretValue', {
            client: 'aws-cli',
          }),
        ),
      'medium',
    ),
    fires(
      'somebody under the name of an add-on does what the add-on does not',
      () => usualAnd(called(LOAD_BALANCERS, role('alb'), 'iam:CreateAccessKey')),
      'critical',
    ),
    quiet('an add-on does what it is made for', () =>
      usualAnd(called(LOAD_BALANCERS, role('alb'), 'iam:CreateServiceLinkedRole')),
    ),
    quiet('which it does every hour', () =>
      usualAnd(
        called(REFUNDS, role('refunds'), 'secretsmanager:GetSecretValue', { client: 'sdk-java' }),
      ),
    ),
    quiet('while podtrail learns', () => ({
      seen: [
        ...usual(),
        called(CHECKOUT, role('checkout'), 'iam:CreateUser', { at: START + hours(50) }),
        called(CHECKOUT, role('checkout'), 'iam:CreateUser', { at: THEN }),
      ],
    })),
  ],
}

function severityOf(uses: readonly Use[], { whereabouts, memory }: Now): Severity {
  const { who, first } = uses[0]!
  const kinds = uses.map(({ action }) => sensitivityOf(action))
  if (uses.some((use) => whereabouts.strange(use) !== null || isLasting(use))) return 'critical'
  if (kinds.includes('control')) return 'high'
  if (kinds.includes('spend') && who.isGrown(first)) return 'high'
  if (!who.isGrown(first)) return 'low'
  if (uses.some((use) => isForeignSecret(use, memory) || isFirstSecret(use, memory)))
    return 'medium'
  const isOddHand = isOne(who) && uses.some(({ fresh }) => (fresh & FRESH.client) !== 0)
  return kinds.includes('destroy') || isOddHand ? 'medium' : 'low'
}

/** Makes credentials that never expire, and so outlive whatever is revoked. */
const isLasting = ({ action }: Use): boolean => LASTING.has(action)

const LASTING: ReadonlySet<string> = new Set([
  'iam:CreateUser',
  'iam:CreateAccessKey',
  'iam:CreateLoginProfile',
  'iam:CreateServiceSpecificCredential',
])

function isNewAction({ fresh, role: arn, action }: Use, memory: Memory): boolean {
  return (fresh & FRESH.action) !== 0 && memory.roles.get(arn)?.actions.has(action) !== true
}

/** A secret that it never read, named after another namespace of ours and not after its own, nor after itself. */
function isForeignSecret({ who, what, fresh }: Use, { namespaces }: Memory): boolean {
  if ((fresh & FRESH.secret) === 0) return false
  const owner = secretName(what).split(/[/_.]/)[0]!
  return !isNamedAfter(who, what) && namespaces.has(owner)
}

/** Known for long without any secret, it reads one that is not named after it and that no other reads. */
function isFirstSecret({ who, what, fresh, first }: Use, memory: Memory): boolean {
  if ((fresh & FRESH.secret) === 0 || who.secrets.size > 0) return false
  if (!isOne(who) || !memory.isOld(who.first, first) || isNamedAfter(who, what)) return false
  return ![...memory.subjects()].some(({ secrets }) => secrets.has(what))
}

/** One that only its cluster is known of is many. */
const isOne = ({ principal }: Subject): boolean => (principal.serviceAccount ?? '?') !== '?'

function isNamedAfter({ principal: { namespace, serviceAccount } }: Subject, arn: string): boolean {
  const name = secretName(arn)
  return [namespace, serviceAccount].some((own) => own !== null && name.includes(own))
}

/** `payments/db-a1B2c3` of `arn:aws:secretsmanager:eu-west-1:111122223333:secret:payments/db-a1B2c3`. */
const secretName = (arn: string): string => arn.slice(arn.lastIndexOf(':') + 1)

function foreignWords(uses: readonly Use[], memory: Memory): string {
  const names = distinct(
    uses.filter((use) => isForeignSecret(use, memory)),
    ({ what }) => secretName(what),
  )
  return names.length === 0 ? '' : `: secret ${listed(names)} of another namespace`
}
