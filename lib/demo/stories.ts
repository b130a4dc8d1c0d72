import { randomFrom } from './random.ts'
import type { Stage } from './stage.ts'
import { addons } from './stories/addons.ts'
import { apps } from './stories/apps.ts'
import { continuousIntegration } from './stories/ci.ts'
import { type Incident, incident } from './stories/incident.ts'
import { jobs } from './stories/jobs.ts'
import { nodes } from './stories/nodes.ts'
import { oddities } from './stories/oddities.ts'
import { outsiders } from './stories/outsiders.ts'
import { people } from './stories/people.ts'
import { type Association, podIdentity } from './stories/pod-identity.ts'
import { quietWorkloads } from './stories/quiet.ts'
import type { World } from './world.ts'

/** What the stories leave behind that is worth knowing afterwards. */
export interface Told {
  incident: Incident
  associations: Association[]
  unknownIssuer: string
}

/** Everything that happens at Acme in the window, one story after the other. */
export function tellStories(stage: Stage, world: World, seed: number, workloads: number): Told {
  const random = (story: string) => randomFrom(seed, `story/${story}`)
  const machines = nodes(stage, world, random('nodes'))
  addons(stage, world, random('addons'))
  apps(stage, world, random('apps'))
  const associations = podIdentity(stage, world, random('pod-identity'), machines)
  people(stage, world, random('people'))
  const trustChange = continuousIntegration(stage, world, random('ci'))
  jobs(stage, world, random('jobs'))
  const { issuer: unknownIssuer } = outsiders(stage, world, random('outsiders'))
  oddities(stage, world, random('oddities'))
  quietWorkloads(stage, world, random('quiet'), workloads)
  const planted = incident(stage, world, random('incident'), trustChange)
  return { incident: planted, associations, unknownIssuer }
}
