import type { Camera } from './draw.ts'
import type { Layout } from './layout.ts'

const ZOOM = { min: 0.1, max: 2 } as const
const PADDING = { x: 24, top: 44, bottom: 24 } as const

interface Size {
  readonly width: number
  readonly height: number
}

/** Below this, texts are too small to be read. */
const READABLE = 0.8

/** All of it, if it can then still be read or `isWhole`; else all columns, as far as they can be read, around a point. */
export function fitted(
  layout: Layout,
  size: Size,
  isWhole: boolean,
  { x: atX, y: atY }: { readonly x: number; readonly y: number } = { x: 0, y: layout.height / 2 },
): Camera {
  const room = { x: size.width - 2 * PADDING.x, y: size.height - PADDING.top - PADDING.bottom }
  const wide = Math.min(1, room.x / Math.max(1, layout.width))
  const all = Math.min(wide, room.y / Math.max(1, layout.height))
  const least = isWhole ? ZOOM.min : 0.5
  const shown = Math.max(least, isWhole || all >= READABLE ? all : wide)
  const spareX = room.x - layout.width * shown
  const spareY = room.y - layout.height * shown
  // What does not fit is moved until the point is in the middle, or as near to it as the edges allow.
  const moved = (spare: number, space: number, at: number): number =>
    Math.min(0, Math.max(spare, space / 2 - at * shown))
  return {
    zoom: shown,
    x: PADDING.x + (spareX >= 0 ? spareX / 2 : moved(spareX, room.x, atX)),
    y: PADDING.top + (spareY >= 0 ? Math.min(spareY / 3, 120) : moved(spareY, room.y, atY)),
  }
}

/** Zoomed so that what is under the point stays there. */
export function zoomed(
  { x, y, zoom }: Camera,
  factor: number,
  at: { x: number; y: number },
): Camera {
  const next = Math.min(ZOOM.max, Math.max(ZOOM.min, zoom * factor))
  const grown = next / zoom
  return { zoom: next, x: at.x - (at.x - x) * grown, y: at.y - (at.y - y) * grown }
}

/** Moved as little as brings a box into view. */
export function brought(
  camera: Camera,
  box: { x: number; y: number; width: number; height: number },
  size: Size,
): Camera {
  const { zoom } = camera
  const margin = 40
  const left = box.x * zoom + camera.x
  const top = box.y * zoom + camera.y
  const dx =
    Math.max(0, margin - left) || Math.min(0, size.width - margin - (left + box.width * zoom))
  const dy =
    Math.max(0, margin + 20 - top) || Math.min(0, size.height - margin - (top + box.height * zoom))
  return { zoom, x: camera.x + dx, y: camera.y + dy }
}
