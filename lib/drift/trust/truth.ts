import type { Truth } from './model.ts'

/** Kleene's logic: one false makes a conjunction false, whatever else is unknown. */
export function all(results: Iterable<Truth>): Truth {
  let answer: Truth = 'true'
  for (const result of results) {
    if (result === 'false') return 'false'
    if (result === 'unknown') answer = 'unknown'
  }
  return answer
}

/** One true makes a disjunction true, whatever else is unknown. */
export function any(results: Iterable<Truth>): Truth {
  let answer: Truth = 'false'
  for (const result of results) {
    if (result === 'true') return 'true'
    if (result === 'unknown') answer = 'unknown'
  }
  return answer
}

export function not(result: Truth): Truth {
  return result === 'true' ? 'false' : result === 'false' ? 'true' : 'unknown'
}

export function truth(answer: boolean): Truth {
  return answer ? 'true' : 'false'
}
