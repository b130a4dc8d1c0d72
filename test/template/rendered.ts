import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { FUNCTIONS } from '../../scripts/packaging/artefacts.ts'
import { renderTemplate, type Template, writeSettings } from '../../scripts/packaging/template.ts'
import { zip } from '../../scripts/packaging/zip.ts'

const ROOT = join(import.meta.dirname, '../..')
export const SETTINGS = readFileSync(join(ROOT, 'deploy/example.yaml'), 'utf8')

/** The template as it would be deployed with these parameters, made anew in a folder of its own. */
export function rendered(
  parameters: Readonly<Record<string, string>>,
  settings = SETTINGS,
): Template {
  const folder = mkdtempSync(join(tmpdir(), 'podtrail-template-'))
  try {
    writeSettings(settings, 'deploy/example.yaml', folder)
    // What is in the artefacts makes no difference to the template.
    mkdirSync(join(folder, 'functions'))
    for (const name of FUNCTIONS) writeFileSync(join(folder, 'functions', `${name}.zip`), zip([]))
    return renderTemplate(folder, new Map(Object.entries(parameters)))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A template that is CloudFormation as it stands, with the short forms of its functions written out. */
export function plainTemplate(file: string): Template {
  const short = (name: string, to: (value: string) => unknown) => ({
    tag: `!${name}`,
    resolve: to,
  })
  return parse(readFileSync(join(ROOT, file), 'utf8'), {
    customTags: [
      short('Ref', (value) => ({ Ref: value })),
      short('Sub', (value) => ({ 'Fn::Sub': value })),
      short('GetAtt', (value) => ({ 'Fn::GetAtt': value.split('.') })),
    ],
  }) as Template
}

/** Sources of a folder by name. */
export function sources(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(join(ROOT, folder)).map((name) => [
      name,
      readFileSync(join(ROOT, folder, name), 'utf8'),
    ]),
  )
}
