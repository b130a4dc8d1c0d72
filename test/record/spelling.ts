/** One of the many ways to write a value as JSON. Keys may stand in any order, any character may be escaped. */

/** A number as it is to be written. */
export class Literal {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** Numbers from 0 to 1, the same for the same seed. */
export type Chance = () => number

export function chance(seed: number): Chance {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

export interface Style {
  /** How likely a place for white space has some, a character is escaped, two keys change places. */
  readonly space: number
  readonly escape: number
  readonly shuffle: number
}

export function spell(value: unknown, random: Chance, style: Style): string {
  const space = (): string => {
    if (random() >= style.space) return ''
    return [' ', '\n', '\t', '\r\n', '  ', '\n      '][Math.floor(random() * 6)]!
  }
  const text = (content: string): string => {
    let out = ''
    for (const char of content) {
      const code = char.charCodeAt(0)
      const lone = char.length === 1 && code >= 0xd800 && code <= 0xdfff
      if (lone || random() < style.escape) out += escaped(char)
      else out += JSON.stringify(char).slice(1, -1)
    }
    return `"${out}"`
  }
  const escaped = (char: string): string => {
    if (char === '/' && random() < 0.5) return '\\/'
    return char
      .split('')
      .map((unit) => {
        const hex = unit.charCodeAt(0).toString(16).padStart(4, '0')
        return `\\u${random() < 0.5 ? hex : hex.toUpperCase()}`
      })
      .join('')
  }
  const any = (item: unknown): string => {
    if (item instanceof Literal) return item.text
    if (typeof item === 'string') return text(item)
    if (Array.isArray(item))
      return `[${space()}${item.map((e) => any(e) + space()).join(`,${space()}`)}]`
    if (typeof item === 'object' && item !== null) {
      const keys = Object.keys(item)
      for (let i = keys.length - 1; i > 0; i--)
        if (random() < style.shuffle) {
          const j = Math.floor(random() * (i + 1))
          ;[keys[i], keys[j]] = [keys[j]!, keys[i]!]
        }
      const fields = keys.map((key) => {
        const field = (item as Record<string, unknown>)[key]
        return `${text(key)}${space()}:${space()}${any(field)}${space()}`
      })
      return `{${space()}${fields.join(`,${space()}`)}}`
    }
    return JSON.stringify(item)
  }
  return any(value)
}
