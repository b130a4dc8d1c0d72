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

const snapshot = z
  .strictObject({
    regions: z
      .array(z.string().regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'must look like eu-west-1'))
      .min(1, 'must name a region')
      .describe('regions whose EKS clusters are read'),
    kubernetes: z
      .boolean({
        error: ({ input }) => (input === undefined ? undefined : 'must be true or false'),
      })
      .describe('whether ServiceAccounts and pods are read from the API of each cluster'),
    memberRole: z
      .string()
      // Names of roles, with a path: https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html
      .regex(/^(?:[\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/, 'must be the name of a role, not its ARN')
      .optional()
      .describe('role that is assumed in each other account to read it'),
    externalId: z
      .string()
      // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
      .regex(/^[\w+=,.@:/-]{2,1224}$/, 'must be 2 to 1224 letters, digits or +=,.@:/-')
      .optional()
      .describe('what the trust of that role asks for'),
  })
  .refine(({ memberRole, externalId }) => memberRole !== undefined || externalId === undefined, {
    path: ['externalId'],
    message: 'is of no use without memberRole',
  })
  .describe('how `podtrail snapshot` reads what is declared; left out, the own account alone')

/** One file each in lib/alert. */
export const ALERT_FORMATS = ['json', 'text', 'slack', 'chat', 'ocsf', 'asff'] as const
export type AlertFormat = (typeof ALERT_FORMATS)[number]

const ruleId = z
  .string()
  .regex(/^[a-z][a-z0-9-]*$/, 'must be the id of a rule, such as new-chain')
  .describe('id of a detector, a check or a coverage rule')

const route = z.strictObject({
  to: z
    .string()
    .regex(
      // Names of topics: https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
      /^(?:arn:[^:\s]+:sns:[^:\s]+:\d{12}:[A-Za-z0-9_-]{1,256}(?:\.fifo)?|file:\/\/\/?[^\s]+|stdout)$/,
      'must be the ARN of an SNS topic, file://PATH, or stdout',
    )
    .describe('SNS topic, or for a laptop a file that lines are added to, or stdout'),
  formats: z
    .array(z.enum(ALERT_FORMATS, `must be one of ${ALERT_FORMATS.join(', ')}`))
    .min(1, 'must name a format')
    .describe('one message each; the attribute "format" tells them apart in filter policies'),
  minimumSeverity: z
    .enum(['low', 'medium', 'high', 'critical'], 'must be low, medium, high or critical')
    .default('low')
    .describe('findings below it are not sent here'),
  rules: z
    .array(ruleId)
    .min(1, 'must name a rule')
    .optional()
    .describe('only findings of these rules; left out, of all'),
  decisions: z
    .boolean('must be true or false')
    .default(false)
    .describe('whether it is also told here when people approve, suppress, resolve or reopen'),
})

const alerts = z
  .strictObject({
    routes: z.array(route).describe('where findings are sent'),
    storm: z
      .strictObject({
        most: z.int('must be a whole number').min(1, 'must be at least 1').describe('messages'),
        minutes: z.int('must be a whole number').min(1, 'must be at least 1').describe('in which'),
      })
      .default({ most: 20, minutes: 10 })
      .describe(
        'for text, slack and chat: beyond so many messages to a route in so many minutes, one summary; critical ones have ten times that room, and come first',
      ),
    dashboard: z
      .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
      .optional()
      .describe('base URL of the dashboard, for links in messages'),
  })
  .describe('who is told of findings')

const suppression = z
  .strictObject({
    rule: ruleId,
    subject: z.string().min(1).optional().describe('of findings that are meant; left out, any'),
    cluster: z.string().min(1).optional().describe('cluster of the workload, by its name'),
    namespace: z.string().min(1).optional().describe('namespace of the workload'),
    owner: z.string().min(1, 'must name somebody').describe('who answers for it'),
    reason: z.string().min(10, 'must have at least 10 characters').describe('why'),
    expires: z
      .string()
      .pipe(
        z.union(
          [z.iso.date(), z.iso.datetime({ precision: 0 })],
          'must be a day such as 2027-01-31',
        ),
      )
      .transform((text) => (text.length === 10 ? `${text}T00:00:00Z` : text))
      .describe('when it ends, UTC'),
  })
  .refine(({ subject, namespace }) => subject !== undefined || namespace !== undefined, {
    message: 'needs a subject or a namespace',
  })

const detect = z
  .strictObject({
    learningDays: z
      .int('must be a whole number of days')
      .min(0, 'must be at least 0')
      .max(90, 'must be at most 90')
      .default(14)
      .describe(
        'days of an installation, and of a new cluster, from which on what is new is unusual',
      ),
    rules: z
      .record(
        ruleId,
        z
          .object({
            enabled: z.boolean('must be true or false').optional(),
            dryRun: z.boolean('must be true or false').optional(),
            severity: z
              .enum(['low', 'medium', 'high', 'critical'], 'must be low, medium, high or critical')
              .optional(),
          })
          // Whether a detector has such a number, and what it may be, its own file says.
          .catchall(z.number('must be a number')),
      )
      .default({})
      .describe('settings of one detector each: enabled, dryRun, severity, and its own numbers'),
  })
  .describe('how anomalies are looked for')

const apiRole = z.enum(['viewer', 'responder', 'reviewer', 'admin'])

const auth = z
  .strictObject({
    iam: z
      .record(
        z
          .string()
          .regex(/^arn:[^:]+:iam::\d{12}:(?:role|user)\/\S+$/, 'must be the ARN of a role or user'),
        apiRole,
      )
      .optional()
      .describe('what callers with SigV4 may do, by the ARN of an IAM role or user'),
    jwt: z
      .strictObject({
        issuer: z.url('must be a URL').describe('as tokens have it'),
        audience: z.string().min(1, 'must not be empty'),
        jwksUri: z.url('must be a URL').optional().describe('where its keys are'),
        claim: z
          .string()
          .min(1, 'must not be empty')
          .describe('says what somebody may, such as groups'),
        roles: z.record(z.string(), apiRole).describe('what each value of the claim stands for'),
      })
      .optional()
      .describe('tokens of an OpenID provider'),
  })
  .describe('who may ask the API on AWS; left out, nobody')

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
  snapshot: snapshot.optional(),
  auth: auth.optional(),
  detect: detect.optional(),
  alerts: alerts.optional(),
  suppressions: z
    .array(suppression)
    .optional()
    .describe('findings that nobody wants to hear of until a day; they stay visible as suppressed'),
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
