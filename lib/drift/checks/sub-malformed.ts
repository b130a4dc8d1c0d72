import { type Check, complies, deviates, deviation } from '../check.ts'
import { clusterStatement, sample, trustOf } from '../sample.ts'
import { pinned } from '../trust-edit.ts'
import type { WebIdentityTrust } from '../trust-policy.ts'
import {
  byRole,
  clusterTrusts,
  hasWildcard,
  isExact,
  listed,
  namedSubjects,
  pinFor,
  roleWords,
  statementWords,
  useWords,
} from '../users.ts'

export const subMalformed: Check = {
  id: 'sub-malformed',
  title: 'Subject is not written as Kubernetes writes it',
  severity: 'medium',
  attack: ['T1078.004'],
  why: 'The ServiceAccount that is meant is refused, and the repair in a hurry is a wildcard.',
  blindSpots:
    'A well-formed name of the wrong ServiceAccount is for trusted-service-account-missing.',
  runbook: [
    'Compare the value in `declared` with system:serviceaccount:NAMESPACE:NAME, letter by letter.',
    'Read who was refused the role in the last 24 hours: podtrail who ROLE --since 24h; then apply `fix`.',
  ],
  needs: ['trusts'],

  *inspect(world) {
    const found = [...clusterTrusts(world.declared)]
    const malformed = found.filter(({ trust }) => malformedIn(trust).length > 0)
    for (const { role, trusts } of byRole(malformed)) {
      const values = [...new Set(trusts.flatMap(malformedIn))]
      const pins = trusts.map((trust) => {
        const { subjects, audiences } = pinFor(world, role, trust)
        const named = namedSubjects(trust)
          .filter(({ subject }) => isWellFormed(subject))
          .map(({ subject }) => subject)
        const repaired = malformedIn(trust).map(repair).filter(isWellFormed)
        const all = [...new Set([...subjects, ...named, ...repaired])]
        return [trust, { subjects: all.sort(), audiences }] as const
      })
      yield deviation({
        subject: role.arn,
        title: `${roleWords(role.arn)} trusts the subject ${listed(values.map((value) => `"${value}"`))}, which no ServiceAccount can have`,
        declared: `${trusts.map(statementWords).join(', ')}: sub ${listed(values)}`,
        observed: useWords(world.observed, role),
        fix: pinned(role, new Map(pins)),
      })
    }
  },

  examples: [
    deviates('a blank after a colon', subjectIs('system:serviceaccount: testing:test-sa')),
    deviates('wrong case', subjectIs('system:ServiceAccount:testing:test-sa')),
    deviates('a slash for a colon', subjectIs('system:serviceaccount:testing/test-sa')),
    deviates('only the name', subjectIs('test-sa')),
    complies('as Kubernetes writes it', subjectIs('system:serviceaccount:testing:test-sa')),
    complies(
      'a dot in the name',
      subjectIs(['system:serviceaccount:testing:test-sa', 'system:serviceaccount:testing:v1.test']),
    ),
  ],
}

function subjectIs(sub: string | readonly string[]) {
  return sample({
    trust: trustOf(clusterStatement({ StringEquals: { aud: 'sts.amazonaws.com', sub } })),
  })
}

function malformedIn({ subjects }: WebIdentityTrust): string[] {
  return subjects
    .filter(isExact)
    .flatMap(({ values }) => values.filter((value) => !hasWildcard(value) && !isWellFormed(value)))
}

/** A namespace is a DNS label, a ServiceAccount a DNS subdomain: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
function isWellFormed(subject: string): boolean {
  return /^system:serviceaccount:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?:[a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?$/.test(
    subject,
  )
}

function repair(subject: string): string {
  const [namespace, name] = subject
    .replace(/\s/g, '')
    .replace(/^system:serviceaccounts?[:/]/i, '')
    .split(/[:/]/)
  return `system:serviceaccount:${namespace}:${name}`.toLowerCase()
}
