import { type OpenApi, type Operation, openApi, type Parameter } from './openapi.ts'
import { PROBLEMS } from './problem.ts'

/** The interface as one page, made of its OpenAPI document: no script, nothing from elsewhere, and it prints. */
export function docsPage(): string {
  const document = openApi()
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>podtrail API</title>
<link rel="stylesheet" href="/api/docs.css">
</head>
<body>
<header>
<h1>podtrail API</h1>
<p>${html(String(document.info['description']))}</p>
<p>The same for machines: <code>GET /api/v1/openapi.json</code>, with the credentials of a viewer.</p>
<pre>curl -H "Authorization: Bearer $PODTRAIL_TOKEN" 'http://127.0.0.1:8787/api/v1/edges?role=ledger-writer'</pre>
</header>
<nav aria-label="Paths"><ul>
${operations.map(({ path, method, operation }) => `<li><a href="#${operation.operationId}"><b>${method.toUpperCase()}</b> ${html(path)}</a> ${html(operation.summary)}</li>`).join('\n')}
</ul></nav>
<main>
${operations.map(({ path, method, operation }) => section(path, method, operation)).join('\n')}
<h2 id="problems">Problems</h2>
<p>Whatever is refused is answered with <code>application/problem+json</code>, whose <code>code</code> is one of these.</p>
<table><thead><tr><th scope="col">Status</th><th scope="col">Code</th><th scope="col">Meaning</th></tr></thead><tbody>
${Object.entries(PROBLEMS)
  .map(
    ([code, [status, , detail]]) =>
      `<tr id="${code}"><td>${status}</td><th scope="row"><code>${code}</code></th><td>${html(detail)}</td></tr>`,
  )
  .join('\n')}
</tbody></table>
<h2 id="answers">Answers</h2>
${Object.entries(document.components.schemas)
  .map(([name, schema]) => `<h3 id="schema-${name}">${name}</h3>\n${shapeOf(schema)}`)
  .join('\n')}
</main>
</body>
</html>
`
}

function section(path: string, method: string, operation: Operation): string {
  const { operationId, summary, parameters, requestBody, responses } = operation
  const body = requestBody?.content['application/json']?.schema
  return `<section id="${operationId}">
<h2><b>${method.toUpperCase()}</b> <code>/api/v1${html(path)}</code></h2>
<p>${html(summary)}. For ${html(operation['x-role'])}s and above.</p>
${parameters.length === 0 ? '' : parameterTable(parameters)}
${body === undefined ? '' : `<h3>Body</h3>\n${shapeOf(body)}`}
<p>Answers: ${Object.entries(responses)
    .map(([status, response]) => `<b>${status}</b> ${answerWords(response)}`)
    .join(' · ')}</p>
</section>`
}

function parameterTable(parameters: readonly Parameter[]): string {
  const rows = parameters.map(
    ({ name, in: where, required, description = '', schema }) =>
      `<tr><th scope="row"><code>${html(name)}</code></th><td>${where}${required ? ', required' : ''}</td><td>${typeWords(schema)}</td><td>${html(description)}</td></tr>`,
  )
  return `<table><thead><tr><th scope="col">Parameter</th><th scope="col">In</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table>`
}

type Schema = OpenApi['components']['schemas'][string]

function answerWords(response: Schema): string {
  const content = Object.entries((response['content'] ?? {}) as Record<string, { schema?: Schema }>)
  return content
    .map(([type, { schema }]) => (schema === undefined ? html(type) : typeWords(schema)))
    .join(', ')
}

/** Fields of an object, one a line. */
function shapeOf(schema: Schema): string {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Schema>)
  if (properties.length === 0) return `<p>${typeWords(schema)}</p>`
  const required = (schema['required'] ?? []) as string[]
  const rows = properties.map(
    ([name, field]) =>
      `<tr><th scope="row"><code>${html(name)}${required.includes(name) ? '' : '?'}</code></th><td>${typeWords(field)}</td></tr>`,
  )
  return `<table><tbody>\n${rows.join('\n')}\n</tbody></table>`
}

function typeWords(schema: Schema): string {
  const { $ref, anyOf, type, items, properties, format, const: constant } = schema
  const values = schema['enum'] as readonly unknown[] | undefined
  if (typeof $ref === 'string') {
    const name = $ref.slice($ref.lastIndexOf('/') + 1)
    return `<a href="#schema-${html(name)}">${html(name)}</a>`
  }
  if (constant !== undefined) return `<code>${html(JSON.stringify(constant))}</code>`
  if (values !== undefined)
    return values.map((value) => `<code>${html(String(value))}</code>`).join(' | ')
  if (Array.isArray(anyOf)) return (anyOf as Schema[]).map(typeWords).join(' | ')
  if (type === 'array') return `[${typeWords((items ?? {}) as Schema)}]`
  if (typeof properties === 'object')
    return `{ ${Object.entries(properties as Record<string, Schema>)
      .map(([name, field]) => `${html(name)}: ${typeWords(field)}`)
      .join(', ')} }`
  if (type === undefined) return 'anything'
  const words = (Array.isArray(type) ? type : [type]).join(' | ')
  return html(format === undefined ? words : `${words} (${String(format)})`)
}

function html(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

export const DOCS_STYLE = `:root { color-scheme: light dark; --line: #8886; --soft: #8882; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 68rem; padding: 1rem; }
h1 { font-size: 1.6rem; } h2 { border-top: 1px solid var(--line); font-size: 1.15rem; margin: 2rem 0 .5rem; padding-top: 1rem; } h3 { font-size: 1rem; }
nav ul { list-style: none; padding: 0; } nav b { display: inline-block; width: 3.2rem; }
code, pre { font: .92em ui-monospace, monospace; } pre { background: var(--soft); overflow-x: auto; padding: .75rem; }
table { border-collapse: collapse; width: 100%; } th, td { border-bottom: 1px solid var(--line); overflow-wrap: anywhere; padding: .3rem .5rem; text-align: left; vertical-align: top; }
th { font-weight: 600; } :target { background: var(--soft); }
`
