import type { FindingList } from '../finding/answer-findings.ts'
import type { AttemptList } from '../graph/answer-attempts.ts'
import type { PrincipalList } from '../graph/answer-principals.ts'
import type { RoleList } from '../graph/answer-roles.ts'
import type { TouchList } from '../graph/answer-touched.ts'
import { edgeCsv, touchCsv } from '../graph/csv.ts'
import type { EdgeList } from '../graph/edge-list.ts'
import { csvOf } from '../text/csv.ts'
import type { Table } from './route.ts'

/** Answers as they are taken along. */

export function edgesTable({ items, refused, failed = [] }: EdgeList): Table {
  const lines = [...items, ...refused, ...failed]
  return { lines, csv: () => edgeCsv(lines) }
}

export function attemptsTable({ items }: AttemptList): Table {
  return { lines: items, csv: () => edgeCsv(items) }
}

export function activityTable({ items }: TouchList): Table {
  return { lines: items, csv: () => touchCsv(items) }
}

export function principalsTable({ items }: PrincipalList): Table {
  return {
    lines: items,
    csv: () =>
      csvOf(items, [
        ['kind', ({ principal }) => principal.kind],
        ['principal', ({ principal }) => principal.id],
        ['cluster', ({ principal }) => principal.cluster],
        ['namespace', ({ principal }) => principal.namespace],
        ['serviceAccount', ({ principal }) => principal.serviceAccount],
        ['name', ({ principal }) => principal.name],
        ['roles', ({ roles }) => roles],
        ['accounts', ({ accounts }) => accounts.join(' ')],
        ['count', ({ count }) => count],
        ['refused', ({ refused }) => refused],
        ['firstSeen', ({ firstSeen }) => firstSeen],
        ['lastSeen', ({ lastSeen }) => lastSeen],
        ['findings', ({ findings }) => findings],
        ['worst', ({ worst }) => worst],
      ]),
  }
}

export function rolesTable({ items }: RoleList): Table {
  return {
    lines: items,
    csv: () =>
      csvOf(items, [
        ['role', ({ role }) => role],
        ['name', ({ name }) => name],
        ['account', ({ account }) => account],
        ['principals', ({ principals }) => principals],
        ['hopsMin', ({ hops }) => hops?.[0] ?? null],
        ['hopsMax', ({ hops }) => hops?.[1] ?? null],
        ['count', ({ count }) => count],
        ['refused', ({ refused }) => refused],
        ['firstSeen', ({ firstSeen }) => firstSeen],
        ['lastSeen', ({ lastSeen }) => lastSeen],
        ['declared', ({ isDeclared }) => (isDeclared === null ? null : String(isDeclared))],
        ['outside', ({ isOutside }) => String(isOutside)],
        ['findings', ({ findings }) => findings],
        ['worst', ({ worst }) => worst],
      ]),
  }
}

export function findingsTable({ items }: FindingList): Table {
  return {
    lines: items,
    csv: () =>
      csvOf(items, [
        ['id', ({ id }) => id],
        ['rule', ({ rule }) => rule],
        ['kind', ({ kind }) => kind],
        ['severity', ({ severity }) => severity],
        ['status', ({ status }) => status],
        ['title', ({ title }) => title],
        ['subject', ({ subject }) => subject],
        ['cluster', ({ principal }) => principal?.cluster ?? null],
        ['namespace', ({ principal }) => principal?.namespace ?? null],
        ['role', ({ role }) => role],
        ['account', ({ account }) => account],
        ['count', ({ count }) => count],
        ['firstSeen', ({ firstSeen }) => firstSeen],
        ['lastSeen', ({ lastSeen }) => lastSeen],
        ['story', ({ story }) => story],
      ]),
  }
}
