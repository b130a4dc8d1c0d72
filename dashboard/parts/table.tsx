import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { csvOf } from '../../lib/text/csv.ts'
import { download, save } from '../api/client.ts'
import { onKeys } from '../app/keyboard.ts'
import { go, hereWith, useHere } from '../app/location.ts'
import { Icon } from './icon.tsx'
import { Menu } from './menu.tsx'
import { type Column, parseFilter, viewed } from './rows.ts'
import { counted, visible } from './text.ts'
import { useSlice } from './virtual.ts'

interface TableProps<Row> {
  /** Tells tables of one page apart in the address; '' for the page's main one. */
  readonly name?: string
  readonly caption: string
  readonly rows: readonly Row[]
  readonly columns: readonly Column<Row>[]
  readonly rowKey: (row: Row) => string
  /** Where a row leads. */
  readonly href?: (row: Row) => string | null
  readonly rowClass?: (row: Row) => string
  readonly isCurrent?: (row: Row) => boolean
  /** All rows there are, also those that were not loaded. */
  readonly total?: number
  readonly more?: (() => void) | null
  /** Address of the API's own export, for when not everything is loaded. */
  readonly exportUrl?: string
  readonly empty: ComponentChildren
  /** Without a search box and export: a few rows beside others. */
  readonly isSmall?: boolean
  readonly extra?: ComponentChildren
}

/** Rows that can be sorted, narrowed down by clicking a value, walked with j and k, and taken along. All of it is in the address. */
export function Table<Row>(props: TableProps<Row>): JSX.Element {
  const {
    name = '',
    caption,
    rows,
    columns,
    rowKey,
    href,
    isSmall = false,
    total = rows.length,
  } = props
  const { params } = useHere()
  const names = { sort: `${name}sort`, text: `${name}filter`, filters: `${name}f` }
  const view = {
    sort: params.get(names.sort),
    text: params.get(names.text) ?? '',
    filters: params.getAll(names.filters),
  }
  const key = JSON.stringify(view)
  // The view is a new object each time; its text is not.
  const shown = useMemo(() => viewed(rows, columns, view), [rows, columns, key])
  const body = useRef<HTMLTableSectionElement>(null)
  const { start, end, before, after } = useSlice(body, shown.length)
  useRowKeys(body, name === '')

  const set = (changes: Parameters<typeof hereWith>[0], replace = true): void =>
    go(hereWith(changes), { replace })
  const toggleSort = (id: string): void =>
    set({ [names.sort]: view.sort === id ? `-${id}` : view.sort === `-${id}` ? null : id })
  const addFilter = (filter: string): void =>
    set({ [names.filters]: [...new Set([...view.filters, filter])] }, false)

  const table = (
    <div class="table-scroll">
      <table class={href === undefined ? '' : 'opens'}>
        <caption class="sr">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.id}
                scope="col"
                class={column.isNumber ? 'number' : ''}
                aria-sort={
                  view.sort === column.id
                    ? 'ascending'
                    : view.sort === `-${column.id}`
                      ? 'descending'
                      : 'none'
                }
              >
                <button type="button" onClick={() => toggleSort(column.id)}>
                  {column.title}
                  <span aria-hidden="true" class="sort">
                    {view.sort === column.id ? '▴' : view.sort === `-${column.id}` ? '▾' : ''}
                  </span>
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {before > 0 && <tr class="spacer" style={{ height: `${before}px` }} />}
          {shown.slice(start, end).map((row, index) => (
            <tr
              key={rowKey(row)}
              tabIndex={start + index === 0 ? 0 : -1}
              data-row={start + index}
              class={props.rowClass?.(row)}
              aria-current={props.isCurrent?.(row) ? 'true' : undefined}
              onClick={(event) => openRow(event, href?.(row) ?? null)}
              onKeyDown={(event) => {
                if (event.key !== 'Enter' || event.target !== event.currentTarget) return
                const to =
                  href?.(row) ??
                  event.currentTarget.querySelector('a')?.getAttribute('href') ??
                  null
                if (to !== null) go(to)
              }}
            >
              {columns.map((column) => (
                <td key={column.id} data-title={column.title} class={cellClass(column, row)}>
                  {column.cell === undefined ? valueText(column.value(row)) : column.cell(row)}
                  {column.isFacet && (
                    <button
                      type="button"
                      class="facet"
                      title={`Only ${column.title.toLowerCase()} ${visible(String(column.value(row) ?? ''))}; with Shift, without it`}
                      aria-label={`Only rows with this ${column.title.toLowerCase()}`}
                      tabIndex={-1}
                      onClick={(event) => {
                        event.stopPropagation()
                        addFilter(
                          `${event.shiftKey ? '-' : ''}${column.id}:${column.value(row) ?? ''}`,
                        )
                      }}
                    >
                      <Icon name="filter" />
                    </button>
                  )}
                </td>
              ))}
            </tr>
          ))}
          {after > 0 && <tr class="spacer" style={{ height: `${after}px` }} />}
        </tbody>
      </table>
    </div>
  )

  return (
    <div class={`table ${isSmall ? 'small-table' : ''}`}>
      {!isSmall && (
        <div class="table-bar">
          <input
            type="search"
            aria-label={`Filter ${caption}`}
            placeholder="Filter these rows"
            value={view.text}
            onInput={(event) => set({ [names.text]: event.currentTarget.value })}
          />
          {props.extra}
          <span class="dim" role="status">
            {shown.length === rows.length && rows.length >= total
              ? counted(total, 'row')
              : `${shown.length.toLocaleString('en')} of ${counted(total, 'row')}`}
          </span>
          <Menu label="Export" title="The rows of the current filter" kind="right">
            <div class="menu-list">
              {(['csv', 'ndjson'] as const).map((format) => (
                <button
                  key={format}
                  type="button"
                  data-close
                  onClick={() => exportRows(props, shown, format)}
                >
                  {format === 'csv' ? 'CSV' : 'JSON Lines'},{' '}
                  {rows.length < total && props.exportUrl !== undefined
                    ? 'all rows'
                    : counted(shown.length, 'row')}
                </button>
              ))}
            </div>
          </Menu>
        </div>
      )}
      {view.filters.length > 0 && (
        <p class="chips">
          {view.filters.map((text) => {
            const filter = parseFilter(text)
            const column = columns.find(({ id }) => id === filter?.column)
            if (filter === null || column === undefined) return null
            return (
              <a
                key={text}
                class="chip"
                href={hereWith({ [names.filters]: view.filters.filter((one) => one !== text) })}
              >
                {column.title} {filter.isOut ? 'is not' : 'is'}{' '}
                <b>{visible(filter.value) || 'empty'}</b> <span aria-hidden="true">×</span>
                <span class="sr">take away</span>
              </a>
            )
          })}
        </p>
      )}
      {shown.length === 0 ? (
        rows.length === 0 ? (
          props.empty
        ) : (
          <div class="state empty">
            <p class="title">No row fits the filter</p>
            <p class="actions">
              <a class="button" href={hereWith({ [names.text]: null, [names.filters]: null })}>
                Take the filter away
              </a>
            </p>
          </div>
        )
      ) : (
        table
      )}
      {props.more != null && (
        <p class="actions">
          <button type="button" onClick={props.more}>
            Load more
          </button>
        </p>
      )}
    </div>
  )
}

