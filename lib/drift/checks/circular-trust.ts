import { type Check, complies, deviates, deviation } from '../check.ts'
import { HEALTHY_STATEMENT, ROLE, roleArn, sample, sampleRole, trustOf } from '../sample.ts'
import { mapped, withoutEntries } from '../trust-edit.ts'
import { edgesOf, listed, roleWords } from '../users.ts'
import type { Declared, Role, World } from '../world.ts'

export const circularTrust: Check = {
  id: 'circular-trust',
  title: 'Roles trust each other in a circle',
  severity: 'medium',
  attack: ['T1098', 'T1550.001'],
  why: 'A session that goes round renews itself for ever, past its expiry and past the removal of the pod.',
  blindSpots: 'A circle through an account that is trusted as a whole is not followed.',
  runbook: [
    'Read whether a session went round in the last 90 days: podtrail who ROLE --since 90d; each `via` shows the way.',
    'Take the link that nobody needs out of the trust, as `fix` says; revoke the sessions of the role that are older than an hour.',
  ],
  needs: ['trusts'],

  *inspect(world) {
    for (const circle of circlesIn(world.declared)) {
      const names = circle.map(({ arn }) => arn).sort()
      const [weakest, by] = weakestLink(world, circle)
      const words = circle.length === 1 ? 'itself' : `each other: ${listed(names.map(roleWords))}`
      yield deviation({
        subject: names.join(' '),
        title:
          circle.length === 1
            ? `${roleWords(names[0]!)} trusts itself: a session can renew itself for ever`
            : `roles trust ${words}`,
        declared: circle.length === 1 ? 'trusts itself' : `circle of ${names.length} roles`,
        fix: withoutTrusted(weakest, by.arn),
      })
    }
  },

  examples: [
    deviates(
      'two roles',
      sample({
        trust: trustOf(HEALTHY_STATEMENT, trusting(roleArn('b'))),
        roles: [sampleRole({ arn: roleArn('b'), trust: trustOf(trusting(ROLE)) })],
      }),
    ),
    deviates('itself', sample({ trust: trustOf(HEALTHY_STATEMENT, trusting(ROLE)) })),
    complies(
      'a chain',
      sample({ roles: [sampleRole({ arn: roleArn('b'), trust: trustOf(trusting(ROLE)) })] }),
    ),
  ],
}

function trusting(arn: string): object {
  return { Effect: 'Allow', Principal: { AWS: arn }, Action: 'sts:AssumeRole' }
}

function trustedRoles(declared: Declared, role: Role): Role[] {
  return role.principals.flatMap(({ trusted, actions }) => {
    if (trusted.kind !== 'principal' || !actions.includes('sts:AssumeRole')) return []
    return declared.role(trusted.arn) ?? []
  })
}

/** Strongly connected roles, by Tarjan's algorithm without recursion, and roles that trust themselves. */
function circlesIn(declared: Declared): Role[][] {
  const index = new Map<Role, number>()
  const low = new Map<Role, number>()
  const onStack = new Set<Role>()
  const stack: Role[] = []
  const circles: Role[][] = []
  for (const start of declared.roles) {
    if (index.has(start)) continue
    const work: { role: Role; next: Role[] }[] = []
    const enter = (role: Role): void => {
      index.set(role, index.size)
      low.set(role, index.get(role)!)
      stack.push(role)
      onStack.add(role)
      work.push({ role, next: trustedRoles(declared, role) })
    }
    enter(start)
    while (work.length > 0) {
      const { role, next } = work.at(-1)!
      const other = next.pop()
      if (other !== undefined) {
        if (!index.has(other)) enter(other)
        else if (onStack.has(other)) low.set(role, Math.min(low.get(role)!, index.get(other)!))
        continue
      }
      work.pop()
      const before = work.at(-1)?.role
      if (before !== undefined) low.set(before, Math.min(low.get(before)!, low.get(role)!))
      if (low.get(role) !== index.get(role)) continue
      const circle = stack.splice(stack.indexOf(role))
      for (const one of circle) onStack.delete(one)
      if (circle.length > 1 || trustedRoles(declared, role).includes(role)) circles.push(circle)
    }
  }
  return circles
}

/** Of the links in a circle, one that was not seen used, else the first: the role that trusts, and whom. */
function weakestLink({ declared, observed }: World, circle: readonly Role[]): [Role, Role] {
  const links = circle.flatMap((role) =>
    trustedRoles(declared, role)
      .filter((other) => circle.includes(other))
      .map((other): [Role, Role] => [role, other]),
  )
  const isUsed = ([role, by]: [Role, Role]): boolean =>
    edgesOf(observed, role.arn).some(({ via }) => via.at(-1) === by.arn)
  return links.find((link) => !isUsed(link)) ?? links[0]!
}

function withoutTrusted(role: Role, trusted: string) {
  return mapped(role, (statement) =>
    withoutEntries(statement, ({ type, value }) => type === 'AWS' && value === trusted),
  )
}
