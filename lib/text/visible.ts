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
