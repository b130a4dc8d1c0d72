import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../cli/main.js', import.meta.url))

export interface Ran {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

/** A folder of its own, in which the real program runs as its own process. */
export class Cli {
  readonly folder = mkdtempSync(join(tmpdir(), 'podtrail-test-'))

  run(args: readonly string[], options: { env?: Record<string, string>; input?: string } = {}) {
    const { PATH = '', HOME = '' } = process.env
    return new Promise<Ran>((resolve) => {
      const child = execFile(
        process.execPath,
        [MAIN, ...args],
        {
          cwd: this.folder,
          env: { PATH, HOME, ...options.env },
          maxBuffer: 64 * 1024 * 1024,
          encoding: 'utf8',
        },
        (_, stdout, stderr) => resolve({ exit: child.exitCode ?? -1, stdout, stderr }),
      )
      child.stdin?.end(options.input ?? '')
    })
  }

  write(name: string, content: string | Uint8Array): string {
    writeFileSync(join(this.folder, name), content)
    return name
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** A successful or refused AssumeRoleWithWebIdentity, as CloudTrail writes it. */
export function assumption(overrides: {
  readonly subject?: string
  readonly role?: string
  readonly session?: string
  readonly eventID?: string
  readonly key?: string
  readonly time?: string
  readonly error?: string
}): Record<string, unknown> {
  const {
    subject = 'system:serviceaccount:shop:cart',
    role = 'arn:aws:iam::111122223333:role/app',
    session = 'cart-session',
    eventID = '00000000-0000-4000-8000-000000000001',
    key = 'ASIAEXAMPLEEXAMPLE01',
    time = '2026-11-23T02:00:00Z',
    error,
  } = overrides
  const provider = 'arn:aws:iam::111122223333:oidc-provider/issuer.example/id/1'
  return {
    eventVersion: '1.08',
    userIdentity: {
      type: 'WebIdentityUser',
      principalId: `${provider}:sts.amazonaws.com:${subject}`,
      userName: subject,
      identityProvider: provider,
    },
    eventTime: time,
    eventSource: 'sts.amazonaws.com',
    eventName: 'AssumeRoleWithWebIdentity',
    awsRegion: 'us-east-1',
    sourceIPAddress: '198.51.100.1',
    userAgent: 'test-agent',
    requestParameters: { roleArn: role, roleSessionName: session },
    responseElements:
      error === undefined
        ? {
            subjectFromWebIdentityToken: subject,
            credentials: { accessKeyId: key, expiration: 'Nov 23, 2026, 3:00:00 AM' },
            assumedRoleUser: {
              assumedRoleId: `AROAEXAMPLEEXAMPLE001:${session}`,
              arn: `arn:aws:sts::111122223333:assumed-role/app/${session}`,
            },
            provider,
            audience: 'sts.amazonaws.com',
          }
        : null,
    ...(error === undefined ? {} : { errorCode: error, errorMessage: 'no' }),
    requestID: '00000000-0000-4000-8000-000000000000',
    eventID,
    readOnly: true,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: '111122223333',
    eventCategory: 'Management',
  }
}

export const log = (...records: unknown[]): string => JSON.stringify({ Records: records })
