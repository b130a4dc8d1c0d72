import * as z from 'zod'
import { ROLES } from './auth/caller.ts'
import { PROBLEMS, type ProblemCode } from './problem.ts'
import type { Route } from './route.ts'
import { ROUTES } from './routes.ts'
import { ANSWERS, PARTS } from './schema/all.ts'

type Json = Readonly<Record<string, unknown>>

export interface OpenApi {
  readonly openapi: '3.1.0'
  readonly info: Json
  readonly servers: readonly Json[]
  readonly security: readonly Json[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, Json>>
    readonly securitySchemes: Json
  }
}

export interface Operation {
  readonly operationId: string
  readonly summary: string
  /** The least role that may. */
  readonly 'x-role': string
  readonly parameters: readonly Parameter[]
  readonly requestBody?: {
    readonly required: true
    readonly content: Readonly<Record<string, { readonly schema: Json }>>
  }
  readonly responses: Readonly<Record<string, Json>>
}

export interface Parameter {
  readonly name: string
  readonly in: 'query' | 'path' | 'header'
  readonly required: boolean
  readonly description?: string
  readonly schema: Json
}

/** What may come of every path. */
const ALWAYS: readonly ProblemCode[] = [
  'unknown-parameter',
  'repeated-parameter',
  'wrong-parameter',
  'not-authenticated',
  'not-allowed',
  'wrong-host',
  'cross-site',
  'method-not-allowed',
  'uri-too-long',
  'failed',
  'unavailable',
]
const WITH_BODY: readonly ProblemCode[] = ['wrong-body', 'too-large', 'wrong-type']

let made: OpenApi | null = null

/** The interface, described by the schemas that check what comes in and, in tests, what goes out. https://spec.openapis.org/oas/v3.1.1 */
export function openApi(): OpenApi {
  made ??= {
    openapi: '3.1.0',
    info: {
      title: 'podtrail',
      version: '1',
      summary: 'Which Kubernetes workload was behind that AWS role?',
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/api/v1' }],
    security: [{ bearer: [] }, { sigv4: [] }],
    paths: pathsOf(ROUTES),
    components: {
      schemas: schemas(),
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description:
            'Local: the token that podtrail serve prints. On AWS: a JWT of the configured issuer.',
        },
        sigv4: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: 'On AWS: a request signed with SigV4 for the service execute-api.',
        },
      },
    },
  }
  return made
}

const DESCRIPTION = `Answers are the same objects that the command line prints with -o json. Times are RFC 3339 in UTC; from is inclusive, to exclusive.
Lists are handed out in pages: hand back next as cursor, with the same question. Reads have a strong ETag. Roles, weakest first: ${ROLES.join(', ')}.`

function pathsOf(routes: readonly Route[]): OpenApi['paths'] {
  const paths: Record<string, Record<string, Operation>> = {}
  for (const route of routes) {
    paths[route.path] ??= {}
    paths[route.path]![route.method.toLowerCase()] = operationOf(route)
  }
  return paths
}

function operationOf(route: Route): Operation {
  const { method, path, summary, least, body } = route
  return {
    operationId: `${method.toLowerCase()}${path.replaceAll(/[^a-zA-Z]+(\w?)/g, (_, letter: string) => letter.toUpperCase())}`,
    summary,
    'x-role': least,
    parameters: parametersOf(route),
    ...(body === null
      ? {}
      : {
          requestBody: {
            required: true as const,
            content: { 'application/json': { schema: jsonSchema(body, 'input') } },
          },
        }),
    responses: responsesOf(route),
  }
}

function parametersOf({ params, query, problems }: Route): Parameter[] {
  const schema = jsonSchema(query, 'input') as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return [
    ...Object.entries(params).map(([name, one]) => ({
      name,
      in: 'path' as const,
      required: true,
      schema: jsonSchema(one, 'input'),
    })),
    ...Object.entries(schema.properties ?? {}).map(([name, { description, ...rest }]) => ({
      name,
      in: 'query' as const,
      required: schema.required?.includes(name) ?? false,
      ...(typeof description === 'string' ? { description } : {}),
      schema: rest,
    })),
    ...(problems.includes('precondition-required')
      ? [
          {
            name: 'If-Match',
            in: 'header' as const,
            required: true,
            description: 'the version that was seen, in quotes',
            schema: { type: 'string', pattern: '^"\\d{1,9}"$' },
          },
        ]
      : []),
  ]
}

function responsesOf(route: Route): Operation['responses'] {
  const { status, answer, table, method } = route
  const answers =
    answer === 'File'
      ? { 'application/zip': {} }
      : {
          'application/json': { schema: { $ref: `#/components/schemas/${answer}` } },
          ...(table === null ? {} : { 'text/csv': {}, 'application/x-ndjson': {} }),
        }
  const byStatus = Map.groupBy(codesOf(route), (code) => PROBLEMS[code][0])
  return {
    [status]: { description: 'the answer', content: answers },
    ...(method === 'GET' ? { 304: { description: 'nothing has changed' } } : {}),
    ...Object.fromEntries(
      [...byStatus]
        .sort(([a], [b]) => a - b)
        .map(([code, codes]) => [
          code,
          {
            description: codes.map((one) => `${one}: ${PROBLEMS[one][2]}`).join(' '),
            content: {
              'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
            },
          },
        ]),
    ),
  }
}

/** Every problem that may come of the route. */
export function codesOf({ query, body, params, problems }: Route): ProblemCode[] {
  return [
    ...ALWAYS,
    ...('from' in query.shape ? (['wrong-window'] as const) : []),
    ...('cursor' in query.shape ? (['wrong-cursor'] as const) : []),
    ...(body === null ? [] : WITH_BODY),
    ...(Object.keys(params).length > 0 ? (['not-found'] as const) : []),
    ...problems,
  ]
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io }) as Json
  return rest
}

function schemas(): Record<string, Json> {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries({ ...PARTS, ...ANSWERS }))
    registry.add(schema as z.ZodType, { id })
  const uri = (id: string): string => `#/components/schemas/${id}`
  const all = z.toJSONSchema(registry, { uri, io: 'output' }).schemas as Record<string, Json>
  return Object.fromEntries(
    Object.entries(all).map(([id, { $schema, $id, ...rest }]) => [id, rest]),
  )
}
