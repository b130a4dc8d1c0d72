import type { JSX } from 'preact'
import type { TouchList } from '../../lib/graph/answer-touched.ts'
import type { TouchItem } from '../../lib/graph/edges.ts'
import { apiUrl } from '../api/client.ts'
import { useAll } from '../api/use-all.ts'
import { go, pageHref, useHere } from '../app/location.ts'
import { useScope } from '../app/scope.ts'
import { Answered } from '../parts/asked.tsx'
import { Copy } from '../parts/copy.tsx'
import { touchColumns, touchKey } from '../parts/edge-columns.tsx'
import { evidenceOfTouches } from '../parts/evidence.ts'
import { Mono, Text } from '../parts/names.tsx'
import { PageHead, Panel } from '../parts/panel.tsx'
import { Empty } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { counted, visible } from '../parts/text.ts'

/** Who touched this, and who was refused? */
export function ResourcePage(): JSX.Element {
  const arn = useHere().params.get('arn') ?? ''
  const { window } = useScope()
  const query = { resource: arn, failed: true, ...window }
  const asked = useAll<TouchList>(arn === '' ? null : '/activity', query)
  return (
    <>
      <PageHead
        kind="Resource"
        title={
          arn === '' ? 'Who touched what?' : <Text>{arn.replace(/^arn:[\w-]+:s3:::/, '')}</Text>
        }
        detail={arn === '' ? undefined : <Mono>{arn}</Mono>}
        actions={
          asked.answer !== null && (
            <Copy
              text={() => evidenceOfTouches(arn, asked.answer!, location.href)}
              label="Copy evidence"
            />
          )
        }
      />
      <form
        class="ask"
        onSubmit={(event) => {
          event.preventDefault()
          const typed = String(new FormData(event.currentTarget).get('arn') ?? '').trim()
          if (typed !== '') go(pageHref('/resources', { arn: typed }))
        }}
      >
        <input
          name="arn"
          key={arn}
          defaultValue={arn}
          aria-label="ARN of a resource, or name of a bucket"
          placeholder="arn:aws:s3:::bucket, a table, queue, key, secret … or a bucket’s name"
          autocomplete="off"
        />
        <button type="submit" class="primary">
          Who touched it?
        </button>
      </form>
      {arn === '' ? (
        <Empty title="Name a resource" isTimed={false}>
          Its ARN, or the name of a bucket. Set the time range above to the hour in question.
        </Empty>
      ) : (
        <Answered to={asked} what="Looking who touched it">
          {(answer) => <Touches answer={answer} exportUrl={apiUrl('/activity', query)} />}
        </Answered>
      )}
    </>
  )
}

const SECTIONS = [
  ['did', 'Did', 'an event says that it happened'],
  ['refused', 'Was refused', 'tried and denied'],
  ['failed', 'Failed', 'neither happened nor was denied'],
] as const

function Touches({ answer, exportUrl }: { answer: TouchList; exportUrl: string }): JSX.Element {
  const by = (outcome: TouchItem['outcome']) =>
    answer.items.filter((item) => item.outcome === outcome)
  return (
    <>
      {answer.notes.map((note) => (
        <p class="notice" key={note}>
          <span aria-hidden="true">ℹ</span> {visible(note)}
        </p>
      ))}
      {SECTIONS.filter(([outcome]) => outcome !== 'failed' || by('failed').length > 0).map(
        ([outcome, title, why]) => {
          const rows = by(outcome)
          const calls = rows.reduce((sum, { count }) => sum + count, 0)
          const whom = new Set(rows.map(({ principal }) => principal.id)).size
          return (
            <Panel
              key={outcome}
              title={title}
              kind={`outcome-panel ${outcome}`}
              note={`${why} · ${counted(whom, 'principal')}, ${counted(calls, 'call')}`}
            >
              <Table
                name={outcome === 'did' ? '' : outcome}
                caption={title}
                rows={rows}
                columns={touchColumns('who')}
                rowKey={touchKey}
                exportUrl={exportUrl}
                isSmall={outcome !== 'did'}
                empty={
                  outcome === 'did' ? (
                    <Empty title="Nobody was seen touching it in this time" />
                  ) : (
                    <p class="dim">Nobody was refused in this time.</p>
                  )
                }
              />
            </Panel>
          )
        },
      )}
      <p class="dim small">
        Who <em>could</em> have touched it stands in policies, which podtrail does not evaluate for
        resources: only what happened and what was refused is here.
      </p>
    </>
  )
}
