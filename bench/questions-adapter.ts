import { knownFrom } from '../lib/graph/answer.ts'
import { answerTrace, type Chain } from '../lib/graph/answer-trace.ts'
import { answerWhat } from '../lib/graph/answer-what.ts'
import { answerWho } from '../lib/graph/answer-who.ts'
import type { EdgeList } from '../lib/graph/edge-list.ts'
import { openSqliteStore } from '../lib/local/sqlite-store.ts'
import type { Edge } from './answer.ts'

export type Window = { from: string; to: string }

/** podtrail's questions as the bench calls them. The first three are timed; the others only bring answers into a form that can be compared. */
export type Questions = {
  who: (role: string, window: Window) => unknown
  what: (
    workload: Pick<Edge, 'cluster' | 'namespace' | 'serviceAccount'>,
    window: Window,
  ) => unknown
  trace: (accessKeyId: string) => unknown
  /** All edges of an answer to `who` or `what`. */
  edges: (answer: unknown) => Edge[]
  /** The issued access key ids from the root to the traced key. */
  keys: (answer: unknown) => string[]
  close: () => void
}

const everything = { limit: 0 }

/** Opens a store for questions in this process, without the CLI. */
export function openQuestions(store: string): Questions {
  const opened = openSqliteStore(store.replace(/^sqlite:/, ''))
  const known = knownFrom(null)
  const seconds = ({ from, to }: Window): { from: number; to: number } => ({
    from: Date.parse(from) / 1000,
    to: Date.parse(to) / 1000,
  })
  return {
    who: (role, window) => answerWho(opened, { ...everything, ...seconds(window), role }, known),
    what: ({ cluster, namespace, serviceAccount }, window) =>
      answerWhat(
        opened,
        {
          ...everything,
          ...seconds(window),
          cluster,
          principal: `${namespace}/${serviceAccount}`,
        },
        known,
      ),
    trace: (text) => answerTrace(opened, { ...everything, text }, known),
    edges: (answer) =>
      (answer as EdgeList).items
        .filter(({ principal }) => principal.kind === 'workload')
        .map(edgeOf),
    keys: (answer) =>
      (answer as Chain).items.flatMap(({ steps }) =>
        steps.map(({ accessKeyId }) => accessKeyId ?? ''),
      ),
    close: () => {
      opened.close()
    },
  }
}

function edgeOf({
  principal,
  role,
  via,
  count,
  firstSeen,
  lastSeen,
}: EdgeList['items'][number]): Edge {
  return {
    cluster: principal.cluster!,
    namespace: principal.namespace!,
    serviceAccount: principal.serviceAccount!,
    role,
    via,
    count,
    first: firstSeen,
    last: lastSeen,
  }
}
