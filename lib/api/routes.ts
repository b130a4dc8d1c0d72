import { activity } from './resources/activity.ts'
import { attempts } from './resources/attempts.ts'
import { baseline, baselineDiff, baselineImport } from './resources/baseline.ts'
import { coverage } from './resources/coverage.ts'
import { policy, tighten, why } from './resources/declared.ts'
import { drift } from './resources/drift.ts'
import { edges } from './resources/edges.ts'
import { decision, decisions, finding, findings, previews } from './resources/findings.ts'
import { graph } from './resources/graph.ts'
import { me } from './resources/me.ts'
import { openapi } from './resources/openapi.ts'
import { overview } from './resources/overview.ts'
import { principals } from './resources/principals.ts'
import { pack, report, signOff, signOffs } from './resources/reports.ts'
import { roles, roleTrust, simulations } from './resources/roles.ts'
import { rules } from './resources/rules.ts'
import { search } from './resources/search.ts'
import { sessions } from './resources/sessions.ts'
import { approval, snapshots } from './resources/snapshots.ts'
import { timeline } from './resources/timeline.ts'
import type { Route } from './route.ts'

/** Everything that can be asked, in the order of the documentation. */
export const ROUTES: readonly Route[] = [
  me,
  overview,
  search,
  edges,
  attempts,
  principals,
  roles,
  roleTrust,
  simulations,
  sessions,
  activity,
  graph,
  timeline,
  findings,
  finding,
  decisions,
  decision,
  previews,
  baseline,
  baselineImport,
  baselineDiff,
  drift,
  snapshots,
  approval,
  why,
  policy,
  tighten,
  report,
  pack,
  signOffs,
  signOff,
  coverage,
  rules,
  openapi,
]
