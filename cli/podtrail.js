#!/usr/bin/env node
// Plain JavaScript, so that a Node.js which cannot read TypeScript says so in words.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const NODE_MIN = 24
const isOld = Number(process.versions.node.split('.')[0]) < NODE_MIN
const main = new URL('./main.ts', import.meta.url)
const own = new URL('../node_modules/.bin/node', import.meta.url)

if (!isOld) {
  await import(main.href)
} else if (existsSync(own)) {
  const args = [fileURLToPath(main), ...process.argv.slice(2)]
  const { status, signal } = spawnSync(fileURLToPath(own), args, { stdio: 'inherit' })
  process.exitCode = signal === 'SIGINT' ? 130 : (status ?? 1)
} else {
  process.stderr.write(
    `podtrail needs Node.js ${NODE_MIN} or newer; this is ${process.version} (${process.execPath}).\n` +
      'Install a newer one: https://nodejs.org/en/download\n',
  )
  process.exitCode = 1
}
