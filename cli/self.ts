import { relative } from 'node:path'

/** How this program was called, so that printed commands can be copied. */
export function self(): string {
  const script = process.argv[1] ?? ''
  if (process.env['npm_lifecycle_event'] !== undefined) return 'npm run -s podtrail --'
  return script.endsWith('.js') ? `node ${relative(process.cwd(), script) || script}` : 'podtrail'
}