/** Longer than this, a value is broken rather than the table made wider. */
const SHORT = 24

function cellClass<Row>({ isNumber, isFacet, value }: Column<Row>, row: Row): string {
  if (isNumber === true) return 'number'
  return isFacet === true && String(value(row) ?? '').length <= SHORT ? 'facet-cell' : ''
}

function valueText(value: string | number | null): ComponentChildren {
  if (value === null) return <span class="dim">–</span>
  if (typeof value === 'number') return value.toLocaleString('en')
  return (
    <bdi class={value.split(/\s/).some((word) => word.length > SHORT) ? 'wrap' : ''}>
      {visible(value)}
    </bdi>
  )
}

function openRow(event: MouseEvent, href: string | null): void {
  if (href === null || !(event.target instanceof Element)) return
  if (event.target.closest('a, button, input, summary, label') !== null) return
  if (getSelection()?.isCollapsed === false) return
  go(href)
}

function exportRows<Row>(
  { caption, columns, rows, total, exportUrl }: TableProps<Row>,
  shown: readonly Row[],
  format: 'csv' | 'ndjson',
): void {
  const name = `podtrail-${caption.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.${format}`
  const type = format === 'csv' ? 'text/csv' : 'application/x-ndjson'
  if (exportUrl !== undefined && total !== undefined && rows.length < total) {
    void download(exportUrl, name, type)
    return
  }
  const text =
    format === 'csv'
      ? csvOf(
          shown,
          columns.map(({ title, value }) => [title, value] as const),
        )
      : shown.map((row) => `${JSON.stringify(row)}\n`).join('')
  save(new Blob([text], { type }), name)
}

/** j and k walk through the rows; the focus is the mark, so that Enter opens and a screen reader reads. */
function useRowKeys(body: { current: HTMLTableSectionElement | null }, isMain: boolean): void {
  useEffect(() => {
    if (!isMain) return
    const step = (by: number): void => {
      const rows = [...(body.current?.querySelectorAll<HTMLElement>('tr[data-row]') ?? [])]
      const now = rows.findIndex((row) => row.contains(document.activeElement))
      const next = now < 0 ? rows[0] : rows[Math.max(0, Math.min(rows.length - 1, now + by))]
      next?.focus()
      next?.scrollIntoView({ block: 'nearest' })
    }
    return onKeys({ j: () => step(1), k: () => step(-1) })
  }, [body, isMain])
}
