/** Writes the pages of docs/rules from detectors, coverage rules and checks. `node scripts/docs.ts`; a test compares what is there with what it would write. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { COVERAGE_RULES } from '../lib/coverage/rules.ts'
import { DETECTORS } from '../lib/detect/all.ts'
import type { Detector } from '../lib/detect/detector.ts'
import { CHECKS } from '../lib/drift/all.ts'
import type { Check } from '../lib/drift/check.ts'
import type { Rule } from '../lib/rule.ts'

const ROOT = dirname(import.meta.dirname)

/** The pages by path from the top of the checkout. */
export function rulePages(): Map<string, string> {
  return new Map([
    ...folder(
      'drift',
      'Drift checks',
      'What `podtrail drift` looks for in what is declared.',
      CHECKS,
      pageOf,
    ),
    ...folder(
      'anomalies',
      'Detectors',
      'What `podtrail detect` looks for in what is seen.',
      DETECTORS,
      detectorPage,
    ),
    ...folder(
      'coverage',
      'Coverage rules',
      'What `podtrail detect` says about what is not seen.',
      COVERAGE_RULES,
      detectorPage,
    ),
  ])
}

/** A page for each rule, and one that lists them. */
function folder<Kind extends Rule>(
  name: string,
  title: string,
  about: string,
  rules: readonly Kind[],
  page: (rule: Kind) => string,
): [path: string, text: string][] {
  const rows = rules.map(
    (rule) => `| [${rule.id}](${rule.id}.md) | ${rule.severity} | ${rule.title} |`,
  )
  const index = `# ${title}

${about} These pages are made from the rules themselves by \`scripts/docs.ts\`.

| rule | severity | |
|---|---|---|
${rows.join('\n')}
`
  return [
    [`docs/rules/${name}/README.md`, index],
    ...rules.map((rule): [string, string] => [`docs/rules/${name}/${rule.id}.md`, page(rule)]),
  ]
}

const techniquesOf = ({ attack }: Rule): string =>
  attack
    .map(
      (technique) =>
        `[${technique}](https://attack.mitre.org/techniques/${technique.replace('.', '/')}/)`,
    )
    .join(', ')

const numbered = (steps: readonly string[]): string =>
  steps.map((step, index) => `${index + 1}. ${step}`).join('\n')

function detectorPage(detector: Detector): string {
  const { id, title, severity, why, blindSpots, runbook, settings = {}, examples } = detector
  const list = (expects: string): string =>
    examples
      .filter((example) => example.expects === expects)
      .map(
        (example) =>
          `- ${example.title}${example.severity === undefined ? '' : ` (${example.severity})`}`,
      )
      .join('\n')
  const rows = Object.entries(settings).map(
    ([name, { default: usual, min, max, about }]) =>
      `| \`${name}\` | ${usual} | ${min} to ${max} | ${about} |`,
  )
  const table =
    rows.length === 0
      ? ''
      : `
## Settings

Under \`detect.rules.${id}\` in \`podtrail.yaml\`:

| | default | | |
|---|---|---|---|
${rows.join('\n')}
`
  return `# ${title}

\`${id}\` · ${severity} · ${techniquesOf(detector)}

${why}

**Blind spots.** ${blindSpots}

## What to do

${numbered(runbook)}

## Fires

${list('fires')}

## Stays quiet

${list('quiet')}
${table}`
}

function pageOf(check: Check): string {
  const { id, title, severity, why, blindSpots, runbook, needs, examples } = check
  const list = (expects: string) =>
    examples
      .filter((example) => example.expects === expects)
      .map((example) => `- ${example.title}`)
      .join('\n')
  const notLooked = list('could-not-look')
  return `# ${title}

\`${id}\` · ${severity} · ${techniquesOf(check)}

${why}

**Blind spots.** ${blindSpots}

**Reads:** ${needs.join(', ')}. Where one of these is missing, the answer is "could not look".

## What to do

${numbered(runbook)}

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
