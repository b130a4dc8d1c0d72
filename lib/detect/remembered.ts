const REMEMBERED_MAX = 50_000

/** The same function, which remembers what it said: the same few texts come again and again. */
export function remembered<Value>(compute: (text: string) => Value): (text: string) => Value {
  const known = new Map<string, Value>()
  return (text) => {
    let value = known.get(text)
    if (value === undefined) {
      value = compute(text)
      if (known.size < REMEMBERED_MAX) known.set(text, value)
    }
    return value
  }
}
