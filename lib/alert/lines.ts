/** E-mail and terminals are read at this width. */
export const WIDTH = 80

/** Lines of at most `width` characters, broken at blanks; a word that is longer stands alone. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const next = line === '' ? word : `${line} ${word}`
    if (next.length > width && line !== '') {
      lines.push(line)
      line = word
    } else line = next
  }
  return [...lines, line]
}

/** A label, and beside it a text of as many lines as it needs. */
export function labelled(label: string, text: string, indent = 10): string[] {
  return wrap(text, WIDTH - indent).map(
    (line, index) => (index === 0 ? label : '').padEnd(indent) + line,
  )
}
