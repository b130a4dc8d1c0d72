import type { ChainProblem } from '../../detect/chain-problem.ts'
import { type Detector, fires, quiet } from '../../detect/detector.ts'
import { ACCOUNT, THEN, usual } from '../../detect/sample.ts'
import { inAccount } from '../../detect/story.ts'
import { timestamp } from '../../graph/timestamp.ts'

/** Whoever changed a log file, or took one away. */
const FORGED: readonly string[] = [
  'log-changed',
  'log-missing',
  'signature-invalid',
  'signature-differs',
  'link-broken',
  'digest-missing',
  'newest-missing',
]

export const digestBroken: Detector = {
  id: 'digest-broken',
  title: 'Log files are not what CloudTrail delivered',
  severity: 'critical',
  attack: ['T1070', 'T1565.001'],
  why: 'CloudTrail signs what it delivers. A chain that does not hold means that files were changed, taken away or put in, and that every answer about that time may be wrong.',
  blindSpots:
    'Looks only where digests are verified: the deployed coverage function does, else podtrail detect --digests PATH. A trail without log-file validation has none.',
  runbook: [
    'Run podtrail verify PATH on the bucket for the day of `firstSeen`, and read which file it is.',
    'See who could write to the bucket in that time: data events of the bucket, and its policy.',
    'Restore the file from a version or a replica, and ingest it; until then take that time for unseen.',
  ],

  *conclude({ integrity, extent }) {
    for (const problem of integrity ?? []) {
      if (problem.verdict !== 'failed') continue
      const { code, account, region, trail, path, from, to, text } = problem
      const at = from === null ? extent.to - 1 : Date.parse(from) / 1000
      yield {
        subject: [account ?? '', region ?? '', trail ?? '', path ?? ''].join(' '),
        occurrence: `${code} ${from ?? ''}`,
        severity: FORGED.includes(code) ? 'critical' : 'high',
        title: `${text}${account === null ? '' : ` (account ${account}${region === null ? '' : `, ${region}`})`}`,
        normal:
          'Every log file is named, with its hash, in a signed digest that names the one before.',
        principal: null,
        uses: [],
        account: account ?? '',
        firstSeen: at,
        lastSeen: to === null ? at : Date.parse(to) / 1000,
        text,
        ...(account === null ? {} : { joins: [inAccount(account)] }),
      }
    }
  },

  examples: [
    fires(
      'a log file was changed',
      () => ({ seen: usual(THEN - 7200), integrity: [problem('log-changed', 'failed')] }),
      'critical',
    ),
    fires(
      'a file that no digest names',
      () => ({ seen: usual(THEN - 7200), integrity: [problem('log-unlisted', 'failed')] }),
      'high',
    ),
    quiet('a signature could not be checked', () => ({
      seen: usual(THEN - 7200),
      integrity: [problem('no-keys', 'not-looked')],
    })),
    quiet('nothing was verified', () => ({ seen: usual(THEN - 7200) })),
  ],
}

function problem(code: string, verdict: ChainProblem['verdict']): ChainProblem {
  return {
    verdict,
    code,
    account: ACCOUNT,
    region: 'eu-west-1',
    trail: 'main',
    path: 'AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/21/file.json.gz',
    from: timestamp(THEN),
    to: timestamp(THEN),
    text: 'The log file is not the one that the digest names.',
  }
}
