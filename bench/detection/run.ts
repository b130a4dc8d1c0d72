/** How well detection does on months of a made-up company: `node detection/run.ts [--seeds 1,2] [--workloads 300] [--days 30] [--details FILE] [--into PAGE]`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { DETECTORS } from '../../lib/detect/all.ts'
import {
  type Baseline,
  firstAction,
  firstAddressWins,
  firstChain,
  foreignNetwork,
  type Read,
} from './score/baselines.ts'
import { Podtrail } from './score/podtrail.ts'
import {
  detailsOf,
  idleRules,
  markdownTable,
  SUMMARY_HEADER,
  storyTable,
  summaryRow,
} from './score/report.ts'
import { type Score, scoreOf } from './score/score.ts'
import { workloadId } from './simulator/company.ts'
import { simulate, type Truth } from './simulator/simulate.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1' },
    workloads: { type: 'string', default: '300' },
    days: { type: 'string', default: '30' },
    /** Every miss and every false alert, for whoever works on detectors. */
    details: { type: 'string' },
    /** A page whose part between the marks is to be replaced by the tables. */
    into: { type: 'string' },
    baselines: { type: 'boolean', default: true },
  },
  allowNegative: true,
})

const FROM = Date.UTC(2026, 8, 1) / 1000

interface Run {
  readonly truth: Truth
  readonly scores: readonly Score[]
}

async function run(seed: number): Promise<Run> {
  const podtrail = new Podtrail()
  const baselines: Baseline[] = values.baselines
    ? [firstAddressWins(), foreignNetwork(), firstChain(), firstAction()]
    : []
  try {
    const month = simulate({
      seed,
      workloads: Number(values.workloads),
      days: Number(values.days),
      from: FROM,
    })
    let step = month.next()
    for (; step.done !== true; step = month.next()) {
      await podtrail.take(step.value)
      if (baselines.length > 0) feed(baselines, step.value.text)
    }
    const truth = step.value
    const { from, until } = truth.company
    const workloads = new Set(truth.company.workloads.map(workloadId)).size
    const found = await podtrail.alerts(from, until)
    if (podtrail.quarantined > 0)
      throw new Error(`${podtrail.quarantined} records were not understood`)
    const wrong = await podtrail.disagreements(truth.edges, from - 86_400, until + 86_400)
    if (wrong.length > 0)
      throw new Error(
        `${wrong.length} of ${truth.edges.length} edges are wrong:\n${wrong.slice(0, 20).join('\n')}`,
      )
    const company = { from, until, workloads }
    return {
      truth,
      scores: [
        scoreOf('podtrail', found, truth.stories, company),
        ...baselines.map(({ name, alerts }) => scoreOf(name, alerts, truth.stories, company)),
      ],
    }
  } finally {
    podtrail.close()
  }
}

function feed(baselines: readonly Baseline[], text: string): void {
  const { Records } = JSON.parse(text) as { Records: Read[] }
  const timed = Records.map((record) => ({ record, at: Date.parse(record.eventTime) / 1000 }))
  timed.sort((a, b) => a.at - b.at)
  for (const { record, at } of timed) for (const baseline of baselines) baseline.take(record, at)
}

const rows: string[][] = []
const all: Score[] = []
const ours: Score[] = []
const details: string[] = []
for (const seed of values.seeds.split(',').map(Number)) {
  const startedAt = performance.now()
  const { truth, scores } = await run(seed)
  rows.push(...scores.map((score) => summaryRow(String(seed), [score])))
  all.push(...scores)
  ours.push(scores[0]!)
  details.push(detailsOf(seed, scores[0]!, truth.happenings))
  const { counts, company } = truth
  console.error(
    `seed ${seed}: ${company.workloads.length} workloads, ${company.clusters.length} clusters, ${counts.records} records in ${counts.files} files (${counts.late} late, ${counts.duplicates} twice, ${counts.lost} lost), ${((performance.now() - startedAt) / 1000).toFixed(0)} s`,
  )
  if (values.details !== undefined) writeFileSync(values.details, `${details.join('\n')}\n`)
}
if (ours.length > 1)
  for (const scores of Map.groupBy(all, ({ name }) => name).values())
    rows.push(summaryRow('all', scores))
const idle = idleRules(
  DETECTORS.map(({ id }) => id),
  ours,
)
const tables = `${markdownTable(SUMMARY_HEADER, rows)}\n\n${storyTable(ours)}\n\nDetectors that no story needed: ${idle.join(', ') || 'none'}.\n`
console.log(tables)
if (values.into !== undefined) {
  const page = readFileSync(values.into, 'utf8')
  const between = /(<!-- results: .* -->\n)[\s\S]*(<!-- end of results -->)/
  if (!between.test(page)) throw new Error(`${values.into} has no place for results`)
  const text = `${values.seeds.split(',').length} seeds of ${values.workloads} workloads and ${values.days} days.\n\n${tables}`
  writeFileSync(
    values.into,
    page.replace(between, (_, start: string, end: string) => `${start}\n${text}\n${end}`),
  )
}
