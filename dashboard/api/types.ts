import type { CoverageStatement } from '../../lib/graph/coverage-statement.ts'

export type Coverage = CoverageStatement

export interface Me {
  readonly kind: 'Me'
  readonly name: string
  readonly role: 'viewer' | 'responder' | 'reviewer' | 'admin'
  readonly mode: 'local' | 'iam' | 'jwt'
}

/** What every answer carries. */
export interface Framed {
  readonly window: { readonly from: string | null; readonly to: string | null }
  readonly coverage: Coverage
}

export type { Graph } from '../../lib/graph/answer-picture.ts'
export type { SearchHit, SearchResult } from '../../lib/graph/answer-search.ts'
export type { GraphEdge, GraphNode } from '../../lib/graph/picture.ts'
