import { type Glob, glob, matches, STAR } from './glob.ts'
import type { OperatorName, Truth } from './model.ts'
import { truth } from './truth.ts'
import type { Expansion, Piece } from './variables.ts'

/** String operators, without their negation: the value of the policy against one value of the request. */
export function matchString(name: OperatorName, value: Expansion, actual: string): Truth {
  if (value.resolved === 'false') return 'false'
  if (name === 'StringEqualsIgnoreCase' || name === 'StringNotEqualsIgnoreCase') {
    const lower = compare(value.pieces, actual, false, (text) => text.toLowerCase())
    // Some letters have one capital and two small forms, and IAM does not say which way it folds them.
    const upper = compare(value.pieces, actual, false, (text) => text.toUpperCase())
    return lower === upper ? lower : 'unknown'
  }
  const wildcards = name === 'StringLike' || name === 'StringNotLike'
  return compare(value.pieces, actual, wildcards, (text) => text)
}

/**
 * ARN operators, without their negation. "Each of the six colon-delimited components of the ARN is checked separately and each can include
 * wildcards"; ArnEquals and ArnLike are the same: IAM reference_policies_elements_condition_operators.
 */
export function matchArn(value: Expansion, actual: string): Truth {
  if (value.resolved === 'false') return 'false'
  if (value.pieces.some((piece) => piece.kind === 'unknown' || hidesStructure(piece))) {
    return matches(
      cover(value.pieces, true, (text) => text),
      actual,
    )
      ? 'unknown'
      : 'false'
  }
  const expected = components(assemble(value.pieces, true, false, (text) => text))
  // Whether IAM takes a pattern such as `*` for an ARN pattern is not written anywhere.
  if (expected === null) return 'unknown'
  const parts = actual.split(':')
  if (parts.length < 6) return 'false'
  return truth(
    expected.every((pattern, index) =>
      matches(pattern, index < 5 ? parts[index]! : parts.slice(5).join(':')),
    ),
  )
}

/** A value from the request that could move the borders of the components, or be read as a wildcard. */
function hidesStructure(piece: Piece): boolean {
  return piece.kind === 'requested' && /[:*?]/.test(piece.text)
}

/** Six parts, the last one with all further colons; null where there are fewer. */
function components(codes: Glob): Glob[] | null {
  const parts: number[][] = [[]]
  for (const code of codes) {
    if (code === 58 && parts.length < 6) parts.push([])
    else parts.at(-1)!.push(code)
  }
  return parts.length === 6 ? parts : null
}

function compare(
  pieces: readonly Piece[],
  actual: string,
  wildcards: boolean,
  fold: (text: string) => string,
): Truth {
  const text = fold(actual)
  if (pieces.some((piece) => piece.kind === 'unknown')) {
    return matches(cover(pieces, wildcards, fold), text) ? 'unknown' : 'false'
  }
  const literally = matches(assemble(pieces, wildcards, false, fold), text)
  if (!wildcards) return truth(literally)
  // Whether a wildcard that comes with a value of the request counts as one is not written anywhere.
  const loosely = matches(assemble(pieces, wildcards, true, fold), text)
  return literally === loosely ? truth(literally) : 'unknown'
}

function assemble(
  pieces: readonly Piece[],
  wildcards: boolean,
  requestedWildcards: boolean,
  fold: (text: string) => string,
): Glob {
  return pieces.flatMap((piece) =>
    piece.kind === 'unknown'
      ? [STAR]
      : glob(
          fold(piece.text),
          piece.kind === 'written' ? wildcards : piece.kind === 'requested' && requestedWildcards,
        ),
  )
}

/** A pattern that matches at least whatever the value could match. */
function cover(pieces: readonly Piece[], wildcards: boolean, fold: (text: string) => string): Glob {
  return pieces.flatMap((piece) =>
    piece.kind === 'unknown' || (wildcards && piece.kind === 'requested' && /[*?]/.test(piece.text))
      ? [STAR]
      : glob(fold(piece.text), wildcards && piece.kind === 'written'),
  )
}
