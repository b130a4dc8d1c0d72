import type { JSX } from 'preact'

/** Own line drawings on a grid of 16: fonts differ in which symbols they have. */
const PATHS = {
  cluster: 'M8 1.5 14 5v6l-6 3.5L2 11V5zM8 8v6M8 8 2.5 5M8 8l5.5-3',
  namespace: 'M2.5 4h4l1.5 2h5.5v7h-11z',
  workload:
    'M8 5.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13z',
  principal: 'M8 2a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM2.5 14c.5-3 2.5-4.5 5.5-4.5s5 1.5 5.5 4.5',
  role: 'M8 1.5 13.5 4v4c0 3-2.5 5.5-5.5 6.5C5 13.5 2.5 11 2.5 8V4z',
  account: 'M2.5 13.5h11M4 13.5V5l4-2.5L12 5v8.5M6.5 7.5h3M6.5 10.5h3',
  group: 'M2.5 2.5h7v7h-7zM6.5 6.5h7v7h-7z',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.5 10.5 14 14',
  fit: 'M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10',
  sun: 'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1.5v1.5M8 13v1.5M1.5 8H3M13 8h1.5M3.5 3.5l1 1M11.5 11.5l1 1M12.5 3.5l-1 1M4.5 11.5l-1 1',
  moon: 'M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5z',
  left: 'M10 3 5 8l5 5',
  right: 'M6 3l5 5-5 5',
  filter: 'M2.5 3.5h11L9.5 8.5v4l-3 1.5V8.5z',
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  )
}
