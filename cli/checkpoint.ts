import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { storePath } from './store.ts'

/**
 * How far a long task has come, in a file beside the store: whoever starts it again goes on from there. What it says has been stored;
 * if the file is lost, all is read once more and found to be there.
 */
export class Checkpoint<State> {
  readonly #path: string
  readonly #states: Record<string, State>

  constructor(store: string, task: string, isNew: boolean) {
    const name = createHash('sha256').update(store).digest('hex').slice(0, 12)
    this.#path = `${storePath(store) ?? `.podtrail/${name}`}.${task}.json`
    this.#states = isNew ? {} : readStates(this.#path)
  }

  get(name: string): State | null {
    return Object.hasOwn(this.#states, name) ? this.#states[name]! : null
  }

  /** `null`: it is done, or to be begun anew. */
  set(name: string, state: State | null): void {
    if (state === null) delete this.#states[name]
    else this.#states[name] = state
    mkdirSync(dirname(this.#path), { recursive: true })
    // Written beside and moved, so that there is never half of it.
    writeFileSync(`${this.#path}.tmp`, JSON.stringify(this.#states))
    renameSync(`${this.#path}.tmp`, this.#path)
  }
}

function readStates<State>(path: string): Record<string, State> {
  try {
    return { ...(JSON.parse(readFileSync(path, 'utf8')) as Record<string, State>) }
  } catch {
    return {}
  }
}
