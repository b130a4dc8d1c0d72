import { useEffect, useRef, useState } from 'preact/hooks'

/** The width that a chart has: text in it keeps its size. */
export function useWidth<E extends HTMLElement>(): readonly [{ current: E | null }, number] {
  const ref = useRef<E>(null)
  const [width, setWidth] = useState(640)
  useEffect(() => {
    const own = ref.current
    if (own === null) return
    const observer = new ResizeObserver(([entry]) =>
      setWidth(Math.max(120, Math.floor(entry!.contentRect.width))),
    )
    observer.observe(own)
    return () => observer.disconnect()
  }, [])
  return [ref, width]
}
