/** Keys by name: `/`, `mod+k`, or `g f` for one after the other. */
export type Keys = Readonly<Record<string, () => void>>

const SEQUENCE_MS = 1200
const OFF = 'podtrail-keys-off'
let before: { key: string; at: number } | null = null

/** Keys of a single character can be turned off: people who dictate would press them by speaking (WCAG 2.1.4). */
export function areKeysOff(): boolean {
  return localStorage.getItem(OFF) !== null
}

export function turnKeys(on: boolean): void {
  if (on) localStorage.removeItem(OFF)
  else localStorage.setItem(OFF, 'off')
}

/** Listens until the function that it returns is called. Nothing is done while somebody types. */
export function onKeys(keys: Keys): () => void {
  const listen = (event: KeyboardEvent): void => {
    if (event.defaultPrevented) return
    if (event.ctrlKey || event.metaKey) {
      run(keys[`mod+${event.key.toLowerCase()}`], event)
      return
    }
    if (event.altKey || areKeysOff() || isTyping(event.target)) return
    if (document.querySelector('dialog[open]') !== null) return
    const isNext = before !== null && event.timeStamp - before.at < SEQUENCE_MS
    const sequence = isNext ? keys[`${before!.key} ${event.key}`] : undefined
    if (sequence !== undefined) {
      before = null
      run(sequence, event)
      return
    }
    if (isNext && before!.key === 'g') return
    run(keys[event.key], event)
  }
  const note = (event: KeyboardEvent): void => {
    if (!isTyping(event.target)) before = { key: event.key, at: event.timeStamp }
  }
  document.addEventListener('keydown', listen)
  addEventListener('keydown', note)
  return () => {
    document.removeEventListener('keydown', listen)
    removeEventListener('keydown', note)
  }
}

function run(action: (() => void) | undefined, event: KeyboardEvent): void {
  if (action === undefined) return
  event.preventDefault()
  action()
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLInputElement ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  )
}
