import type { Session } from './records.ts'

/** Who assumed what, as the generator made it: what every tool has to find again. */
export type Truth = {
  direct: DirectEdge[]
  chained: ChainedEdge[]
}

/** Question Q1: one workload, one role, directly. */
export type DirectEdge = {
  cluster: string
  namespace: string
  serviceAccount: string
  role: string
  count: number
  first: string
  last: string
}

/** The same for roles assumed from a session of that workload. */
export type ChainedEdge = DirectEdge & { hop: number; via: readonly string[] }

type Entry = ChainedEdge & { firstAt: number; lastAt: number }

/** Collects issued sessions; what it holds grows with edges, not with records. */
export function createTruth(isoTime: (second: number) => string) {
  const entries = new Map<string, Entry>()
  return {
    add(session: Session) {
      if (session.root === undefined) return
      const { workload, via } = session.root
      // Pod Identity records name the EKS cluster, IRSA records its issuer; nothing in the logs joins the two.
      const cluster = workload.kind === 'irsa' ? workload.cluster.issuer : workload.cluster.arn
      const key = `${cluster}|${workload.namespace}|${workload.serviceAccount}|${session.role.arn}|${via.join('>')}`
      const entry = entries.get(key)
      if (entry === undefined) {
        entries.set(key, {
          cluster,
          namespace: workload.namespace,
          serviceAccount: workload.serviceAccount,
          role: session.role.arn,
          hop: via.length + 1,
          via,
          count: 1,
          first: '',
          last: '',
          firstAt: session.issuedAt,
          lastAt: session.issuedAt,
        })
        return
      }
      entry.count++
      entry.firstAt = Math.min(entry.firstAt, session.issuedAt)
      entry.lastAt = Math.max(entry.lastAt, session.issuedAt)
    },
    finish(): Truth {
      const direct: DirectEdge[] = []
      const chained: ChainedEdge[] = []
      for (const { firstAt, lastAt, hop, via, ...edge } of entries.values()) {
        const dated = { ...edge, first: isoTime(firstAt), last: isoTime(lastAt) }
        if (hop === 1) direct.push(dated)
        else chained.push({ ...dated, hop, via })
      }
      return { direct, chained }
    },
  }
}
