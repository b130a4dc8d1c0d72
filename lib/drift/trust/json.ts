/**
 * The path of the first key that stands twice in one object of a JSON text, or null.
 * JSON.parse keeps the last one without a word, and a trust policy must not be read other than IAM reads it.
 * The text must be valid JSON.
 */
export function duplicateKey(text: string): string | null {
  const objects: (Set<string> | null)[] = []
  let expectsKey = false
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (char === '"') {
      const start = at
      at++
      while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
      if (!expectsKey) continue
      const key = JSON.parse(text.slice(start, at + 1)) as string
      const keys = objects.at(-1)!
      if (keys.has(key)) return key
      keys.add(key)
      expectsKey = false
    } else if (char === '{') {
      objects.push(new Set())
      expectsKey = true
    } else if (char === '[') {
      objects.push(null)
      expectsKey = false
    } else if (char === '}' || char === ']') {
      objects.pop()
      expectsKey = false
    } else if (char === ',') {
      expectsKey = objects.at(-1) !== null
    }
  }
  return null
}
