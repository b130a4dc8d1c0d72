import { Option } from 'commander'
import type { EdgeList } from '../../lib/graph/edge-list.ts'
import { answer } from '../answering.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { FORMATS } from '../output.ts'
import {
  type AnswerOptions,
  addCommand,
  addPaging,
  addPartial,
  addWindow,
  outputOption,
  type Register,
} from '../register.ts'
import { failedOf, totalOf } from './who.ts'

interface GraphOptions extends AnswerOptions {
  readonly namespace?: string
  readonly allNamespaces?: boolean
  readonly cluster?: string
  readonly failed?: boolean
}

/** `podtrail graph [-n NS]` */
export function graph(register: Register): void {
  const title = 'all edges: which principal assumed which role, on which way'
  const command = addCommand(register, 'graph', title, [
    'podtrail graph -n payments',
    'podtrail graph -o ndjson > edges.ndjson',
    'podtrail graph -n sandbox -o mermaid',
    'podtrail graph --cluster prod-eks -o dot | dot -Tsvg > graph.svg',
  ])
  addPartial(addPaging(addWindow(command)))
    .addOption(outputOption([...FORMATS, 'dot', 'mermaid']))
    .option('-n, --namespace <namespace>', 'only workloads of this Kubernetes namespace')
    .addOption(new Option('-A, --all-namespaces', 'all principals (the default)'))
    .option('--cluster <cluster>', 'only workloads of this cluster: its name, issuer or ARN')
    .option('--failed', 'also attempts that failed for other reasons than a refusal')
    .action(async () => register.finish(await ask(command.optsWithGlobals(), command)))
}

async function ask(
  options: GraphOptions,
  command: { getOptionValueSource(name: string): unknown },
): Promise<ExitCode> {
  const { namespace, cluster, failed = false } = options
  if (namespace !== undefined && options.allNamespaces === true)
    throw new CliError(EXIT.wrongUse, '-n and -A exclude each other', ['Give one of them.'])
  const { answerGraph } = await import('../../lib/graph/answer-graph.ts')
  const { edgeListView } = await import('../render/edge-list.ts')
  const { dotOf, mermaidOf } = await import('../render/diagram.ts')
  // A part of a graph, or of a stream, is of no use unless it was asked for.
  const isWhole =
    ['ndjson', 'csv', 'dot', 'mermaid'].includes(options.output) &&
    command.getOptionValueSource('limit') === 'default'
  return answer<EdgeList>(isWhole ? { ...options, limit: 0 } : options, {
    ask: (store, asked, known) =>
      answerGraph(
        store,
        {
          ...asked,
          failed,
          ...(namespace === undefined ? {} : { namespace }),
          ...(cluster === undefined ? {} : { cluster }),
        },
        known,
      ),
    view: (given, output) => ({
      ...edgeListView(given, output),
      dot: () => dotOf(given.items),
      mermaid: () => mermaidOf(given.items),
    }),
    total: totalOf,
    nothing: 'No role was assumed, nor refused, in what was seen of this window.',
    remarks: ({ total }) => failedOf(total.failed, failed),
    hints: ({ items }) => (items.length === 0 ? [] : ['graph -o mermaid']),
  })
}
