import { type Stats, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Tree, TreeFile } from '../coverage/digest-chain.ts'
import { findFiles, NoSuchPath, readStored } from './files.ts'

const AWS_LOGS = '/AWSLogs/'

/** All files below a folder; or, of a digest file, below the `AWSLogs` that it lies in. Throws `NoSuchPath`. */
export async function findTree(path: string): Promise<Tree> {
  const only = isFolder(path) ? null : resolve(path)
  const folder = only === null ? path : folderOf(only)
  const top = `${resolve(folder)}/`.replace('//', '/')
  const files: TreeFile[] = []
  const refused: TreeFile[] = []
  let chosen: string | null = null
  for await (const found of findFiles([folder])) {
    const absolute = resolve(found.path)
    const at = absolute.lastIndexOf(AWS_LOGS)
    const root = at < 0 ? top : absolute.slice(0, at + 1)
    const file = { path: found.path, root, name: absolute.slice(root.length) }
    if (found.kind === 'refused') refused.push(file)
    else files.push(file)
    if (absolute === only) chosen = found.path
  }
  return {
    files,
    refused,
    only: chosen,
    read: (file, storedMax) => {
      // A pipe would never end.
      if (statsOf(file)?.isFile() !== true) return { kind: 'refused', reason: 'unreadable' }
      return readStored(file, storedMax)
    },
  }
}

function isFolder(path: string): boolean {
  const stats = statsOf(path)
  if (stats === undefined) throw new NoSuchPath(path)
  return stats === null || stats.isDirectory()
}

/** Undefined: nothing is there; null: it may not be looked at. */
function statsOf(path: string): Stats | null | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return null
  }
}

function folderOf(file: string): string {
  const at = file.lastIndexOf(AWS_LOGS)
  return at < 0 ? dirname(file) : file.slice(0, at + AWS_LOGS.length - 1)
}
