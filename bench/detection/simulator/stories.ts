import { chance } from './chance.ts'
import type { Company, Workload } from './company.ts'
import type { Happening } from './scene.ts'
import type { Stage } from './stage.ts'
import { AUDIT_STORIES } from './stories/audit.ts'
import { CLUSTER_STORIES } from './stories/cluster.ts'
import { REACH_STORIES } from './stories/reach.ts'
import { ROLE_STORIES } from './stories/roles.ts'
import { STRANGER_STORIES } from './stories/strangers.ts'
import { THEFTS } from './stories/theft.ts'
import type { Plot, TrueStory } from './story.ts'
import { DAY, HOUR } from './time.ts'

export type { TrueStory } from './story.ts'

const PLOTS: readonly Plot[] = [
  ...THEFTS,
  ...ROLE_STORIES,
  ...STRANGER_STORIES,
  ...CLUSTER_STORIES,
  ...REACH_STORIES,
  ...AUDIT_STORIES,
]

/** Attacks begin after so many days, so that there was time to learn. */
export const LEARNING_DAYS = 14

/** Every plot once, each with a victim and a time of its own. */
export function storiesOf(
  company: Company,
  stage: Stage,
): { told: TrueStory; happening: Happening }[] {
  const random = chance(company.seed, 'stories')
  const victims = company.workloads.filter((workload) => isVictim(company, workload))
  const days = (company.until - company.from) / DAY
  // Some stories lead into other accounts than their victim's, so none begins while any trail is dark.
  const dark: number[] = []
  const isDark = (at: number): boolean => dark.some((one) => Math.abs(one - at) < 8 * HOUR)
  // Those that do not fit everybody, and those that darken an account, choose first.
  const choosy = (plot: Plot): number =>
    plot.blinds === true ? 0 : plot.suits === undefined ? 2 : 1
  return PLOTS.toSorted((a, b) => choosy(a) - choosy(b)).map((plot) => {
    const fitting = victims.filter((workload) => plot.suits?.(workload) ?? true)
    const victim = fitting[random.below(fitting.length)]
    if (victim === undefined)
      throw new Error('too small a company for so many stories: take 150 workloads or more')
    victims.splice(victims.indexOf(victim), 1)
    const some = (): number => {
      const day = Math.min(plot.day ?? random.between(LEARNING_DAYS + 1, days - 3), days - 2)
      return company.from + day * DAY + random.between(2, 20) * HOUR + random.below(HOUR)
    }
    let at = some()
    for (let tries = 0; isDark(at) && tries < 100; tries++) at = some()
    if (plot.blinds === true) dark.push(at)
    const told: TrueStory = {
      id: plot.id,
      title: plot.title,
      sight: plot.sight ?? 'visible',
      severity: plot.severity,
      rules: plot.rules,
      principals: new Set(),
      roles: new Set(),
      dark: new Map(),
      events: [],
    }
    const cast = { company, victim, at, story: told }
    plot.prepare?.({ ...cast, random })
    const happening: Happening = {
      at,
      what: `story ${plot.id}`,
      act(scene, chanceOfStory) {
        stage.onTold = (event) => told.events.push(event)
        plot.act({ ...cast, scene, random: chanceOfStory })
        stage.onTold = null
      },
    }
    return { told, happening }
  })
}

/** Somebody with a token to steal: running all day, with habits of its own, and no stranger's address of its own accord. */
function isVictim(company: Company, workload: Workload): boolean {
  return (
    workload.identity === 'irsa' &&
    !workload.isAddon &&
    !workload.isSidecar &&
    workload.cluster !== company.joining &&
    (workload.rhythm.kind === 'steady' || workload.rhythm.kind === 'day') &&
    workload.presigns === null
  )
}
