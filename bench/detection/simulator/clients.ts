import type { Random } from './chance.ts'
import { HOUR, MINUTE } from './time.ts'

/** SDK families whose habits differ. */
export type Family = 'go1' | 'go2' | 'python' | 'java' | 'js3' | 'js2' | 'dotnet' | 'cli'

/** How an SDK shows itself: what a user agent says of it, without the service part. */
export interface Client {
  readonly family: Family
  readonly version: number
  readonly arm: boolean
  /** An application's own words before the SDK's, as Karpenter and others have. */
  readonly product: string
  /** Of botocore: what a system made for breaking in says of itself. */
  readonly system?: AttackSystem
}

type AttackSystem = 'kali' | 'parrot' | 'pentoo'
const ATTACK_SYSTEMS: readonly AttackSystem[] = ['kali', 'parrot', 'pentoo']

/** How their kernels are called, and the distribution that the AWS CLI names. */
const SAYS: Readonly<Record<AttackSystem, { kernel: string; distribution: string }>> = {
  kali: { kernel: '6.12.33+kali-amd64', distribution: 'kali.2025' },
  parrot: { kernel: '6.1.0-1parrot1-amd64', distribution: 'parrot.6' },
  pentoo: { kernel: '6.6.30-pentoo', distribution: 'pentoo.2' },
}

/** Shares of the families among workloads. */
const SHARES: readonly (readonly [Family, number])[] = [
  ['go2', 0.26],
  ['python', 0.24],
  ['java', 0.18],
  ['js3', 0.13],
  ['go1', 0.07],
  ['dotnet', 0.06],
  ['js2', 0.04],
  ['cli', 0.02],
]

export function someClient(random: Random): Client {
  let left = random.unit()
  const entry = SHARES.find(([, share]) => {
    left -= share
    return left < 0
  })
  return newClient(random, entry?.[0] ?? 'go2')
}

export const newClient = (random: Random, family: Family, product = ''): Client => ({
  family,
  version: random.below(40),
  arm: random.chance(0.4),
  product,
})

/** What a thief works with: the AWS CLI or Boto, and now and then on such a system, as in the logs of the theft from Bybit (2025). */
export function thiefsClient(random: Random): Client {
  const client = newClient(random, random.pick(['cli', 'cli', 'python'] as const))
  return random.chance(0.2) ? { ...client, system: random.pick(ATTACK_SYSTEMS) } : client
}

/** The next release of the same SDK. */
export const upgraded = (random: Random, client: Client): Client => ({
  ...client,
  version: client.version + random.between(1, 4),
})

/** The user agent of a call to `service`; S3 writes it in brackets. */
export function userAgent(client: Client, service: string): string {
  const text = `${client.product === '' ? '' : `${client.product} `}${sdk(client, service)}`
  return service === 's3' ? `[${text}]` : text
}

function sdk({ family, version, arm, system }: Client, service: string): string {
  const chip = arm ? 'arm64' : 'amd64'
  const says = system === undefined ? null : SAYS[system]
  const kernel = `os/linux#${says?.kernel ?? '6.12.46-66.121.amzn2023'}`
  switch (family) {
    case 'go1':
      return `aws-sdk-go/1.55.${version} (go1.23.${version % 9}; linux; ${chip})`
    case 'go2':
      return `aws-sdk-go-v2/1.${36 + (version >> 4)}.${version % 16} ua/2.1 os/linux lang/go#1.24.${version % 8} md/GOOS#linux md/GOARCH#${chip} api/${service}#1.${40 + version}.0 m/E,g`
    case 'python':
      return `Boto3/1.40.${version} md/Botocore#1.40.${version} ua/2.1 ${kernel} md/arch#${arm ? 'aarch64' : 'x86_64'} lang/python#3.13.${version % 8} md/pyimpl#CPython m/Z,b,e cfg/retry-mode#standard Botocore/1.40.${version}`
    case 'java':
      return `aws-sdk-java/2.${30 + (version >> 4)}.${version % 16} md/io#sync md/http#Apache ua/2.1 api/${service.toUpperCase()}#2.${30 + (version >> 4)}.x os/Linux#6.12.46 lang/java#21.0.8 md/OpenJDK_64-Bit_Server_VM m/D,N`
    case 'js3':
      return `aws-sdk-js/3.${860 + version}.0 ua/2.1 ${kernel} lang/js md/nodejs#22.${version % 20}.0 api/${service}#3.${860 + version}.0 m/N,E,q`
    case 'js2':
      return `aws-sdk-nodejs/2.${1650 + version}.0 linux/v18.20.8 promise`
    case 'dotnet':
      return `aws-sdk-dotnet-coreclr/4.0.${version % 20}.1 ua/2.1 os/linux#6.12.46 lang/.NET_Core#8.0.${version % 20} md/aws-sdk-dotnet-core#4.0.0.${version} api/${service.toUpperCase()}#4.0.${version % 20}.1 cfg/retry-mode#standard`
    case 'cli':
      return `aws-cli/2.${20 + (version >> 3)}.${version % 30} md/awscrt#0.27.6 ua/2.1 ${kernel} md/arch#${arm ? 'aarch64' : 'x86_64'} lang/python#3.13.7 md/pyimpl#CPython m/b,E,n,C md/installer#exe${says === null ? '' : ` md/distrib#${says.distribution}`} md/prompt#off md/command#${service}`
  }
}

/** The session name an SDK makes up for a token exchange. Some keep one for as long as the process lives. */
export function tokenSessionName(
  client: Client,
  startedAt: number,
  at: number,
  random: Random,
): string {
  switch (client.family) {
    case 'go1':
    case 'go2':
      return `${at}${random.digits(9)}`
    case 'python':
    case 'cli':
      return `botocore-session-${startedAt}`
    case 'java':
      return `aws-sdk-java-${startedAt}${String(startedAt % 1000).padStart(3, '0')}`
    case 'js3':
      return `aws-sdk-js-session-${at}${random.digits(3)}`
    case 'js2':
      return 'token-file-web-identity'
    case 'dotnet':
      return `aws-dotnet-sdk-session-${at}${random.digits(8)}`
  }
}

/** The same for a further role. */
export function chainSessionName(
  client: Client,
  startedAt: number,
  at: number,
  random: Random,
): string {
  return client.family === 'go1' || client.family === 'go2'
    ? `aws-go-sdk-${startedAt}${String(startedAt % 1000).padStart(9, '7')}`
    : tokenSessionName(client, startedAt, at, random)
}

/**
 * Seconds until an SDK asks for new credentials that live an hour: botocore from fifteen minutes before the end, .NET at ten to
 * fifteen, Java and JavaScript at five, the others when they are used up.
 */
export function untilRefresh(client: Client, random: Random): number {
  switch (client.family) {
    case 'python':
    case 'cli':
      return HOUR - random.between(10 * MINUTE, 15 * MINUTE)
    case 'dotnet':
      return HOUR - random.between(8 * MINUTE, 15 * MINUTE)
    case 'java':
    case 'js3':
      return HOUR - random.between(4 * MINUTE, 5 * MINUTE + 30)
    default:
      return HOUR - random.between(0, 25)
  }
}
