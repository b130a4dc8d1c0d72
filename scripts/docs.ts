/** Writes the pages of docs/rules from the checks. `node scripts/docs.ts`; a test compares what is there with what it would write. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CHECKS } from '../lib/drift/all.ts'
import type { Check } from '../lib/drift/check.ts'

const ROOT = dirname(import.meta.dirname)

/** The pages by path from the top of the checkout. */
export function rulePages(): Map<string, string> {
  const pages = CHECKS.map((check): [string, string] => [
    `docs/rules/drift/${check.id}.md`,
    pageOf(check),
  ])
  return new Map([['docs/rules/drift/README.md', indexOf(CHECKS)], ...pages])
}

function indexOf(checks: readonly Check[]): string {
  const rows = checks.map(
    ({ id, title, severity }) => `| [${id}](${id}.md) | ${severity} | ${title} |`,
  )
  return `# Drift checks

What \`podtrail drift\` looks for in what is declared. These pages are made from the checks by \`scripts/docs.ts\`.

| check | severity | |
|---|---|---|
${rows.join('\n')}
`
}

function pageOf(check: Check): string {
  const { id, title, severity, attack, why, blindSpots, runbook, needs, examples } = check
  const techniques = attack.map(
    (technique) =>
      `[${technique}](https://attack.mitre.org/techniques/${technique.replace('.', '/')}/)`,
  )
  const list = (expects: string) =>
    examples
      .filter((example) => example.expects === expects)
      .map((example) => `- ${example.title}`)
      .join('\n')
  const notLooked = list('could-not-look')
  return `# ${title}

\`${id}\` · ${severity} · ${techniques.join(', ')}

${why}

**Blind spots.** ${blindSpots}

**Reads:** ${needs.join(', ')}. Where one of these is missing, the answer is "could not look".

## What to do

${runbook.map((step, index) => `${index + 1}. ${step}`).join('\n')}

## Deviates

${list('deviates')}

## Complies

${list('complies')}
${notLooked === '' ? '' : `\n## Could not look\n\n${notLooked}\n`}`
}

if (import.meta.main)
  for (const [path, text] of rulePages()) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true })
    writeFileSync(join(ROOT, path), text)
  }
