/** An answer that is a file rather than JSON. */
export class File {
  readonly type: string
  readonly name: string
  readonly bytes: Uint8Array<ArrayBuffer>
  constructor(type: string, name: string, bytes: Uint8Array<ArrayBuffer>) {
    this.type = type
    this.name = name
    this.bytes = bytes
  }
}
