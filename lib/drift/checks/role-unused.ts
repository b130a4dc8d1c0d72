import { type Check, complies, couldNotLook, deviates, deviation, unread } from '../check.ts'
import { sample } from '../sample.ts'
import { edgesOf, isWorkloadRole, roleWords, useWords } from '../users.ts'
import type { Role, World } from '../world.ts'

/** Days without use after which a role counts as unused. */
const ROLE_UNUSED_DAYS = 90
const DAY = 86_400

export const roleUnused: Check = {
  id: 'role-unused',
  title: 'Role of a workload is not used',
  severity: 'low',
  attack: ['T1078.004'],
  why: 'It is a way in that nobody watches and nobody would miss.',
  blindSpots: 'AWS looks back 400 days and is some hours late; what runs once a year looks unused.',
  runbook: [
    'Read who could use it, and whether they exist: podtrail who ROLE --since 90d, and `declared`.',
    'Ask its owner; then delete it as `fix` says, within a month. Keep its policies for a while.',
  ],
  needs: ['trusts'],

  *inspect(world) {
    for (const role of world.declared.roles) {
      if (!isWorkloadRole(world.declared, role)) continue
      if (role.lastUsedAt === undefined) {
        if (edgesOf(world.observed, role.arn).length === 0)
          yield unread(
            `role ${role.arn}`,
            'RoleLastUsed is not in the output of "aws iam get-account-authorization-details"',
          )
        continue
      }
      if (!isUnused(world, role)) continue
      const used = role.lastUsedAt === null ? 'never' : day(role.lastUsedAt)
      yield deviation({
        subject: role.arn,
        title: `${roleWords(role.arn)} was last used ${used}`,
        declared: `last used ${used}${role.createdAt === null ? '' : `, made ${day(role.createdAt)}`}`,
        observed: useWords(world.observed, role),
        fix: [
          ...role.policies.map((policy) => ({
            kind: 'detach-policy' as const,
            role: role.arn,
            policy,
          })),
          { kind: 'delete-role', role: role.arn },
        ],
      })
    }
  },

  examples: [
    deviates('half a year ago', sample({ edges: [], role: { lastUsedAt: 1_780_000_000 } })),
    deviates('never', sample({ edges: [], role: { lastUsedAt: null } })),
    complies('yesterday', sample()),
    complies(
      'made last week',
      sample({ edges: [], role: { lastUsedAt: null, createdAt: 1_795_000_000 } }),
    ),
    complies('AWS has not noticed yet, we have', sample({ role: { lastUsedAt: null } })),
    couldNotLook('last use not said', sample({ edges: [], role: { lastUsedAt: undefined } })),
  ],
}

/** Whether neither AWS nor CloudTrail has seen it at work, though it is old enough. */
export function isUnused({ declared, observed }: World, role: Role): boolean {
  if (role.lastUsedAt === undefined || !isWorkloadRole(declared, role)) return false
  const since = declared.snapshot.at - ROLE_UNUSED_DAYS * DAY
  if ((role.createdAt ?? 0) > since || (role.lastUsedAt ?? 0) > since) return false
  return edgesOf(observed, role.arn).every(({ lastSeen }) => lastSeen <= since)
}

function day(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10)
}
