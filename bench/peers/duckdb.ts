import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DuckDBInstance } from '@duckdb/node-api'
import { logFiles, Q1 } from './duckdb-sql.ts'

// DuckDB with a STRUCT schema that names only the fields of the question: its fastest way to read these files.

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { threads: { type: 'string', default: '1' } },
})
const [directory] = positionals
if (directory === undefined) throw new Error('usage: node peers/duckdb.ts DIR [--threads N]')

const instance = await DuckDBInstance.create(':memory:', { threads: values.threads })
const connection = await instance.connect()
// Order costs time and is not asked for.
await connection.run('SET preserve_insertion_order = false')
const result = await connection.runAndReadAll(Q1(logFiles(join(directory, 'AWSLogs'))))
const lines = result.getRowsJson().map((row) => row.join('\t'))
process.stdout.write(`${lines.join('\n')}\n`)
