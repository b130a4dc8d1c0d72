import { newAddons } from './addons.ts'
import { chance } from './chance.ts'
import { changesOf } from './changes.ts'
import { type Company, type CompanyOptions, newCompany } from './company.ts'
import { Fleet } from './fleet.ts'
import { Nodes } from './nodes.ts'
import { peopleAtWork } from './people.ts'
import { machinesDeliver } from './pipeline.ts'
import { type LogFile, Post } from './post.ts'
import { servicesAtWork } from './services.ts'
import { Stage, type TrueEdge } from './stage.ts'
import { storiesOf, type TrueStory } from './stories.ts'
import { HOUR } from './time.ts'

/** What is true of the month, apart from the files. */
export interface Truth {
  readonly company: Company
  readonly stories: readonly TrueStory[]
  readonly edges: readonly TrueEdge[]
  readonly happenings: readonly { readonly at: number; readonly what: string }[]
  readonly counts: Readonly<Post['counts']>
}

/** Lives through the month hour by hour, giving out the files as they are delivered; returns the truth at its end. */
export function* simulate(
  options: CompanyOptions & { readonly withStories?: boolean },
): Generator<LogFile, Truth> {
  const { seed } = options
  const company = newCompany(options)
  company.workloads.push(...newAddons(company, chance(seed, 'add-ons')))
  const post = new Post(chance(seed, 'post'))
  post.blind.push({
    account: company.joining.account,
    from: 0,
    until: company.joinsAt,
    hides: 'all',
  })
  const stage = new Stage(post, chance(seed, 'stage'))
  const nodes = new Nodes(company, stage, chance(seed, 'nodes'))
  const fleet = new Fleet(company, stage, nodes, chance(seed, 'fleet'))
  const scene = { company, stage, fleet, nodes, post }
  const stories = options.withStories === false ? [] : storiesOf(company, stage)
  const happenings = [
    ...peopleAtWork(company, chance(seed, 'people')),
    ...machinesDeliver(company, chance(seed, 'machines')),
    ...changesOf(company, chance(seed, 'changes')),
    ...stories.map(({ happening }) => happening),
  ].sort((a, b) => a.at - b.at)
  const services = chance(seed, 'services')
  let next = 0
  for (let hour = company.from; hour < company.until; hour += HOUR) {
    nodes.hour(hour)
    // What changes within the hour holds for the pods of this hour; what looks at sessions finds those of the hour before.
    for (; next < happenings.length && happenings[next]!.at < hour + HOUR; next++) {
      const { act, what, at } = happenings[next]!
      act(scene, chance(seed, `${what} ${at}`))
    }
    fleet.hour(hour)
    servicesAtWork(scene, services, hour)
    yield* post.collect(hour + HOUR)
  }
  yield* post.collect(Number.POSITIVE_INFINITY)
  return {
    company,
    stories: stories.map(({ told }) => told),
    edges: [...stage.edges.values()],
    happenings: happenings.map(({ at, what }) => ({ at, what })),
    counts: post.counts,
  }
}
