import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { hash } from './keys.ts'

/** Long values outside the table. Each is written once, under a name that follows from its content, and never changed. */
export interface Blobs {
  /** Where it stands from then on; null: this place takes none. Writing the same again changes nothing. */
  put(about: string, bytes: Uint8Array): Promise<string | null>
  get(address: string): Promise<Uint8Array>
}

const ADDRESS = /^s3:\/\/([^/]+)\/(.+)$/
const FOLDER = 'deltas'

/**
 * Objects of a bucket: a PUT costs as much as eight write units, whatever its size. `bucket` null: values are read from where the
 * table says that they are, and none is written.
 */
export class S3Blobs implements Blobs {
  readonly #client: () => Pick<S3Client, 'send'>
  readonly #bucket: string | null

  constructor(client: () => Pick<S3Client, 'send'>, bucket: string | null) {
    this.#client = client
    this.#bucket = bucket
  }

  async put(about: string, bytes: Uint8Array): Promise<string | null> {
    if (this.#bucket === null) return null
    // Hashed, since an account may be called whatever a record says.
    const key = `${FOLDER}/${hash(about)}/${hash(Buffer.from(bytes).toString('latin1'))}`
    await this.#client().send(
      new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: Buffer.from(bytes) }),
    )
    return `s3://${this.#bucket}/${key}`
  }

  async get(address: string): Promise<Uint8Array> {
    const [, Bucket, Key] = ADDRESS.exec(address) ?? []
    if (Bucket === undefined || Key === undefined) throw new Error(`no address: ${address}`)
    const { Body } = await this.#client().send(new GetObjectCommand({ Bucket, Key }))
    return Body!.transformToByteArray()
  }
}
