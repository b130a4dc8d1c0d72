import { changesDeclared } from '../drift/declaring-events.ts'
import type { Ledger } from '../ports.ts'

/** Hours after which a change that becomes known is old news: the schedule has read what is declared since. */
const NEWS = 24
const HOUR = 3_600

/**
 * A ledger that tells when files bring the news that something declared has changed. That telling fails keeps nothing from being
 * kept: then the schedule comes to it.
 */
export function watching(
  ledger: Ledger,
  tell: () => Promise<void>,
  failed: (error: unknown) => void,
): Ledger {
  return {
    refuse: (file) => ledger.refuse(file),
    commit: async (files) => {
      const committed = await ledger.commit(files)
      const since = Math.floor(Date.now() / 1000 / HOUR) - NEWS
      const isNews = files.some(
        (file, index) => committed[index]!.accepted > 0 && changesDeclared(file, since),
      )
      if (isNews) await tell().catch(failed)
      return committed
    },
  }
}
