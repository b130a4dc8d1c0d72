import type { SignOffs } from '../ports.ts'
import type { SignOff } from '../review/sign-off.ts'
import { packed, unpacked } from './codec.ts'
import { signOffPk } from './keys.ts'
import type { Table } from './table.ts'

/** What reviewers signed, by namespace and time. */
export class DynamoSignOffs implements SignOffs {
  readonly #table: Table

  constructor(table: Table) {
    this.#table = table
  }

  async addSignOff(signOff: SignOff): Promise<void> {
    const { id, namespace, at } = signOff
    const key = { pk: signOffPk(namespace), sk: `${at}#${id}` }
    await this.#table.putIf(
      { ...key, value: packed(signOff) },
      { text: 'attribute_not_exists(pk)' },
    )
  }

  async signOffs(namespace: string): Promise<SignOff[]> {
    const items = await this.#table.query(signOffPk(namespace))
    return items.map(({ value }) => unpacked<SignOff>(value))
  }
}
