import {
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBPreparedStatement,
} from '@duckdb/node-api'
import type { Edge } from '../answer.ts'
import type { Window } from '../questions-adapter.ts'
import { logFiles, sessions } from './duckdb-sql.ts'

/** The same log files in a DuckDB table with indexes, and the three questions as prepared statements. */
export async function openDuckDb(path: string, logs: string) {
  const instance = await DuckDBInstance.create(path)
  const connection = await instance.connect()
  await load(connection, logs)
  const who = await connection.prepare(
    `${EDGES} WHERE role = $1 AND eventTime BETWEEN $2 AND $3 GROUP BY ALL`,
  )
  const what = await connection.prepare(
    `${EDGES} WHERE namespace = $1 AND serviceAccount = $2 AND cluster = $3 AND eventTime BETWEEN $4 AND $5 GROUP BY ALL`,
  )
  const trace = await connection.prepare(TRACE)
  return {
    who: (role: string, window: Window) => rows(who, [role, window.from, window.to]),
    what: (of: Pick<Edge, 'cluster' | 'namespace' | 'serviceAccount'>, window: Window) =>
      rows(what, [of.namespace, of.serviceAccount, of.cluster, window.from, window.to]),
    trace: (accessKeyId: string) => rows(trace, [accessKeyId]),
    edges: (answer: readonly Row[]): Edge[] =>
      answer.map(([cluster, namespace, serviceAccount, role, via, count, first, last]) => ({
        cluster: cluster as string,
        namespace: namespace as string,
        serviceAccount: serviceAccount as string,
        role: role as string,
        via: via as string[],
        count: Number(count),
        first: first as string,
        last: last as string,
      })),
    keys: (answer: readonly Row[]): string[] => answer.map(([key]) => key as string),
    all: () => rowsOf(connection, `${EDGES} GROUP BY ALL`),
    close: () => {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

type Row = readonly unknown[]

const EDGES = `
  SELECT cluster, namespace, serviceAccount, role, via, count(*), min(eventTime), max(eventTime)
  FROM assumption`

// From the traced key up to its root, then printed root first.
const TRACE = `
  WITH RECURSIVE up AS (
    SELECT accessKeyId, callerKey, role, session, eventId, eventTime, sourceIp, userAgent, 0 AS depth
    FROM assumption WHERE accessKeyId = $1
    UNION ALL
    SELECT a.accessKeyId, a.callerKey, a.role, a.session, a.eventId, a.eventTime, a.sourceIp,
      a.userAgent, up.depth + 1
    FROM assumption a JOIN up ON a.accessKeyId = up.callerKey
    WHERE up.depth < 8)
  SELECT * FROM up ORDER BY depth DESC`

async function load(connection: DuckDBConnection, logs: string): Promise<void> {
  // The target account's copy of a call repeats the issued key but does not name the caller's.
  await connection.run(`
    CREATE TEMP TABLE session AS
    SELECT accessKeyId, max(callerKey) AS callerKey, any_value(role) AS role,
      any_value(session) AS session, min(eventTime) AS eventTime, any_value(eventId) AS eventId,
      any_value(sourceIp) AS sourceIp, any_value(userAgent) AS userAgent,
      max(cluster) AS cluster, max(namespace) AS namespace, max(serviceAccount) AS serviceAccount
    FROM (${sessions(logFiles(logs))}) GROUP BY accessKeyId`)
  await connection.run(`
    CREATE TABLE assumption AS
    WITH RECURSIVE chain AS (
      SELECT *, []::VARCHAR[] AS via FROM session WHERE cluster IS NOT NULL
      UNION ALL
      SELECT s.* REPLACE (c.cluster AS cluster, c.namespace AS namespace,
        c.serviceAccount AS serviceAccount), list_append(c.via, c.role)
      FROM session s JOIN chain c ON s.callerKey = c.accessKeyId
      WHERE s.cluster IS NULL AND len(c.via) < 8)
    SELECT * FROM chain ORDER BY role, eventTime`)
  await connection.run('DROP TABLE session')
  await connection.run('CREATE INDEX byKey ON assumption (accessKeyId)')
  await connection.run('CREATE INDEX byRole ON assumption (role)')
  await connection.run('CREATE INDEX byWorkload ON assumption (serviceAccount, namespace)')
  await connection.run('CHECKPOINT')
}

async function rows(statement: DuckDBPreparedStatement, values: readonly string[]): Promise<Row[]> {
  for (const [i, value] of values.entries()) statement.bindVarchar(i + 1, value)
  return (await statement.runAndReadAll()).getRowsJson()
}

async function rowsOf(connection: DuckDBConnection, sql: string): Promise<Row[]> {
  return (await connection.runAndReadAll(sql)).getRowsJson()
}
