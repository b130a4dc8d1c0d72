import { existsSync, statSync } from 'node:fs'
import { parseDynamoUrl } from '../lib/aws/urls.ts'
import type { FindingStore, SignOffs, Snapshots, Store } from '../lib/ports.ts'
import { CliError, EXIT } from './exit.ts'
import { quoted } from './output.ts'
import { self } from './self.ts'

export const DEFAULT_STORE = 'sqlite:.podtrail/podtrail.db'

/** What a store URL names. */
export type StoreUrl =
  | { readonly scheme: 'sqlite'; readonly path: string }
  | { readonly scheme: 'dynamodb' }

function parseStoreUrl(url: string): StoreUrl {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(url)?.[1]
  if (scheme === 'sqlite') {
    const path = url.slice('sqlite:'.length).replace(/^\/\/(?=\/|[^/])/, '')
    if (path !== '') return { scheme, path }
  }
  if (scheme === 'dynamodb') {
    if (parseDynamoUrl(url) !== null) return { scheme }
    throw new CliError(EXIT.wrongUse, `unknown store ${quoted(url)}`, [
      'A table is given as dynamodb:TABLE, or dynamodb:TABLE?region=REGION&endpoint=URL&facts=BUCKET.',
    ])
  }
  const example = scheme === undefined ? `Did you mean sqlite:${url}?` : `Example: ${DEFAULT_STORE}`
  throw new CliError(EXIT.wrongUse, `unknown store ${quoted(url)}`, [
    `A store is given as sqlite:PATH or dynamodb:TABLE, with --store or PODTRAIL_STORE. ${example}`,
  ])
}

/** Path of a store that is a file; null for one that is none. */
export function storePath(url: string): string | null {
  const parsed = parseStoreUrl(url)
  return parsed.scheme === 'sqlite' ? parsed.path : null
}

/** Opens the store to write to it. A file is made if it is not there; a table is not, the deployment makes it. */
export async function openStore(url: string): Promise<Store & Snapshots & FindingStore & SignOffs> {
  const path = storePath(url)
  if (path === null) return openTable(url)
  const { openSqliteStore } = await import('../lib/local/sqlite-store.ts')
  try {
    return openSqliteStore(path)
  } catch (error) {
    throw new CliError(EXIT.failed, `cannot open ${url}: ${(error as Error).message}`, [
      'Is it a podtrail store, and may you write to it and its folder?',
      `${self()} doctor --store ${url}`,
    ])
  }
}

/** Errors of the SDK that are about who asks: https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html */
export const NOT_ALLOWED: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
])

async function openTable(url: string): Promise<Store & Snapshots & FindingStore & SignOffs> {
  // The SDK takes longer to load than all of podtrail; whoever uses a file need not wait for it.
  const { openDynamoStore } = await import('../lib/aws/dynamo-store.ts')
  const store = openDynamoStore(url)
  try {
    await store.check()
  } catch (error) {
    const { name, message } = error as Error
    if (name === 'ResourceNotFoundException')
      throw new CliError(EXIT.notFound, `there is no table at ${url}`, [
        'The deployment makes it. Is this its name, and the right region and account?',
      ])
    if (NOT_ALLOWED.has(name))
      throw new CliError(EXIT.denied, `may not read ${url}: ${message}`, [
        'Credentials come from where the AWS CLI has them: AWS_PROFILE, AWS_REGION, …',
      ])
    throw new CliError(EXIT.failed, `cannot open ${url}: ${message || name}`, [])
  }
  return store
}

/** Opens a store that has to be there. Facts that no rollup has taken in yet are taken in first. */
export async function openExisting(
  url: string,
): Promise<Store & Snapshots & FindingStore & SignOffs> {
  const path = storePath(url)
  if (path !== null && (!existsSync(path) || !statSync(path).isFile()))
    throw new CliError(EXIT.notFound, `there is no store at ${url}`, [
      `Fill one:  ${self()} ingest PATH-OF-CLOUDTRAIL-FILES`,
      `Or try it: ${self()} demo`,
    ])
  const store = await openStore(url)
  // Of a table that many read, one function keeps the rows up to date, and readers need no right to write.
  if (path !== null && (await store.dirty(1)).length > 0) {
    const { rollUpDirty } = await import('../lib/pipeline.ts')
    await rollUpDirty(store)
  }
  return store
}
