import type { ScheduledHandler } from 'aws-lambda'
import { openDynamoStore } from '../lib/aws/dynamo-store.ts'
import { packedConfig, setting } from '../lib/aws/environment.ts'
import { logOf } from '../lib/aws/log.ts'
import { problemsIn } from '../lib/aws/verifications.ts'
import { ANOMALY_RULES } from '../lib/coverage/rules.ts'
import { runDetect } from '../lib/finding/run-detect.ts'

/** Seconds that are looked at anew, since records may come late. */
const LOOKED_BACK = 7 * 86_400

const log = logOf('detect')
const store = openDynamoStore(setting('PODTRAIL_STORE'))
const config = packedConfig()

/** Schedule → what is unusual in the last days, as findings. */
export const handler: ScheduledHandler = async () => {
  const now = Math.floor(Date.now() / 1000)
  const asked = {
    from: now - LOOKED_BACK,
    to: now,
    limit: 0,
    detectors: ANOMALY_RULES,
    integrity: problemsIn(await store.verifications.places()),
    trails: await store.verifications.trails(),
    isReplay: false,
  }
  const { recorded } = await runDetect(store, asked, config, now)
  if (recorded === null) return
  const { found, reopened, withdrawn, told } = recorded
  log.metrics({ Found: found, Reopened: reopened, Withdrawn: withdrawn, Told: told })
}
