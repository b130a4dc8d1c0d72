import type { Template } from '../../scripts/packaging/template.ts'
import { rendered } from '../template/rendered.ts'
import type { Seen } from './recorder.ts'

/*
 * Roles as IAM would read them, for requests to the table: which operations, and on which partition keys.
 */

interface Statement {
  readonly Action: string | readonly string[]
  readonly Condition?: {
    readonly 'ForAllValues:StringLike'?: { readonly 'dynamodb:LeadingKeys': readonly string[] }
  }
}

let template: Template | undefined

export interface Grant {
  /** What of a request the role does not allow, in a line each. */
  readonly refuses: (seen: Seen) => string[]
}

/** What the template grants a function, of the table. */
export function grantOf(name: string): Grant {
  template ??= rendered({ trailBucket: 'acme-cloudtrail', alertEmail: 'security@example.org' })
  const role = template.Resources[`${name}Role`]!.Properties as {
    Policies: { PolicyDocument: { Statement: (Statement | object)[] } }[]
  }
  const statements = role.Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement).filter(
    (one): one is Statement => 'Action' in one,
  )
  return {
    refuses: (seen) =>
      keysOf(seen)
        .filter(
          ([operation, key]) =>
            !statements.some(
              (statement) =>
                [statement.Action].flat().includes(`dynamodb:${operation}`) &&
                allows(statement, key),
            ),
        )
        .map(([operation, key]) => `${operation} ${key}`),
  }
}

function allows({ Condition }: Statement, key: string): boolean {
  const patterns = Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys']
  if (patterns === undefined) return true
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? key.startsWith(pattern.slice(0, -1)) : key === pattern,
  )
}

interface Body {
  readonly Item?: Keyed
  readonly Key?: Keyed
  readonly ExpressionAttributeValues?: { readonly ':pk'?: { readonly S: string } }
  readonly RequestItems?: Record<
    string,
    | { readonly Keys: readonly Keyed[] }
    | readonly { readonly PutRequest?: { Item: Keyed }; readonly DeleteRequest?: { Key: Keyed } }[]
  >
  readonly TransactItems?: readonly Record<string, { Item?: Keyed; Key?: Keyed }>[]
}

interface Keyed {
  readonly pk: { readonly S: string }
}

/** Partition keys that a request names, and what it does there: a transaction needs the right to each of its parts. */
function keysOf({ operation, body }: Seen): [operation: string, key: string][] {
  const asked = JSON.parse(body) as Body
  if (operation === 'Query') return [[operation, asked.ExpressionAttributeValues![':pk']!.S]]
  const batches = Object.values(asked.RequestItems ?? {}).flatMap((batch): (Keyed | undefined)[] =>
    'Keys' in batch
      ? [...batch.Keys]
      : batch.map(({ PutRequest, DeleteRequest }) => PutRequest?.Item ?? DeleteRequest?.Key),
  )
  const parts = (asked.TransactItems ?? []).flatMap((part) =>
    Object.entries(part).map(([kind, { Item, Key }]): [string, string] => [
      kind === 'ConditionCheck' ? 'ConditionCheckItem' : `${kind}Item`,
      (Item ?? Key)!.pk.S,
    ]),
  )
  const single = [asked.Item, asked.Key, ...batches].flatMap((one): [string, string][] =>
    one === undefined ? [] : [[operation, one.pk.S]],
  )
  return [...single, ...parts]
}
