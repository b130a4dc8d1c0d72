import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseDynamoUrl, parseS3Url } from '../../lib/aws/urls.ts'

describe('URLs of AWS', () => {
  it('name a table, and where it is', () => {
    expect(parseDynamoUrl('dynamodb:podtrail')).toEqual({ table: 'podtrail' })
    expect(parseDynamoUrl('dynamodb:a.b-c_d?region=eu-west-1')).toEqual({
      table: 'a.b-c_d',
      region: 'eu-west-1',
    })
    expect(
      parseDynamoUrl('dynamodb:podtrail?endpoint=http%3A%2F%2Flocalhost%3A8000&region=x'),
    ).toEqual({ table: 'podtrail', region: 'x', endpoint: 'http://localhost:8000' })
    expect(parseDynamoUrl('dynamodb:podtrail?endpoint=http://localhost:8000')).toEqual({
      table: 'podtrail',
      endpoint: 'http://localhost:8000',
    })
    expect(parseDynamoUrl('dynamodb:podtrail?facts=acme-facts&region=x')).toEqual({
      table: 'podtrail',
      facts: 'acme-facts',
      region: 'x',
    })
    for (const wrong of [
      'dynamodb:',
      'dynamodb:ab',
      'dynamodb:podtrail?facts=A_B',
      'dynamodb:a table',
      'dynamodb:podtrail?regoin=x',
      'sqlite:podtrail',
      `dynamodb:${'x'.repeat(256)}`,
    ])
      expect(parseDynamoUrl(wrong), wrong).toBeNull()
  })

  it('name a bucket, and what is in it', () => {
    expect(parseS3Url('s3://acme-logs')).toEqual({ bucket: 'acme-logs', prefix: '' })
    expect(parseS3Url('s3://acme-logs/AWSLogs/1/')).toEqual({
      bucket: 'acme-logs',
      prefix: 'AWSLogs/1/',
    })
    expect(parseS3Url('s3://acme-logs/why?not')).toEqual({ bucket: 'acme-logs', prefix: 'why?not' })
    expect(parseS3Url('s3://acme-logs/a?region=eu-west-1')).toEqual({
      bucket: 'acme-logs',
      prefix: 'a',
      region: 'eu-west-1',
    })
    for (const wrong of ['s3://', 's3:///key', 's3://A_B/x', 's3:acme', 'https://acme/x'])
      expect(parseS3Url(wrong), wrong).toBeNull()
  })
})

it('nothing that a command loads at its start loads the SDK', () => {
  const root = join(import.meta.dirname, '../..')
  const open = ['cli/main.js', 'cli/program.ts', ...globSync('cli/commands/*.ts', { cwd: root })]
  const loaded = new Set(open)
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const text = readFileSync(join(root, path), 'utf8')
    for (const [, from] of text.matchAll(
      /^(?:import|export) (?!type )(?:[^;]*? from )?'([^']+)'/gm,
    )) {
      const target = from!.startsWith('.') ? join(dirname(path), from!) : from!
      if (loaded.has(target)) continue
      loaded.add(target)
      if (from!.startsWith('.')) open.push(target)
    }
  }
  expect(loaded.size).toBeGreaterThan(50)
  expect([...loaded].filter((name) => /^@(?:aws-sdk|smithy)\//.test(name))).toEqual([])
})
