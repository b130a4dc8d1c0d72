import type { Random } from './chance.ts'
import type { Company } from './company.ts'
import type { Fleet } from './fleet.ts'
import type { Nodes } from './nodes.ts'
import type { Post } from './post.ts'
import type { Stage } from './stage.ts'

/** Everything that a happening may look at or touch. */
export interface Scene {
  readonly company: Company
  readonly stage: Stage
  readonly fleet: Fleet
  readonly nodes: Nodes
  readonly post: Post
}

/** Something that happens once. It may write records later than `at`, but none earlier. */
export interface Happening {
  readonly at: number
  readonly what: string
  readonly act: (scene: Scene, random: Random) => void
}
