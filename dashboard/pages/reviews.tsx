import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { PrincipalList } from '../../lib/graph/answer-principals.ts'
import type { ReviewItem, ReviewPack } from '../../lib/review/answer-report.ts'
import { ApiError, apiUrl, download, type Problem, send } from '../api/client.ts'
import { useAll } from '../api/use-all.ts'
import { useAnswer } from '../api/use-answer.ts'
import { announce } from '../app/announce.ts'
import { hereWith, pageHref, useHere } from '../app/location.ts'
import { findingHref, roleHref } from '../app/paths.ts'
import { may, useScope } from '../app/scope.ts'
import { Answered } from '../parts/asked.tsx'
import { Badge } from '../parts/marks.tsx'
import { Text } from '../parts/names.tsx'
import { PageHead, Panel } from '../parts/panel.tsx'
import { Empty, Failed } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { accountOf, counted, shortRole, visible } from '../parts/text.ts'
import { Time } from '../parts/time.tsx'
import { Decide, type Draft } from './review-decide.tsx'

export interface SignOffList {
  readonly items: readonly {
    readonly id: string
    readonly at: string
    readonly by: string
    readonly snapshot: string
    readonly decisions: readonly {
      readonly subject: string
      readonly decision: string
      readonly reason: string
    }[]
  }[]
}

/** Who may what, decided item by item, signed, and taken along as evidence. */
export function ReviewsPage(): JSX.Element {
  const namespace = useHere().params.get('namespace')
  return (
    <>
      <PageHead
        kind="Access review"
        title={
          namespace === null ? (
            'Which namespace?'
          ) : (
            <>
              Namespace <Text>{namespace}</Text>
            </>
          )
        }
        detail="Everything a quarterly sign-off needs: the population, what each could and did reach, and what was decided by whom."
        actions={
          namespace !== null && (
            <a class="button" href={pageHref('/reviews')}>
              Another namespace
            </a>
          )
        }
      />
      {namespace === null ? <Namespaces /> : <Review key={namespace} namespace={namespace} />}
    </>
  )
}

function Namespaces(): JSX.Element {
  const { isReady } = useScope()
  // A review is about everybody there is, so no window limits who stands here.
  const asked = useAll<PrincipalList>(isReady ? '/principals' : null, { kind: 'workload' })
  return (
    <Answered to={asked}>
      {(answer) => {
        const groups = [...Map.groupBy(answer.items, ({ principal }) => principal.namespace ?? '')]
        return (
          <Table
            caption="Namespaces"
            rows={groups}
            rowKey={([name]) => name}
            href={([name]) => pageHref('/reviews', { namespace: name })}
            columns={[
              {
                id: 'namespace',
                title: 'Namespace',
                value: ([name]) => name,
                cell: ([name]) => (
                  <a href={pageHref('/reviews', { namespace: name })}>
                    <Text>{name}</Text>
                  </a>
                ),
              },
              {
                id: 'clusters',
                title: 'Clusters',
                value: ([, some]) =>
                  [...new Set(some.map(({ principal }) => principal.cluster ?? ''))].join(', '),
              },
              {
                id: 'sas',
                title: 'ServiceAccounts seen',
                value: ([, some]) => some.length,
                isNumber: true,
              },
              {
                id: 'accounts',
                title: 'Accounts reached',
                value: ([, some]) => new Set(some.flatMap(({ accounts }) => accounts)).size,
                isNumber: true,
              },
              {
                id: 'findings',
                title: 'Open findings',
                value: ([, some]) => some.reduce((sum, { findings }) => sum + findings, 0),
                isNumber: true,
              },
              {
                id: 'last',
                title: 'Last seen',
                value: ([, some]) =>
                  some
                    .map(({ lastSeen }) => lastSeen)
                    .sort()
                    .at(-1) ?? null,
                cell: ([, some]) => (
                  <Time
                    at={
                      some
                        .map(({ lastSeen }) => lastSeen)
                        .sort()
                        .at(-1) ?? null
                    }
                    seconds={false}
                  />
                ),
              },
            ]}
            empty={<Empty title="No workload was seen yet" />}
          />
        )
      }}
    </Answered>
  )
}

const CHANGE_BADGE = {
  new: 'new',
  changed: 'warn',
  gone: 'finding',
  unchanged: 'plain',
  unknown: 'plain',
} as const

