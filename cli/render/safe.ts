export { isHostile, safeJson, visible } from '../../lib/text/visible.ts'

/** Columns a terminal needs for the text: wide East Asian characters and most emoji take two, marks none. */
export function cellsOf(text: string): number {
  let cells = 0
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue
    cells += WIDE.test(character) ? 2 : 1
  }
  return cells
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/v

/** At most `width` columns: the middle is left out, since both ends of an ARN say what it is. */
export function middle(text: string, width: number): string {
  if (cellsOf(text) <= width) return text
  if (width <= 1) return '…'.slice(0, width)
  const characters = [...text]
  const room = width - 1
  let head = ''
  let tail = ''
  // The end of a name tells more than its start.
  for (
    let i = characters.length - 1;
    cellsOf(tail) + cellsOf(characters[i]!) <= Math.ceil(room * 0.6);
    i--
  )
    tail = characters[i]! + tail
  for (let i = 0; cellsOf(head) + cellsOf(characters[i]!) + cellsOf(tail) <= room; i++)
    head += characters[i]!
  return `${head}…${tail}`
}
