import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type FoundFile,
  findFiles,
  NoSuchPath,
  readStored,
  readStream,
} from '../../lib/local/files.ts'

const NAME = '111122223333_CloudTrail_eu-west-1_20250304T0505Z_AbCdEfGh12345678.json.gz'
const TREE = 'AWSLogs/111122223333'
const DAY = 'eu-west-1/2025/03/04'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'podtrail-files-'))
})
afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

function put(...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), 'x')
  }
}

async function find(...paths: string[]): Promise<string[]> {
  const all: FoundFile[] = []
  for await (const found of findFiles(
    paths.map((path) => (path === '-' ? path : join(root, path))),
  ))
    all.push(found)
  return all.map((found) => {
    const path = found.path.replace(`${root}/`, '')
    if (found.kind === 'file') return path
    return `${path}: ${found.kind === 'skipped' ? found.skipped : found.reason}`
  })
}

describe('findFiles', () => {
  it('walks folders in the order of their paths and takes what is called like a log file', async () => {
    put('logs/b.json', 'logs/a/2.jsonl', 'logs/a/1.ndjson', 'logs/a-b.json.gz', 'logs/c.gz')
    put('logs/README.md', 'logs/a/picture.png', 'logs/.DS_Store', 'logs/json')
    expect(await find('logs')).toEqual(
      [
        'logs/.DS_Store: name',
        'logs/a-b.json.gz',
        'logs/a/1.ndjson',
        'logs/a/2.jsonl',
        'logs/a/picture.png: name',
        'logs/b.json',
        'logs/c.gz',
        'logs/json: name',
        'logs/README.md: name',
      ].sort((a, b) => (a < b ? -1 : 1)),
    )
  })

  it('leaves aside what is no log in a tree of CloudTrail', async () => {
    const digest = '111122223333_CloudTrail-Digest_eu-west-1_t_eu-west-1_20250304T050500Z.json.gz'
    put(
      `${TREE}/CloudTrail/${DAY}/${NAME}`,
      `${TREE}/CloudTrail-Digest/${DAY}/${digest}`,
      `${TREE}/CloudTrail-Insight/${DAY}/${NAME.replace('CloudTrail', 'CloudTrail-Insight')}`,
      `${TREE}/CloudTrail-Aggregated/${DAY}/x.json.gz`,
      `${TREE}/Config/${DAY}/x.json.gz`,
    )
    const found = await find('AWSLogs')
    expect(found.map((line) => line.split(': ')[1] ?? line)).toEqual([
      'aggregated',
      'digest',
      'insight',
      `${TREE}/CloudTrail/${DAY}/${NAME}`,
      'foreign',
    ])
    expect(await find(`${TREE}/CloudTrail-Digest/${DAY}/${digest}`)).toEqual([
      `${TREE}/CloudTrail-Digest/${DAY}/${digest}: digest`,
    ])
  })

  it('says when a log file was delivered', async () => {
    put(NAME)
    for await (const found of findFiles([join(root, NAME)]))
      expect(found).toMatchObject({ kind: 'file', key: { deliveredAt: 1_741_064_700 } })
    expect.assertions(1)
  })

  it('takes a file that is named itself, whatever it is called', async () => {
    put('events.txt', 'what*ever')
    expect(await find('events.txt', 'what*ever')).toEqual(['events.txt', 'what*ever'])
  })

  it('takes arguments in their order, and standard input as it is', async () => {
    put('b/1.json', 'a/1.json', 'c.json')
    expect(await find('c.json', '-', 'b', 'a')).toEqual(['c.json', '-', 'b/1.json', 'a/1.json'])
  })

  it('follows patterns, sorted', async () => {
    put('x/2.json', 'x/1.json', 'x/y/3.json', 'x/notes.txt')
    expect(await find('x/*.json')).toEqual(['x/1.json', 'x/2.json'])
    expect(await find('x/**/*.json')).toEqual(['x/1.json', 'x/2.json', 'x/y/3.json'])
    expect(await find('x/*')).toEqual(['x/1.json', 'x/2.json', 'x/notes.txt: name', 'x/y/3.json'])
    expect(await find('x/{1,2}.json')).toEqual(['x/1.json', 'x/2.json'])
  })

  it.each(['nowhere', 'nowhere/x.json', 'x.json/y', 'no*where'])(
    'names the argument that names nothing: %s',
    async (path) => {
      put('x.json')
      const reading = find('x.json', path)
      await expect(reading).rejects.toBeInstanceOf(NoSuchPath)
      await expect(reading).rejects.toMatchObject({
        path: join(root, path),
        message: expect.stringContaining(path),
      })
    },
  )

  it('comes to an end where links go in circles', async () => {
    put('a/1.json', 'b/2.json')
    symlinkSync(join(root, 'a'), join(root, 'a/self'))
    symlinkSync(root, join(root, 'a/up'))
    symlinkSync(join(root, 'loop'), join(root, 'loop'))
    expect(await find('')).toEqual(['a/1.json', 'b/2.json', 'loop: unreadable'])
  })

  it('follows links to files and folders', async () => {
    put('real/1.json')
    symlinkSync(join(root, 'real'), join(root, 'link'))
    symlinkSync(join(root, 'real/1.json'), join(root, '2.json'))
    expect(await find('link', '2.json')).toEqual(['link/1.json', '2.json'])
  })

  it('reports what it cannot look at, and goes on', async () => {
    put('logs/1.json', 'logs/3.json')
    symlinkSync(join(root, 'gone'), join(root, 'logs/2.json'))
    expect(await find('logs')).toEqual(['logs/1.json', 'logs/2.json: unreadable', 'logs/3.json'])
  })

  it('reports a folder that may not be opened, unless root may', async () => {
    put('logs/closed/1.json', 'logs/open.json')
    chmodSync(join(root, 'logs/closed'), 0)
    try {
      const closed = process.getuid?.() === 0 ? 'logs/closed/1.json' : 'logs/closed: unreadable'
      expect(await find('logs')).toEqual([closed, 'logs/open.json'])
    } finally {
      chmodSync(join(root, 'logs/closed'), 0o700)
    }
  })
})

