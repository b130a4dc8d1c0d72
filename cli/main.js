#!/usr/bin/env node
// Not TypeScript: what strips types takes 40 ms to load, and is not needed for files that the compile cache has.
import { enableCompileCache } from 'node:module'

const NODE_MIN = 24
const [major = 0] = process.versions.node.split('.').map(Number)

if (major < NODE_MIN) {
  process.stderr.write(
    `podtrail needs Node.js ${NODE_MIN} or newer; this is ${process.version} (${process.execPath}).\n` +
      'From a checkout, after `npm ci`: npm run -s podtrail -- COMMAND (it brings its own Node.js).\n' +
      'Or install a newer one: https://nodejs.org/en/download\n',
  )
  process.exitCode = 1
} else {
  enableCompileCache()
  const { run } = await import('./program.ts')
  process.exitCode = await run(process.argv.slice(2))
}
