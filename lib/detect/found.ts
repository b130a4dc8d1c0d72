import { compare } from '../graph/order.ts'
import type { Principal } from '../model.ts'
import type { Window } from '../ports.ts'
import { SEVERITIES, type Severity } from '../rule.ts'
import type { Anomaly, Evidence } from './anomaly.ts'
import type { Detector, Sight } from './detector.ts'
import type { RuleSettings } from './settings.ts'
import { storiesOf } from './story.ts'
import type { Use } from './use.ts'
import { evidenceText } from './words.ts'

/** Rows behind one anomaly that are kept as evidence. */
const USES_MAX = 20
const NETWORKS_MAX = 10

/** What one anomaly is until all sights of it are in. */
export interface Item {
  readonly rule: string
  readonly isDry: boolean
  readonly subject: string
  readonly occurrence: string
  readonly principal: Principal | null
  severity: Severity
  /** Of the first sight. */
  sight: Sight
  uses: Use[]
  networks: Set<string>
  joins: Set<string>
  count: number
  firstSeen: number
  lastSeen: number
}

/** Collects sights: those of one detector, subject and occurrence are one anomaly. */
export class Found {
  readonly #window: Window
  readonly #items = new Map<string, Item>()

  constructor(window: Window) {
    this.#window = window
  }

  add(detector: Detector, settings: RuleSettings, sight: Sight): void {
    const { subject, occurrence = '', uses, principal, joins = [] } = sight
    const key = `${detector.id}\n${subject}\n${occurrence}`
    const firstSeen = sight.firstSeen ?? Math.min(...uses.map(({ first }) => first))
    const lastSeen = sight.lastSeen ?? Math.max(...uses.map(({ last }) => last))
    const count = Math.max(
      1,
      uses.reduce((sum, use) => sum + use.count, 0),
    )
    const severity = settings.severity ?? sight.severity
    const networks = uses.flatMap(({ network }) => (network === '' ? [] : [network]))
    const known = this.#items.get(key)
    if (known === undefined) {
      this.#items.set(key, {
        rule: detector.id,
        isDry: settings.dryRun,
        subject,
        occurrence,
        principal,
        severity,
        sight,
        uses: kept(uses),
        networks: new Set(networks),
        joins: new Set(joins),
        count,
        firstSeen,
        lastSeen,
      })
      return
    }
    if (SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(known.severity)) known.severity = severity
    known.uses = kept([...known.uses, ...uses])
    for (const network of networks)
      if (known.networks.size < 4 * NETWORKS_MAX) known.networks.add(network)
    for (const join of joins) known.joins.add(join)
    known.count += count
    known.firstSeen = Math.min(known.firstSeen, firstSeen)
    known.lastSeen = Math.max(known.lastSeen, lastSeen)
  }

  /** Those of the window, by time, each with its story. `isDry`: those of detectors in dry run, instead of the others. */
  items(isDry: boolean): readonly (readonly [item: Item, story: string])[] {
    const all = [...this.#items.values()].sort(
      (a, b) =>
        a.firstSeen - b.firstSeen ||
        compare(a.rule, b.rule) ||
        compare(a.subject, b.subject) ||
        compare(a.occurrence, b.occurrence),
    )
    const stories = storiesOf(all)
    return all.flatMap((item, index) =>
      item.isDry === isDry && item.lastSeen >= this.#window.from && item.firstSeen < this.#window.to
        ? [[item, stories[index]!] as const]
        : [],
    )
  }

  anomalies(isDry = false): Anomaly[] {
    return this.items(isDry).map(([item, story]) =>
      anomalyOf(
        item,
        story,
        evidenceOf(item, () => []),
      ),
    )
  }
}

export function anomalyOf(item: Item, story: string, evidence: readonly Evidence[]): Anomaly {
  const { sight, uses } = item
  const issue = assumptionIn(uses)
  return {
    rule: item.rule,
    subject: item.subject,
    occurrence: item.occurrence,
    severity: item.severity,
    title: sight.title,
    normal: sight.normal,
    principal: item.principal,
    via: issue?.via ?? [],
    role: sight.role ?? issue?.role ?? '',
    account: accountIn({ ...sight, uses }),
    networks: [...item.networks].sort().slice(0, NETWORKS_MAX),
    story,
    count: item.count,
    firstSeen: item.firstSeen,
    lastSeen: item.lastSeen,
    evidence,
  }
}

/** The account that was acted in; '' where none is meant. */
export function accountIn({ account, uses }: Pick<Sight, 'account' | 'uses'>): string {
  return account ?? assumptionIn(uses)?.account ?? ''
}

/** What says most of where it led. */
function assumptionIn(uses: readonly Use[]): Use | undefined {
  return uses.find(({ kind }) => kind !== 'call') ?? uses[0]
}

/** The rows as lines, by time. `eventsOf`: the events behind a row, where facts name them. */
export function evidenceOf(
  { uses, sight, firstSeen }: Item,
  eventsOf: (
    use: Use,
  ) => readonly { readonly eventId: string; readonly account: string; readonly at: number }[],
): Evidence[] {
  const lines = uses.flatMap((use): Evidence[] => {
    const text = evidenceText(use)
    const events = eventsOf(use)
    return events.length === 0
      ? [{ eventId: null, account: use.account, at: use.first, text }]
      : events.map(({ eventId, account, at }) => ({ eventId, account, at, text }))
  })
  if (sight.text !== undefined)
    lines.push({ eventId: null, account: sight.account ?? '', at: firstSeen, text: sight.text })
  return lines
    .sort(
      (a, b) => a.at - b.at || compare(a.text, b.text) || compare(a.eventId ?? '', b.eventId ?? ''),
    )
    .slice(0, USES_MAX)
}

function kept(uses: readonly Use[]): Use[] {
  if (uses.length <= 1) return [...uses]
  return [...uses]
    .sort(
      (a, b) =>
        a.first - b.first ||
        compare(a.who.key, b.who.key) ||
        compare(evidenceText(a), evidenceText(b)),
    )
    .slice(0, USES_MAX)
}
