import { type Answer, frameOf, type Known, pageOf } from '../graph/answer.ts'
import type { Findings, Questions } from '../ports.ts'
import type { Severity } from '../rule.ts'
import { type FindingsAsked, fits, inOrder, questionOf, standingKey } from './asked.ts'
import type { Finding, FindingStatus } from './finding.ts'
import { pagesOf } from './reconcile.ts'

/** What is known of a finding that stands in the line of another. */
export type StoryPart = Pick<
  Finding,
  'id' | 'rule' | 'severity' | 'status' | 'title' | 'firstSeen' | 'lastSeen'
>

/** Findings that are one thing that happened, or a deviation by itself: what somebody looks at and decides about at once. */
export interface Story {
  readonly story: string
  /** The first of them as they stand in line: an open one if there is any, and of these the worst. */
  readonly lead: Finding
  /** Of those that fit what was asked. */
  readonly findings: number
  readonly firstSeen: string
  readonly lastSeen: string
  /** Those beside the lead, the worst first; at most 50. */
  readonly others: readonly StoryPart[]
}

export interface StoryList extends Answer<'StoryList', Story> {
  readonly total: {
    /** Stories with a finding that fits what was asked. */
    readonly items: number
    readonly findings: number
    /** Stories by the status and the severity of their lead. */
    readonly byStatus: Readonly<Record<FindingStatus, number>>
    readonly bySeverity: Readonly<Record<Severity, number>>
  }
}

const OTHERS_MAX = 50

/** What is kept of a story while all findings are read, since there may be very many. */
interface Gathered {
  readonly members: { readonly key: string; readonly id: string }[]
  lead: Pick<Finding, 'status' | 'severity'>
  leadKey: string
  firstSeen: string
  lastSeen: string
}

/** Findings story by story, each where its lead stands in line. */
export async function answerStories(
  store: Findings & Pick<Questions, 'extent' | 'coverage'>,
  asked: FindingsAsked,
  known: Pick<Known, 'accounts'>,
): Promise<StoryList> {
  const frame = await frameOf(store, asked, known)
  const stories = new Map<string, Gathered>()
  let findings = 0
  for await (const page of pagesOf(store))
    for (const finding of page) {
      if (!fits(finding, asked, frame)) continue
      findings++
      const before = stories.get(finding.story)
      if (before === undefined) stories.set(finding.story, gathered(finding))
      else gather(before, finding)
    }
  const byStatus = { open: 0, approved: 0, suppressed: 0, resolved: 0, withdrawn: 0 }
  const bySeverity = { low: 0, medium: 0, high: 0, critical: 0 }
  for (const { lead } of stories.values()) {
    byStatus[lead.status]++
    bySeverity[lead.severity]++
  }
  const rows = [...stories].map(([item, { leadKey: key }]) => ({
    section: 'items' as const,
    key,
    item,
  }))
  const page = pageOf(rows, asked, frame, questionOf('stories', asked))
  const shown = page.rows.map(({ item }) => [item, stories.get(item)!] as const)
  return {
    apiVersion: 'podtrail/v1',
    kind: 'StoryList',
    window: frame.shown,
    coverage: frame.coverage,
    total: { items: rows.length, findings, byStatus, bySeverity },
    items: await told(store, shown),
    next: page.next,
  }
}

function gathered(finding: Finding): Gathered {
  const { id, status, severity, firstSeen, lastSeen } = finding
  const key = standingKey(finding)
  return { members: [{ key, id }], lead: { status, severity }, leadKey: key, firstSeen, lastSeen }
}

function gather(story: Gathered, finding: Finding): void {
  const { id, status, severity, firstSeen, lastSeen } = finding
  const key = standingKey(finding)
  story.members.push({ key, id })
  if (key < story.leadKey) {
    story.leadKey = key
    story.lead = { status, severity }
  }
  if (firstSeen < story.firstSeen) story.firstSeen = firstSeen
  if (lastSeen > story.lastSeen) story.lastSeen = lastSeen
}

async function told(
  store: Findings,
  stories: readonly (readonly [story: string, gathered: Gathered])[],
): Promise<Story[]> {
  const lines = stories.map(([, { members }]) =>
    members
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .slice(0, 1 + OTHERS_MAX)
      .map(({ id }) => id),
  )
  const found = new Map((await inOrder(store, lines.flat())).map((one) => [one.id, one]))
  return stories.flatMap(([story, { members, firstSeen, lastSeen }], index) => {
    const [lead, ...others] = lines[index]!.flatMap((id) => found.get(id) ?? [])
    if (lead === undefined) return []
    return {
      story,
      lead,
      findings: members.length,
      firstSeen,
      lastSeen,
      others: others.map(partOf),
    }
  })
}

function partOf({ id, rule, severity, status, title, firstSeen, lastSeen }: Finding): StoryPart {
  return { id, rule, severity, status, title, firstSeen, lastSeen }
}
