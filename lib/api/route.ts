import type * as z from 'zod'
import type { Config } from '../config.ts'
import type { Asked, Known } from '../graph/answer.ts'
import type { Baselines, Findings, Questions, SignOffs, Snapshots, Workbench } from '../ports.ts'
import type { Caller, Role } from './auth/caller.ts'
import type { ProblemCode } from './problem.ts'
import type { Reading } from './reading.ts'
import type { ANSWERS } from './schema/all.ts'

/** Names of answers; a `File` is no JSON. */
export type AnswerName = keyof typeof ANSWERS | 'File'

/** What the app needs of a store. */
export type ApiStore = Questions &
  Pick<Workbench, 'sightings'> &
  Snapshots &
  Findings &
  Baselines &
  SignOffs

/** One request, checked: who asks for what. */
export interface Asking<Query, Body = undefined> {
  readonly store: ApiStore
  readonly config: Config | null
  readonly known: Known
  readonly reading: Reading
  readonly caller: Caller
  /** Window and page. Rows are all there where the whole table is taken along. */
  readonly asked: Asked
  readonly query: Query
  readonly params: Readonly<Record<string, string>>
  readonly body: Body
  /** Of `If-Match`, without the quotes; null where there is none. */
  readonly ifMatch: string | null
  /** Seconds since 1970. */
  readonly now: number
}

/** An answer as a table, for those who take it along. */
export interface Table {
  readonly lines: readonly unknown[]
  readonly csv: () => string
}

/** One method of one path. The role is not optional: what nobody may do is not there. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT'
  /** Below /api/v1, `{name}` for a part that varies. */
  readonly path: string
  readonly least: Role
  readonly summary: string
  readonly query: z.ZodObject
  readonly params: Readonly<Record<string, z.ZodString>>
  readonly body: z.ZodType | null
  /** Largest body in bytes. */
  readonly bodyMax: number
  /** Name of the schema of its answer, and its status. */
  readonly answer: AnswerName
  readonly status: 200 | 201
  /** What else may come, beside what may come of any path. */
  readonly problems: readonly ProblemCode[]
  /** The answer is about the caller or the moment, and must not be kept for others. */
  readonly isPersonal: boolean
  /** It takes the longer the more is stored, and must not keep others waiting. */
  readonly isWide: (query: Readonly<Record<string, unknown>>) => boolean
  readonly handle: (asking: Asking<never, never>) => Promise<object>
  /** How the answer is taken along; null: it is no table. */
  readonly table: ((answer: never) => Table) | null
}

const BODY_MAX = 64 * 1024

type Declared<Query extends z.ZodObject, Body extends z.ZodType | null, Result extends object> = {
  readonly method?: 'GET' | 'POST' | 'PUT'
  readonly path: string
  readonly least: Role
  readonly summary: string
  readonly query: Query
  readonly params?: Readonly<Record<string, z.ZodString>>
  readonly body?: Body
  readonly bodyMax?: number
  readonly answer: AnswerName
  readonly status?: 200 | 201
  readonly problems?: readonly ProblemCode[]
  readonly isPersonal?: boolean
  readonly isWide?: Route['isWide']
  readonly handle: (
    asking: Asking<z.output<Query>, [Body] extends [z.ZodType] ? z.output<Body> : undefined>,
  ) => Promise<Result>
  readonly table?: (answer: Result) => Table
}

/** Declares a route; what its schemas let through is what its handler gets. */
export function route<
  Query extends z.ZodObject,
  Body extends z.ZodType | null,
  Result extends object,
>(declared: Declared<Query, Body, Result>): Route {
  const { method = 'GET', params = {}, body = null, problems = [], table = null } = declared
  const { bodyMax = BODY_MAX, status = 200, isPersonal = false, isWide = () => false } = declared
  return { ...declared, method, params, body, problems, table, bodyMax, status, isPersonal, isWide }
}

/** For `isWide`. */
export const always = (): boolean => true

/** For `isWide`: neither a role nor a principal is named. */
export const namesNobody: Route['isWide'] = ({ role, principal }) =>
  role === undefined && principal === undefined

type Present<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> }

/** The fields that have a value. */
export function given<Fields extends object>(fields: Fields): Present<Fields> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Present<Fields>
}
