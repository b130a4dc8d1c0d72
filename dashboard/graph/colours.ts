import type { Colours } from './draw.ts'

export type AllColours = Colours & { readonly text: string; readonly node: string }

/** The colours of the style sheet, in the theme that is on. */
export function coloursOf(element: Element): AllColours {
  const style = getComputedStyle(element)
  const of = (name: string) => style.getPropertyValue(name).trim()
  return {
    did: of('--line-did'),
    could: of('--line-could'),
    refused: of('--refused'),
    fresh: of('--fresh'),
    chosen: of('--accent'),
    ground: of('--ground'),
    text: of('--text'),
    node: of('--surface'),
  }
}
