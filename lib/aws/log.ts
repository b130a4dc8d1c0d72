/** One line of JSON on standard output for each thing that happened, which is how CloudWatch Logs takes them. */
export interface Log {
  info(message: string, fields?: Fields): void
  warn(message: string, fields?: Fields): void
  error(message: string, fields?: Fields): void
  /** Adds to metrics of CloudWatch, by name. */
  metrics(values: Readonly<Record<string, number>>): void
}

export type Fields = Readonly<Record<string, string | number | boolean | null>>

const NAMESPACE = 'podtrail'
/** What a record says may be long; its beginning tells which it is. */
const TEXT_MAX = 512

/** `write` takes a line without its end. */
export function logOf(
  name: string,
  write: (line: string) => void = (line) => process.stdout.write(`${line}\n`),
  now: () => number = Date.now,
): Log {
  const line = (level: string, message: string, fields: Fields = {}): void => {
    const bounded = Object.entries(fields).map(([key, value]) => [
      key,
      typeof value === 'string' ? value.slice(0, TEXT_MAX) : value,
    ])
    const at = new Date(now()).toISOString()
    write(JSON.stringify({ ...Object.fromEntries(bounded), at, level, function: name, message }))
  }
  return {
    info: (message, fields) => line('info', message, fields),
    warn: (message, fields) => line('warn', message, fields),
    error: (message, fields) => line('error', message, fields),
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    metrics: (values) => {
      const metrics = Object.keys(values).map((key) => ({ Name: key }))
      const described = [{ Namespace: NAMESPACE, Dimensions: [['function']], Metrics: metrics }]
      const about = { Timestamp: now(), CloudWatchMetrics: described }
      write(JSON.stringify({ _aws: about, function: name, ...values }))
    },
  }
}

/** What an error says, for a line of the log. */
export function fieldsOf(error: unknown): Fields {
  const { name, message } =
    error instanceof Error ? error : { name: 'Error', message: String(error) }
  return { error: name, reason: message }
}