describe('readStored', () => {
  it('reads all bytes, up to the limit', () => {
    writeFileSync(join(root, 'a'), 'hello')
    expect(readStored(join(root, 'a'))).toEqual({ kind: 'bytes', bytes: Buffer.from('hello') })
    expect(readStored(join(root, 'a'), 5)).toEqual({ kind: 'bytes', bytes: Buffer.from('hello') })
    expect(readStored(join(root, 'a'), 4)).toEqual({ kind: 'refused', reason: 'too-large' })
  })

  it('reads an empty file as no bytes', () => {
    writeFileSync(join(root, 'a'), '')
    expect(readStored(join(root, 'a'))).toEqual({ kind: 'bytes', bytes: Buffer.alloc(0) })
  })

  it('reads a file that does not know its size', () => {
    const stored = readStored('/proc/self/status')
    if (process.platform === 'linux')
      expect(stored.kind === 'bytes' && stored.bytes.toString()).toContain('Name:')
    else expect(stored).toEqual({ kind: 'refused', reason: 'unreadable' })
  })

  it('says that it cannot read what is gone or is a folder', () => {
    const unreadable = { kind: 'refused', reason: 'unreadable' }
    expect(readStored(join(root, 'gone'))).toEqual(unreadable)
    expect(readStored(root)).toEqual(unreadable)
  })
})

describe('readStream', () => {
  it('reads all chunks, up to the limit', async () => {
    const stream = () => Readable.from([Buffer.from('he'), Buffer.from('llo')])
    expect(await readStream(stream())).toEqual({ kind: 'bytes', bytes: Buffer.from('hello') })
    expect(await readStream(stream(), 5)).toEqual({ kind: 'bytes', bytes: Buffer.from('hello') })
    expect(await readStream(stream(), 4)).toEqual({ kind: 'refused', reason: 'too-large' })
    expect(await readStream(Readable.from([]))).toEqual({ kind: 'bytes', bytes: Buffer.alloc(0) })
  })

  it('stops reading at the limit, though the stream has no end', async () => {
    async function* endless() {
      for (;;) yield Buffer.alloc(1000)
    }
    expect(await readStream(endless(), 10_000)).toEqual({ kind: 'refused', reason: 'too-large' })
  })

  it('says that it cannot read a stream that breaks', async () => {
    async function* broken() {
      yield Buffer.from('he')
      throw new Error('EIO')
    }
    expect(await readStream(broken())).toEqual({ kind: 'refused', reason: 'unreadable' })
  })
})
