import { parseDocument } from 'yaml'
import * as z from 'zod'

/** Settings as written do not fit the schema. Each problem names its key. */
export class WrongConfig extends Error {
  readonly problems: readonly string[]
  constructor(source: string, problems: readonly string[]) {
    super(`${source}: ${problems.join('; ')}`)
    this.problems = problems
  }
}

const account = z
  .string('must be a quoted string of 12 digits, such as "012345678901"')
  .regex(/^\d{12}$/, 'must be 12 digits')
  .describe('AWS account id')

const cluster = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be a plain name without slashes')
      .describe('how answers call the cluster'),
    issuer: z
      .string()
      .transform((text) => text.replace(/^https:\/\//, '').replace(/\/$/, ''))
      .pipe(z.string().regex(/^[^\s/:]+(?:\/\S+)?$/, 'must be a host and path'))
      .optional()
      .describe('OIDC issuer, host and path, with or without https://'),
    arn: z
      .string()
      .regex(/^arn:[^:]+:eks:[^:]+:\d{12}:cluster\/\S+$/, 'must be the ARN of an EKS cluster')
      .optional()
      .describe('EKS ARN; left out for a cluster that EKS does not run'),
  })
  .refine(({ issuer, arn }) => issuer !== undefined || arn !== undefined, {
    message: 'needs an issuer, an arn, or both',
  })

const schema = z.strictObject({
  accounts: z.array(account).describe('accounts whose logs podtrail should receive'),
  clusters: z
    .array(cluster)
    .superRefine((clusters, context) => {
      for (const field of ['name', 'issuer', 'arn'] as const) {
        const values = clusters.map((one) => one[field])
        values.forEach((value, index) => {
          if (value !== undefined && values.indexOf(value) < index)
            context.addIssue({
              code: 'custom',
              path: [index, field],
              message: 'is there twice',
            })
        })
      }
    })
    .describe('Kubernetes clusters; issuer and ARN are two names of one cluster'),
  network: z
    .strictObject({
      egress: z
        .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], 'must be an address or CIDR'))
        .describe('public addresses that pods and people leave from, or CIDR blocks'),
      vpcEndpoints: z
        .array(z.string().regex(/^vpce-[0-9a-z]+$/, 'must look like vpce-0a1b2c3d'))
        .describe('VPC endpoints of our own networks'),
    })
    .describe('where our own calls come from'),
})

export type Config = z.output<typeof schema>

/** The settings in the text of a `podtrail.yaml`. Throws `WrongConfig`. */
export function parseConfig(text: string, source: string): Config {
  const document = parseDocument(text)
  if (document.errors.length > 0)
    throw new WrongConfig(
      source,
      document.errors.map(({ message }) => message.split('\n')[0]!.replace(/:$/, '')),
    )
  const parsed = schema.safeParse(plainValue(document, source))
  if (parsed.success) return parsed.data
  throw new WrongConfig(source, parsed.error.issues.flatMap(problemsOf))
}

/** The document as plain values; YAML aliases that grow without bounds are refused. */
function plainValue(document: ReturnType<typeof parseDocument>, source: string): unknown {
  try {
    return document.toJS() ?? {}
  } catch (error) {
    throw new WrongConfig(source, [(error as Error).message])
  }
}

function problemsOf(issue: z.core.$ZodIssue): string[] {
  const at = issue.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
  const key = at.join('').replace(/^\./, '')
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((name) => `unknown key ${key === '' ? name : `${key}.${name}`}`)
  if (issue.code === 'invalid_type' && issue.message.includes('received undefined'))
    return [`missing key ${key}`]
  return [`${key === '' ? 'the file' : key} ${issue.message}`]
}
