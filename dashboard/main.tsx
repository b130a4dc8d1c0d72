import { type JSX, render } from 'preact'
import { takeToken } from './api/token.ts'
import { followLinks, pageHref, useHere } from './app/location.ts'
import { Shell } from './app/shell.tsx'
import { followTheme } from './app/theme.tsx'
import { CoveragePage } from './pages/coverage.tsx'
import { DriftPage } from './pages/drift.tsx'
import { FindingsPage } from './pages/findings.tsx'
import { GraphPage } from './pages/graph.tsx'
import { OverviewPage } from './pages/overview.tsx'
import { PrincipalPage } from './pages/principal.tsx'
import { ResourcePage } from './pages/resource.tsx'
import { ReviewsPage } from './pages/reviews.tsx'
import { RolePage } from './pages/role.tsx'
import { SearchPage } from './pages/search.tsx'
import { SessionPage } from './pages/session.tsx'
import { Empty } from './parts/states.tsx'

function Page(): JSX.Element {
  const { path, params } = useHere()
  const [, page, ...rest] = path.split('/').map(decoded)
  switch (page) {
    case '':
      return <OverviewPage />
    case 'graph':
      return <GraphPage />
    case 'search':
      return <SearchPage />
    case 'identities':
      // A cluster that has no name goes by its issuer, which has slashes.
      return <PrincipalPage key={path} id={rest.join('/')} />
    case 'principals':
      return <PrincipalPage key={params.get('id')} id={params.get('id') ?? ''} />
    case 'roles':
      return <RolePage key={params.get('arn')} />
    case 'sessions':
      return <SessionPage />
    case 'resources':
      return <ResourcePage />
    case 'findings':
      return <FindingsPage id={rest[0] ?? null} />
    case 'drift':
      return <DriftPage />
    case 'reviews':
      return <ReviewsPage />
    case 'coverage':
      return <CoveragePage />
    default:
      return (
        <Empty
          title="There is no such page"
          isTimed={false}
          action={
            <a class="button" href={pageHref('/')}>
              To the overview
            </a>
          }
        >
          The address may have been cut where it was pasted.
        </Empty>
      )
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

takeToken()
followTheme()
followLinks()
render(
  <Shell>
    <Page />
  </Shell>,
  document.getElementById('app')!,
)