function Review({ namespace }: { namespace: string }): JSX.Element {
  const { me, window, isReady } = useScope()
  const query = { namespace, ...window }
  const asked = useAnswer<ReviewPack>(isReady ? '/reports' : null, query)
  const signed = useAnswer<SignOffList>('/reports/sign-offs', { namespace })
  const [drafts, setDrafts] = useState<ReadonlyMap<string, Draft>>(new Map())
  const [problem, setProblem] = useState<Problem | null>(null)
  const { params } = useHere()
  const onlyPending = params.get('only') === 'pending'
  const last = new Map(
    (signed.answer?.items ?? []).flatMap(({ decisions, by, at }) =>
      decisions.map((one) => [one.subject, { ...one, by, at }] as const),
    ),
  )
  const put = (subject: string, draft: Draft | null): void => {
    const next = new Map(drafts)
    if (draft === null) next.delete(subject)
    else next.set(subject, draft)
    setDrafts(next)
  }
  const sign = async (): Promise<void> => {
    setProblem(null)
    try {
      const decisions = [...drafts].map(([subject, draft]) => ({ subject, ...draft }))
      await send('/reports/sign-offs', { namespace, decisions })
      setDrafts(new Map())
      signed.reload()
      announce(`Signed ${counted(decisions.length, 'decision')}`)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      setProblem(error.problem)
    }
  }
  const isUnready = [...drafts.values()].some(
    ({ decision, reason }) => decision !== 'keep' && reason.trim().length < 10,
  )
  return (
    <Answered to={asked} what="Collecting the evidence">
      {(answer) => {
        const easy = answer.items.filter(
          (item) =>
            item.suggestion === 'keep' &&
            !last.has(subjectOf(item)) &&
            !drafts.has(subjectOf(item)),
        )
        const rows = onlyPending
          ? answer.items.filter((item) => !last.has(subjectOf(item)))
          : answer.items
        const done = answer.items.filter((item) => last.has(subjectOf(item))).length
        return (
          <>
            <p>
              <b>Population:</b> {counted(answer.population.serviceAccounts, 'ServiceAccount')} in{' '}
              {[...new Set(answer.population.clusters)].map(visible).join(', ')}, as of the snapshot
              of <Time at={answer.snapshot.at} />; use as seen in this window,{' '}
              <a href={pageHref('/coverage')}>coverage {answer.coverage.status}</a>
              {answer.coverage.gaps.length > 0 &&
                `, ${counted(answer.coverage.gaps.length, 'gap')}`}
              .
              {answer.population.missing.length > 0 && (
                <span class="warn-text">
                  {' '}
                  Not complete: {[...new Set(answer.population.missing)].map(visible).join('; ')}.
                </span>
              )}
            </p>
            <div class="review-bar">
              <label class="progress-label">
                Decided {done} of {answer.items.length}
                <progress value={done} max={answer.items.length} />
              </label>
              <a
                class="chip"
                href={hereWith({ only: onlyPending ? null : 'pending' })}
                aria-current={onlyPending ? 'true' : undefined}
              >
                {onlyPending ? 'Showing only what is not decided ×' : 'Only what is not decided'}
              </a>
              {easy.length > 0 && may(me, 'reviewer') && (
                <button
                  type="button"
                  title={easy.map(({ serviceAccount }) => serviceAccount).join(', ')}
                  onClick={() => {
                    const next = new Map(drafts)
                    for (const item of easy)
                      next.set(subjectOf(item), { decision: 'keep', reason: item.because })
                    setDrafts(next)
                  }}
                >
                  Keep the {easy.length} that are unchanged, used and without findings
                </button>
              )}
              <button
                type="button"
                onClick={() =>
                  void download(
                    apiUrl('/reports/pack', query),
                    `podtrail-review-${namespace}.zip`,
                    'application/zip',
                  )
                }
              >
                Export evidence pack
              </button>
            </div>
            {drafts.size > 0 && (
              <section class="sign-bar" aria-label="Sign">
                <span>
                  {counted(drafts.size, 'decision')} not signed yet
                  {isUnready && ': revoke and modify need a reason of ten characters'}
                </span>
                <button
                  type="button"
                  class="primary"
                  disabled={isUnready}
                  onClick={() => void sign()}
                >
                  Sign as {me === null ? 'yourself' : visible(me.name)}
                </button>
                <button type="button" onClick={() => setDrafts(new Map())}>
                  Discard
                </button>
              </section>
            )}
            {problem !== null && <Failed problem={problem} retry={() => void sign()} />}
            <ul class="review">
              {rows.map((item) => (
                <Item
                  key={subjectOf(item)}
                  item={item}
                  signed={last.get(subjectOf(item)) ?? null}
                  draft={drafts.get(subjectOf(item)) ?? null}
                  onDraft={may(me, 'reviewer') ? (draft) => put(subjectOf(item), draft) : null}
                />
              ))}
              {rows.length === 0 && <Empty title="Everything is decided" isTimed={false} />}
            </ul>
            <Panel
              title="Signed so far"
              note="never changed; whoever changes their mind signs again"
            >
              <ol class="history">
                {(signed.answer?.items ?? []).toReversed().map(({ id, at, by, decisions }) => (
                  <li key={id}>
                    <Time at={at} /> <b>{visible(by)}</b> signed{' '}
                    {counted(decisions.length, 'decision')} <span class="dim">{id}</span>
                  </li>
                ))}
                {signed.answer?.items.length === 0 && <li class="dim">Nothing yet.</li>}
              </ol>
            </Panel>
          </>
        )
      }}
    </Answered>
  )
}

