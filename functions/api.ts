import { randomUUID } from 'node:crypto'
import { handle } from 'hono/aws-lambda'
import { createApp } from '../lib/api/app.ts'
import { configuredAuth } from '../lib/api/auth/configured.ts'
import { openDynamoStore } from '../lib/aws/dynamo-store.ts'
import { packedConfig, setting } from '../lib/aws/environment.ts'
import { jwtVerifier } from '../lib/aws/jwt.ts'
import { logOf } from '../lib/aws/log.ts'
import { readAssets } from '../lib/local/asset-files.ts'

const log = logOf('api')
const config = packedConfig()

/** API Gateway → answers, and the dashboard. Throws as it is loaded where the settings let nobody in. */
export const handler = handle(
  createApp({
    store: openDynamoStore(setting('PODTRAIL_STORE')),
    config,
    auth: configuredAuth(config.auth, ({ issuer, audience, jwksUri }) =>
      jwtVerifier({ issuer, audience, ...(jwksUri === undefined ? {} : { jwksUri }) }),
    ),
    assets: readAssets('dashboard'),
    now: Date.now,
    requestId: randomUUID,
    log: ({ level, ...line }) => log[level]('request', line),
  }),
)
