import { useEffect, useState } from 'preact/hooks'

/** More rows than this are drawn only where the window shows them. */
const DRAWN_MAX = 200
const AROUND = 30

export interface Slice {
  readonly start: number
  readonly end: number
  /** Height of what is left out, in pixels. */
  readonly before: number
  readonly after: number
}

/** Which of `count` rows of about one height are near the window. */
export function sliceOf(count: number, rowHeight: number, top: number, height: number): Slice {
  if (count <= DRAWN_MAX) return { start: 0, end: count, before: 0, after: 0 }
  const start = Math.min(
    Math.max(0, count - AROUND),
    Math.max(0, Math.floor(-top / rowHeight) - AROUND),
  )
  const end = Math.min(count, Math.max(start, Math.ceil((height - top) / rowHeight)) + AROUND)
  return { start, end, before: start * rowHeight, after: (count - end) * rowHeight }
}

export function useSlice(body: { current: HTMLElement | null }, count: number): Slice {
  const [slice, setSlice] = useState<Slice>(() => sliceOf(count, 40, 0, 2000))
  useEffect(() => {
    if (count <= DRAWN_MAX) return
    const look = (): void => {
      const own = body.current
      if (own === null) return
      const rows = own.querySelectorAll<HTMLElement>('tr[data-row]')
      const drawn = [...rows].reduce((sum, row) => sum + row.offsetHeight, 0)
      const rowHeight = rows.length === 0 ? 40 : Math.max(20, drawn / rows.length)
      setSlice((before) => {
        const now = sliceOf(count, rowHeight, own.getBoundingClientRect().top, innerHeight)
        return now.start === before.start && now.end === before.end ? before : now
      })
    }
    look()
    addEventListener('scroll', look, { passive: true })
    addEventListener('resize', look)
    return () => {
      removeEventListener('scroll', look)
      removeEventListener('resize', look)
    }
  }, [body, count])
  return count <= DRAWN_MAX
    ? sliceOf(count, 40, 0, 0)
    : slice.end > count
      ? sliceOf(count, 40, 0, 2000)
      : slice
}
