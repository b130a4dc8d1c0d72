import { type Detector, fires, quiet } from '../../detect/detector.ts'
import { ACCOUNT, START, usual } from '../../detect/sample.ts'
import { inAccount } from '../../detect/story.ts'
import { counted } from '../../detect/words.ts'
import { gapsIn, slotsOf } from '../../graph/gaps.ts'
import { timestamp } from '../../graph/timestamp.ts'
import type { CoverageFact } from '../../model.ts'

const HOUR = 3600
const DAY = 24 * HOUR

export const sourceSilent: Detector = {
  id: 'source-silent',
  title: 'An account or region that was recorded has fallen silent',
  severity: 'high',
  attack: ['T1562.008', 'T1562.001'],
  why: 'CloudTrail says nothing when it delivers nothing. Whoever stops a trail, or a queue on the way, shows as silence only.',
  blindSpots:
    'An account or region with little traffic is silent by nature, and nothing is claimed of it. What is late fills its gap, and the finding is withdrawn.',
  runbook: [
    'Look at the trail now: aws cloudtrail get-trail-status in `account`, LatestDeliveryTime and LatestDeliveryError.',
    'Look at the way from the bucket to podtrail: dead-letter queues, and whether log files of the time from `firstSeen` on are in the bucket.',
    'See who last changed the trail, in the day before `firstSeen`: findings of audit-tampering. Ingest what is missing; what stays missing was not seen.',
  ],
  settings: {
    minutes: { default: 60, min: 30, max: 10_080, about: 'minutes of silence that count' },
  },

  *conclude({ coverage, extent, window, setting }) {
    const sources = Map.groupBy(coverage, ({ account, region }) => `${account}/${region}`)
    const end = Math.min(extent.to, window.to)
    for (const facts of sources.values()) {
      const { account, region } = facts[0]!
      for (const gap of gapsIn(slotsOf(facts), end, sources.size)) {
        if (gap.to - gap.from < 60 * setting('minutes')) continue
        const isOver = gap.to < Math.floor(end / 300) * 300
        const length = counted(Math.floor((gap.to - gap.from) / HOUR) || 1, 'hour')
        yield {
          subject: `${account} ${region}`,
          occurrence: timestamp(gap.from),
          severity: isOver ? 'low' : 'high',
          title: `Nothing was seen of account ${account} in ${region} ${isOver ? `for ${length}, until ${timestamp(gap.to)}` : `since ${timestamp(gap.from)}`}`,
          normal: 'Before that, at most a few minutes at a time were without an event.',
          principal: null,
          uses: [],
          account,
          firstSeen: gap.from,
          lastSeen: gap.to,
          text: `no event of ${account} in ${region} from ${timestamp(gap.from)} to ${timestamp(gap.to)}`,
          joins: [inAccount(account)],
        }
      }
    }
  },

  examples: [
    fires(
      'one of two regions ends while the other goes on',
      () => ({
        seen: usual(START, START + 3 * DAY),
        coverage: [...covered('eu-west-1', 72), ...covered('us-east-1', 60)],
      }),
      'high',
    ),
    fires(
      'a hole of five hours',
      () => ({
        seen: usual(START, START + 3 * DAY),
        coverage: [...covered('eu-west-1', 72), ...covered('us-east-1', 72, [30, 35])],
      }),
      'low',
    ),
    quiet('all goes on', () => ({
      seen: usual(START, START + 3 * DAY),
      coverage: [...covered('eu-west-1', 72), ...covered('us-east-1', 72)],
    })),
    quiet('a region with an event a day', () => ({
      seen: usual(START, START + 3 * DAY),
      coverage: [...covered('eu-west-1', 72), ...covered('us-east-1', 49, [1, 24], [25, 48])],
    })),
  ],
}

/** Events in every five minutes of so many hours, but for some. */
function covered(
  region: string,
  hours: number,
  ...without: (readonly [from: number, to: number])[]
): CoverageFact[] {
  return Array.from({ length: Math.ceil(hours / 24) }, (_, index) => {
    const slots = new Uint8Array(36)
    const seen: number[] = []
    for (let slot = 0; slot < 288; slot++) {
      const hour = index * 24 + slot / 12
      if (hour >= hours || without.some(([from, to]) => hour >= from && hour < to)) continue
      slots[slot >> 3]! |= 1 << (slot & 7)
      seen.push(START + index * DAY + slot * 300)
    }
    const day = START / DAY + index
    return {
      account: ACCOUNT,
      region,
      day,
      slots,
      first: seen[0] ?? day * DAY,
      last: seen.at(-1) ?? day * DAY,
      lagMax: null,
    }
  })
}
