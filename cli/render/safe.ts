/**
 * Characters that could make a terminal or a reader see something else than what is there: control characters (ANSI escapes among
 * them), direction marks and overrides, invisible ones, unassigned ones, odd blanks, line separators, and halves of characters.
 * https://trojansource.codes, https://www.unicode.org/reports/tr36/
 */
const HOSTILE = /[\p{C}\p{Zl}\p{Zp}[\p{Zs}--[ ]]\p{Variation_Selector}\u115f\u1160\u3164\uffa0]/gv

/** The text with all such characters spelled out, on one line. */
export function visible(text: string): string {
  return text.replace(HOSTILE, (character) => {
    const code = character.codePointAt(0)!
    if (character === '\n') return '\\n'
    if (character === '\t') return '\\t'
    if (character === '\r') return '\\r'
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u{${code.toString(16).padStart(4, '0')}}`
  })
}

/** JSON text of the same meaning in which such characters are escaped. Line feeds and blanks that lay it out stay. */
export function safeJson(json: string): string {
  return json.replace(HOSTILE, (character) =>
    character === '\n'
      ? character
      : character
          .split('')
          .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
          .join(''),
  )
}

/** Whether the text has any such character. */
export function isHostile(text: string): boolean {
  return text.search(HOSTILE) >= 0
}

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
