import { roleName } from '../../identity/arn.ts'
import { type Detector, fires, quiet } from '../detector.ts'
import { grouped } from '../group.ts'
import { type RoleMemory, runOf } from '../memory.ts'
import { issued, PIPELINE, role, someone, usualAnd } from '../sample.ts'
import type { Use } from '../use.ts'
import { counted, listed } from '../words.ts'

export const ciRoleNewRepository: Detector = {
  id: 'ci-role-new-repository',
  title: 'Role of one repository’s pipeline taken by another’s',
  severity: 'high',
  attack: ['T1199', 'T1195.002', 'T1078.004'],
  why: 'A trust that names an organisation, or ends in a wildcard, lets any repository’s pipeline deploy: also one that anybody may open a pull request to.',
  blindSpots:
    'Branches and environments of one repository are not told apart. Of a role that many repositories share, only another owner, or another kind of run, is new.',
  runbook: [
    'Read the repository in `principal`, and who can push to it; find the run at `firstSeen` in its history.',
    'See what it did with `role` in the hour after `firstSeen`: podtrail trace EVENT-ID.',
    'Name the repository and branch in the trust of `role` today: podtrail tighten ROLE.',
  ],
  settings: {
    sharedBy: {
      default: 4,
      min: 1,
      max: 1000,
      about: 'a role of so many repositories is meant for all',
    },
  },

  *look({ hour, memory, setting }) {
    const suspects = hour.issues.filter((use) => {
      if (use.who.principal.kind !== 'web-identity' || use.via.length > 0) return false
      const known = memory.roles.get(use.role)
      if (known === undefined || known.repositories.size === 0) return false
      return (
        memory.isOld(known.first, use.first) && whatIsNew(use, known, setting('sharedBy')) !== null
      )
    })
    for (const uses of grouped(suspects, (use) => `${use.who.key}\n${use.role}`)) {
      const use = uses[0]!
      const { who, role: arn } = use
      const known = memory.roles.get(arn)!
      const { repository } = runOf(who.principal)
      yield {
        subject: `${who.principal.id} as ${arn}`,
        severity: 'high',
        title: `A pipeline of ${repository} took role ${roleName(arn)}: ${whatIsNew(use, known, setting('sharedBy'))}`,
        normal: `So far ${counted(known.repositories.size, 'repository', 'repositories')} had it, ${listed(known.repositories.names())}, for ${listed(known.occasions.names().filter((name) => name !== '')) || 'runs of any kind'}.`,
        principal: who.principal,
        uses,
      }
    }
  },

  examples: [
    fires(
      'a fork deploys',
      () =>
        usualAnd(
          issued(
            someone(
              'web-identity',
              'token.actions.githubusercontent.com/repo:acme/playground:pull_request',
              {
                name: 'repo:acme/playground:pull_request',
              },
            ),
            role('deploy'),
          ),
        ),
      'high',
    ),
    fires(
      'a pull request, where only branches deployed',
      () =>
        usualAnd(
          issued(
            someone(
              'web-identity',
              'token.actions.githubusercontent.com/repo:acme/infra:pull_request',
              {
                name: 'repo:acme/infra:pull_request',
              },
            ),
            role('deploy'),
          ),
        ),
      'high',
    ),
    quiet('another branch of the same repository', () =>
      usualAnd(
        issued(
          someone(
            'web-identity',
            'token.actions.githubusercontent.com/repo:acme/infra:ref:refs/heads/fix',
            {
              name: 'repo:acme/infra:ref:refs/heads/fix',
            },
          ),
          role('deploy'),
        ),
      ),
    ),
    quiet('the pipeline of every day', () => usualAnd(issued(PIPELINE, role('deploy')))),
  ],
}

/** In words; null for a run like those before. */
function whatIsNew({ who }: Use, known: RoleMemory, sharedBy: number): string | null {
  const { repository, owner, occasion } = runOf(who.principal)
  if (!known.owners.has(owner)) return 'nobody of that owner ever had it'
  if (!known.repositories.has(repository) && known.repositories.size < sharedBy)
    return 'that repository never had it'
  return known.occasions.has(occasion) || known.occasions.size === 0
    ? null
    : `no run for "${occasion}" ever had it`
}
