import { Document, type Scalar, visit } from 'yaml'
import { isHostile, safeJson } from './safe.ts'

/** YAML 1.2 of the same value. Texts with characters that must not reach a terminal are quoted, and these escaped. */
export function yamlOf(answer: unknown): string {
  const document = new Document(answer, { aliasDuplicateObjects: false })
  visit(document, {
    Scalar(_, node: Scalar) {
      if (typeof node.value === 'string' && isHostile(node.value)) node.type = 'QUOTE_DOUBLE'
    },
  })
  return safeJson(document.toString({ lineWidth: 0 }))
}
