/**
 * What kind of program made a call. The list is closed, so that whoever writes a user agent cannot make podtrail keep more; versions
 * are left out, since they change with every deployment.
 */
export const CLIENTS = [
  'none',
  'other',
  'service',
  'console',
  'aws-cli',
  'boto',
  'sdk-go',
  'sdk-java',
  'sdk-js',
  'sdk-dotnet',
  'sdk-rust',
  'sdk-cpp',
  'sdk-php',
  'sdk-ruby',
  'powershell',
  'terraform',
  'pulumi',
  'ssm-agent',
  'plain-http',
  'attack-system',
] as const

export type Client = (typeof CLIENTS)[number]

/** The first that fits; tools name the SDK they are built on, so they come before it. */
const BY_TEXT: readonly (readonly [Client, RegExp])[] = [
  // Operating systems made for breaking in, which show in the names of their kernels (`6.12.38+kali-amd64`, `6.1.0-1parrot1-amd64`) and in
  // what the AWS CLI says of the distribution: `distrib#kali.2024` was in the logs of the theft from Bybit (Mandiant, 2025).
  ['attack-system', /(?:\bos\/linux#|\bLinux\/|\bdistrib#)[^ ]*(?:kali|parrot|pentoo)/i],
  ['console', /^\[?(?:Mozilla\/|S3Console\/)|^(?:signin|console)\.amazonaws\.com$|AWS-CloudShell/],
  ['service', /^AWS Internal|^aws-internal\/|^[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?$/],
  ['terraform', /\bTerraform\b|terraform-provider-aws|\bOpenTofu\b/],
  ['pulumi', /\bpulumi/i],
  ['powershell', /AWSPowerShell|aws-tools-powershell/i],
  ['ssm-agent', /\bamazon-ssm-agent\b/],
  ['aws-cli', /\baws-cli\//],
  ['boto', /\bboto(?:3|core)?\//i],
  ['sdk-go', /\baws-sdk-go(?:-v2)?\//],
  ['sdk-java', /\baws-sdk-java\//],
  ['sdk-js', /\baws-sdk-(?:js|nodejs)(?:-v3)?\//],
  ['sdk-dotnet', /\baws-sdk-dotnet/],
  ['sdk-rust', /\baws-sdk-rust\//],
  ['sdk-cpp', /\baws-sdk-cpp\//],
  ['sdk-php', /\baws-sdk-php\d?\//],
  ['sdk-ruby', /\baws-sdk-ruby\d?\//],
  [
    'plain-http',
    /^\[?(?:curl|Wget|python-requests|python-urllib|Go-http-client|okhttp|axios|node-fetch|PostmanRuntime)\b/i,
  ],
]

/** CloudTrail cuts a user agent at 1 KB; what is longer is not looked at. */
const LOOKED_AT = 1024

export function clientOf(userAgent: string): Client {
  if (userAgent === '') return 'none'
  const text = userAgent.slice(0, LOOKED_AT)
  return BY_TEXT.find(([, pattern]) => pattern.test(text))?.[0] ?? 'other'
}
