import { createHash } from 'node:crypto'
import { roleAt } from '../identity/called.ts'
import { csvOf } from '../text/csv.ts'
import { jsonOf } from '../text/json.ts'
import { visible } from '../text/visible.ts'
import type { ReviewItem, ReviewPack } from './answer-report.ts'

export interface PackFile {
  readonly name: string
  readonly text: string
}

/**
 * The files of an evidence pack, with a manifest and a list of hashes that `sha256sum -c` checks. `query` is the command that asks
 * for it again, `at` when it was written (RFC 3339). `more` goes in as it is.
 */
export function packFiles(
  pack: ReviewPack,
  made: { readonly query: string; readonly at: string },
  more: readonly PackFile[] = [],
): PackFile[] {
  const files = [
    { name: 'report.html', text: pageOf(pack, made) },
    { name: 'items.csv', text: itemsCsv(pack) },
    { name: 'findings.csv', text: findingsCsv(pack) },
    { name: 'report.json', text: jsonOf(pack) },
    ...more,
  ]
  const manifest = {
    name: 'manifest.json',
    text: `${JSON.stringify(
      {
        apiVersion: 'podtrail/v1',
        kind: 'Manifest',
        query: made.query,
        writtenAt: made.at,
        snapshot: pack.snapshot,
        reference: pack.reference,
        window: pack.window,
        coverage: pack.coverage.status,
        files: files.map(({ name, text }) => ({
          name,
          bytes: Buffer.byteLength(text),
          sha256: sha256(text),
        })),
      },
      null,
      2,
    )}\n`,
  }
  const sums = [...files, manifest].map(({ name, text }) => `${sha256(text)}  ${name}\n`)
  return [...files, manifest, { name: 'SHA256SUMS', text: sums.join('') }]
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function itemsCsv({ items }: ReviewPack): string {
  return csvOf(items, [
    ['cluster', ({ cluster }) => cluster],
    ['namespace', ({ namespace }) => namespace],
    ['serviceAccount', ({ serviceAccount }) => serviceAccount],
    ['workloads', ({ workloads }) => workloads.join(' ')],
    ['could', ({ could }) => could.join(' ')],
    ['did', ({ did }) => did.map(({ role, count }) => `${role} (${count})`).join(' ')],
    ['lastSeen', ({ lastSeen }) => lastSeen],
    ['otherAccounts', ({ otherAccounts }) => otherAccounts.join(' ')],
    ['findings', ({ findings }) => findings.join(' ')],
    ['change', ({ change }) => change],
    ['before', ({ before }) => before.join(' ')],
    ['suggestion', ({ suggestion }) => suggestion],
    ['because', ({ because }) => because],
    ['decision', () => null],
    ['decidedBy', () => null],
    ['decidedAt', () => null],
  ])
}

function findingsCsv({ findings }: ReviewPack): string {
  return csvOf(findings, [
    ['id', ({ id }) => id],
    ['rule', ({ rule }) => rule],
    ['severity', ({ severity }) => severity],
    ['subject', ({ subject }) => subject],
    ['title', ({ title }) => title],
    ['declared', ({ declared }) => declared],
    ['observed', ({ observed }) => observed],
    ['approved', ({ approved }) => approved],
    ['fix', ({ fix }) => fix.commands.join(' ; ')],
  ])
}

const STYLE = `
:root { color-scheme: light; }
body { font: 14px/1.45 system-ui, sans-serif; color: #1a1a1a; background: #fff; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; color: #555; padding: .25rem 0; }
th, td { border: 1px solid #bbb; padding: .35rem .5rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { background: #f0f0f0; } code { font-size: .9em; overflow-wrap: anywhere; } .decision { min-width: 7rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; } dt { font-weight: 600; } dd { margin: 0; }
.missing { border-left: .3rem solid #b00020; padding-left: .75rem; }
@media print {
  @page { size: A4 landscape; margin: 14mm; }
  body { margin: 0; max-width: none; font-size: 9.5pt; } thead { display: table-header-group; } tr { break-inside: avoid; } h2 { break-after: avoid; }
}
`

/** One page without scripts and without anything from elsewhere. */
function pageOf(pack: ReviewPack, { query, at }: { query: string; at: string }): string {
  const { namespace, items, findings, window, coverage, snapshot, reference, population } = pack
  const title = `Access review: namespace ${namespace}`
  const changes = items.filter(({ change }) => change !== 'unchanged' && change !== 'unknown')
  const compared =
    reference === null
      ? 'nothing: this is the first snapshot'
      : `${reference.isApproved ? 'the approved snapshot' : 'the first snapshot (none is approved)'} of ${reference.at}`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${html(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${html(title)}</h1>
<p>As of ${html(snapshot.at)} (UTC). Written ${html(at)}.</p>
</header>
<main>
<h2>Population and coverage</h2>
<dl>
${definition('Clusters', population.clusters.join(', '))}
${definition('ServiceAccounts', String(population.serviceAccounts))}
${definition('Window of use', `${window.from ?? '–'} → ${window.to ?? '–'}`)}
${definition('CloudTrail coverage', coverage.status)}
${definition('Gaps', coverage.gaps.length === 0 ? 'none known' : coverage.gaps.map((gap) => `${gap.account}/${gap.region} ${gap.from} → ${gap.to}`).join('; '))}
${definition('Accounts never seen', coverage.missing.length === 0 ? 'none' : coverage.missing.join(', '))}
${definition('Compared with', compared)}
${definition('Snapshot', snapshot.id)}
${definition('Query', query)}
</dl>
${missingPart(pack)}
<h2>Decisions to take</h2>
${table(
  'For each ServiceAccount: keep, reduce or revoke. The suggestion is what the evidence speaks for.',
  [
    'ServiceAccount',
    'Cluster',
    'Runs',
    'Could use',
    'Did use',
    'Last seen',
    'Findings',
    'Change',
    'Suggestion',
    'Decision, by, date',
  ],
  items.map((item) => [
    item.serviceAccount,
    item.cluster,
    item.workloads.join(', ') || '–',
    item.could.map(roleAt).join(', ') || '–',
    usesOf(item),
    item.lastSeen ?? 'not in the window',
    String(item.findings.length),
    item.change,
    `${item.suggestion}: ${item.because}`,
    '',
  ]),
)}
<h2>Changes since the last review</h2>
${
  changes.length === 0
    ? '<p>None.</p>'
    : table(
        'What each is given now, and what it was given then.',
        ['ServiceAccount', 'Cluster', 'Change', 'Now', 'Before'],
        changes.map(({ serviceAccount, cluster, change, could, before }) => [
          serviceAccount,
          cluster,
          change,
          could.map(roleAt).join(', ') || '–',
          before.map(roleAt).join(', ') || '–',
        ]),
      )
}
<h2>Findings</h2>
${
  findings.length === 0
    ? '<p>None.</p>'
    : table(
        'About these ServiceAccounts and their roles.',
        ['Severity', 'Rule', 'Finding', 'Declared', 'Observed', 'Approved', 'Id'],
        findings.map(({ severity, rule, title: what, declared, observed, approved, id }) => [
          severity,
          rule,
          what,
          declared ?? '–',
          observed ?? '–',
          approved ?? '–',
          id,
        ]),
      )
}
</main>
<footer><p>Absence of use is not proof of no use. The hashes of all files of this pack are in SHA256SUMS: <code>sha256sum -c SHA256SUMS</code>.</p></footer>
</body>
</html>
`
}

function missingPart({ population, notLooked }: ReviewPack): string {
  const reasons = [...new Set([...population.missing, ...notLooked.map(({ reason }) => reason)])]
  if (reasons.length === 0) return ''
  const list = reasons.map((reason) => `<li>${html(reason)}</li>`).join('\n')
  return `<div class="missing"><p><strong>Not everything could be looked at:</strong></p><ul>\n${list}\n</ul></div>`
}

function usesOf({ did }: ReviewItem): string {
  return did.map(({ role, count }) => `${roleAt(role)} (${count}×)`).join(', ') || '–'
}

function definition(term: string, text: string): string {
  return `<dt>${html(term)}</dt><dd>${html(text)}</dd>`
}

function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const heads = head.map((cell) => `<th scope="col">${html(cell)}</th>`).join('')
  const body = rows
    .map(
      (row) =>
        `<tr>${row.map((cell, i) => (i === 0 ? `<th scope="row">${html(cell)}</th>` : `<td>${html(cell)}</td>`)).join('')}</tr>`,
    )
    .join('\n')
  return `<table>\n<caption>${html(caption)}</caption>\n<thead><tr>${heads}</tr></thead>\n<tbody>\n${body}\n</tbody>\n</table>`
}

/** Names come from outside: no markup, and no characters that hide or turn text round. */
function html(text: string): string {
  return visible(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