const subjectOf = ({ cluster, namespace, serviceAccount }: ReviewItem): string =>
  `${cluster}/${namespace}/${serviceAccount}`

function Item({
  item,
  signed,
  draft,
  onDraft,
}: {
  item: ReviewItem
  signed: {
    readonly decision: string
    readonly reason: string
    readonly by: string
    readonly at: string
  } | null
  draft: Draft | null
  onDraft: ((draft: Draft | null) => void) | null
}): JSX.Element {
  const {
    cluster,
    namespace,
    serviceAccount,
    workloads,
    could,
    did,
    lastSeen,
    otherAccounts,
    findings,
    change,
    before,
    suggestion,
    because,
  } = item
  const unused = could.filter((role) => !did.some((use) => use.role === role))
  return (
    <li class={`review-item ${draft !== null ? 'draft' : ''}`}>
      <header>
        <h3>
          <a
            href={pageHref(
              `/identities/${[cluster, namespace, serviceAccount].map(encodeURIComponent).join('/')}`,
            )}
          >
            <Text>{serviceAccount}</Text>
          </a>{' '}
          <span class="where">{visible(cluster)}</span>{' '}
          <Badge kind={CHANGE_BADGE[change]}>{change}</Badge>{' '}
          {findings.length > 0 && (
            <a href={findingHref(findings[0]!)}>
              <Badge kind="finding">{counted(findings.length, 'finding')}</Badge>
            </a>
          )}{' '}
          {otherAccounts.length > 0 && (
            <Badge kind="ext" title={otherAccounts.join(', ')}>
              {counted(otherAccounts.length, 'other account')}
            </Badge>
          )}
        </h3>
        <span class="dim">
          {workloads.length > 0 && `${workloads.map(visible).join(', ')} · `}last{' '}
          <Time at={lastSeen} seconds={false} />
        </span>
      </header>
      <div class="review-roles">
        <div>
          <b class="outcome did">━ did</b>
          {did.map(({ role, count, lastSeen: at }) => (
            <span key={role} class="line">
              <a href={roleHref(role)}>
                <Text>{shortRole(role)}</Text>
              </a>{' '}
              <span class="dim">
                {accountOf(role)} · {count.toLocaleString('en')}×, last{' '}
                <Time at={at} seconds={false} />
              </span>
            </span>
          ))}
          {did.length === 0 && <span class="dim">nothing in this window</span>}
        </div>
        <div>
          <b class="outcome could">┄ could, unused</b>
          {unused.map((role) => (
            <span key={role} class="line">
              <a href={roleHref(role)}>
                <Text>{shortRole(role)}</Text>
              </a>{' '}
              <span class="dim">{accountOf(role)}</span>
            </span>
          ))}
          {unused.length === 0 && <span class="dim">nothing more</span>}
          {before.length > 0 && (
            <span class="line dim">
              before: {before.map((role) => visible(shortRole(role))).join(', ')}
            </span>
          )}
        </div>
        <div class="review-decision">
          <span class="dim">
            Suggested: <b>{suggestion}</b>, {visible(because)}
          </span>
          {signed !== null && (
            <span>
              ✓ <b>{visible(signed.decision)}</b> by {visible(signed.by)},{' '}
              <Time at={signed.at} seconds={false} />
              {signed.reason !== '' && <span class="dim"> “{visible(signed.reason)}”</span>}
            </span>
          )}
          {onDraft !== null && <Decide subject={subjectOf(item)} draft={draft} onDraft={onDraft} />}
        </div>
      </div>
    </li>
  )
}
