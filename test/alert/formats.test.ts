import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FORMATS } from '../../lib/alert/all.ts'
import { messageOf, summaryMessageOf } from '../../lib/alert/message.ts'
import type { Finding } from '../../lib/finding/finding.ts'
import type { Principal } from '../../lib/model.ts'
import { finding } from '../finding/samples.ts'
import { runs } from '../property-runs.ts'
import { HOSTILE } from './hostile.ts'
import { alert, FORMAT_LIST, summary, TOPIC } from './samples.ts'

/** Every string of a finding that may come from an event is this one. */
function filledWith(text: string): Finding {
  const principal: Principal = {
    kind: 'workload',
    id: text,
    cluster: text,
    namespace: text,
    serviceAccount: text,
    name: text,
    account: text,
  }
  const one = finding({
    subject: text,
    title: text,
    normal: text,
    story: text,
    principal,
    via: [text, text],
    role: text,
    account: text,
    networks: [text, `${text}2`],
    evidence: [{ eventId: text, account: text, at: 1_795_400_000, text }],
  })
  const history = one.history.map((each) => ({ ...each, reason: text, by: text, ticket: text }))
  const fix = { changes: [], commands: [text] }
  return { ...one, declared: text, observed: text, approved: text, fix, history }
}

const bodies = (text: string): [string, string][] =>
  FORMAT_LIST.flatMap((format): [string, string][] => {
    const given = filledWith(text)
    const own = messageOf(alert(given, [given]), format, TOPIC)
    const all: [string, string][] = [[format.id, own.body]]
    if (format.isForPeople) all.push([format.id, summaryMessageOf(summary([given]), format).body])
    return all
  })

/** All strings in a value. */
function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (value === null || typeof value !== 'object') return []
  return Object.values(value).flatMap(stringsIn)
}

const CONTROL = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

describe('every format', () => {
  it.each(FORMAT_LIST)('$id looks as it did', async (format) => {
    const others = [
      finding({
        subject: 'b',
        rule: 'new-chain',
        severity: 'high',
        title: 'sandbox/debug became ledger-writer for the first time',
      }),
    ]
    const { subject, body, attributes } = messageOf(alert(finding(), others), format, TOPIC)
    const shown = format.id === 'text' ? body : `${JSON.stringify(JSON.parse(body), null, 2)}\n`
    const file = join(import.meta.dirname, 'golden', `${format.id}.txt`)
    await expect(`${subject}\n${JSON.stringify(attributes)}\n\n${shown}`).toMatchFileSnapshot(file)
  })

  it.each(FORMAT_LIST.filter(({ isForPeople }) => isForPeople))(
    '$id of a summary looks as it did',
    async (format) => {
      if (!format.isForPeople) return
      const all = Array.from({ length: 30 }, (_, index) =>
        finding({
          subject: `${index}`,
          rule: `rule-${index % 12}`,
          severity: index < 3 ? 'high' : 'low',
        }),
      )
      const { subject, body } = summaryMessageOf(summary(all), format)
      const shown = format.id === 'text' ? body : `${JSON.stringify(JSON.parse(body), null, 2)}\n`
      const file = join(import.meta.dirname, 'golden', `${format.id}-summary.txt`)
      await expect(`${subject}\n\n${shown}`).toMatchFileSnapshot(file)
    },
  )

  it('has no character that hides or moves others, whatever the strings are', () => {
    // A line feed lays out the text; in the other formats it is escaped.
    for (const text of HOSTILE)
      for (const [id, body] of bodies(text))
        expect(
          CONTROL.test(id === 'text' ? body.replaceAll('\n', '') : body),
          `${id} ${text}`,
        ).toBe(false)
  })

  it('stays within what SNS takes, and has a subject and attributes that it takes', () => {
    for (const text of HOSTILE)
      for (const format of FORMAT_LIST) {
        const message = messageOf(alert(filledWith(text)), format, TOPIC)
        expect(Buffer.byteLength(message.body)).toBeLessThanOrEqual(250_000)
        expect(message.body).not.toBe('')
        expect(message.subject).toMatch(/^[\x21-\x7e][\x20-\x7e]{0,98}$/)
        const attributes = Object.entries(message.attributes)
        expect(attributes.length).toBeLessThanOrEqual(10)
        for (const [, value] of attributes) {
          expect(value.length).toBeGreaterThan(0)
          expect(Buffer.byteLength(value)).toBeLessThanOrEqual(1_100)
          expect(CONTROL.test(value)).toBe(false)
        }
      }
  })

  it('masks access keys and session tokens', () => {
    const key = 'ASIAEXAMPLEEXAMPL7QX'
    const token = `IQoJb3JpZ2lu${'AbC123+/'.repeat(40)}`
    for (const [id, body] of bodies(`${key} and ${token}`)) {
      expect(body, id).not.toContain(key)
      expect(body, id).not.toContain('AbC123+/AbC123+/')
      expect(body, id).not.toContain('AbC123')
    }
    const shown = messageOf(alert(filledWith(key)), FORMATS.text, TOPIC).body
    expect(shown).toContain('ASIA…7QX')
  })

  it('Outbox: any strings whatsoever make a message', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        for (const [id, body] of bodies(text)) if (id !== 'text') JSON.parse(body)
      }),
      runs(100),
    )
  })
})

describe('Slack', () => {
  const messages = (text: string): { text: string; blocks: Record<string, unknown>[] }[] =>
    bodies(text).flatMap(([id, body]) => (id === 'slack' ? [JSON.parse(body)] : []))

  it('reads nothing of an event as markup, link or mention', () => {
    for (const hostile of HOSTILE)
      for (const { text, blocks } of messages(hostile)) {
        expect(text).not.toMatch(/[<>]/)
        const texts = JSON.stringify(blocks).matchAll(/"type":"(plain_text|mrkdwn)"/g)
        for (const [, type] of texts) expect(type).toBe('plain_text')
        const urls = stringsIn(blocks).filter((one) => one.startsWith('https://podtrail.example/'))
        expect(urls).toHaveLength(1)
      }
  })

  it('stays within the limits of blocks', () => {
    for (const hostile of HOSTILE)
      for (const { text, blocks } of messages(hostile)) {
        expect(text.length).toBeGreaterThan(0)
        expect(text.length).toBeLessThanOrEqual(3_000)
        expect(blocks.length).toBeLessThanOrEqual(50)
        for (const block of blocks as {
          type: string
          text?: { text: string }
          fields?: { text: string }[]
        }[]) {
          const most = block.type === 'header' ? 150 : 3_000
          if (block.text !== undefined) {
            expect(block.text.text.length).toBeGreaterThan(0)
            expect(block.text.text.length).toBeLessThanOrEqual(most)
          }
          expect((block.fields ?? []).length).toBeLessThanOrEqual(10)
          for (const field of block.fields ?? [])
            expect(field.text.length).toBeLessThanOrEqual(2_000)
        }
      }
  })
})

describe('the chat notification', () => {
  it('has what comes from events as code alone, and no more of it than fits', () => {
    for (const hostile of HOSTILE)
      for (const [id, body] of bodies(hostile)) {
        if (id !== 'chat') continue
        const { content, metadata } = JSON.parse(body) as {
          content: { title: string; description: string; nextSteps: string[]; keywords: string[] }
          metadata: Record<string, unknown>
        }
        expect(content.title.length).toBeLessThanOrEqual(250)
        expect(content.description.length).toBeLessThanOrEqual(3_000)
        for (const text of [...stringsIn(content), ...stringsIn(metadata)]) {
          expect(text).not.toMatch(/[<>]/)
          // Code that was opened is closed.
          expect((text.match(/`/g) ?? []).length % 2, text).toBe(0)
        }
        for (const line of content.description.split('\n')) {
          const outside = line.replaceAll(/`[^`]*`/g, '')
          if (hostile.length > 3 && hostile.trim() !== '') expect(outside).not.toContain(hostile)
          expect(outside).not.toMatch(/evil\.example/)
        }
      }
  })
})

describe('ASFF', () => {
  it('stays within the limits of Security Hub', () => {
    for (const hostile of HOSTILE)
      for (const [id, body] of bodies(hostile)) {
        if (id !== 'asff') continue
        const one = JSON.parse(body) as {
          Title: string
          Description: string
          GeneratorId: string
          Id: string
          Resources: { Id: string }[]
          ProductFields: Record<string, string>
          AwsAccountId: string
        }
        for (const [text, most] of [
          [one.Title, 256],
          [one.Description, 1_024],
          [one.GeneratorId, 512],
          [one.Id, 512],
        ] as const) {
          expect(text).toMatch(/\S/)
          expect(text.length).toBeLessThanOrEqual(most)
        }
        expect(one.AwsAccountId).toMatch(/^\d{12}$/)
        expect(one.Resources.length).toBeGreaterThan(0)
        for (const { Id } of one.Resources) expect(Id).toMatch(/\S/)
        const fields = Object.entries(one.ProductFields)
        expect(fields.length).toBeLessThanOrEqual(50)
        for (const [name, value] of fields) {
          expect(name.length).toBeLessThanOrEqual(128)
          expect(value.length).toBeLessThanOrEqual(2_048)
        }
      }
  })

  it('goes by the account and region of its topic', () => {
    const one = JSON.parse(messageOf(alert(), FORMATS.asff, TOPIC).body)
    expect(one.ProductArn).toBe(
      'arn:aws:securityhub:eu-west-1:111122223333:product/111122223333/default',
    )
    expect(one.AwsAccountId).toBe('111122223333')
    expect(one.RecordState).toBe('ACTIVE')
  })
})

describe('OCSF', () => {
  it.each([
    ['open', 1, 200401, 'New'],
    ['suppressed', 3, 200403, 'Suppressed'],
    ['withdrawn', 4, 200403, 'Resolved'],
  ] as const)('tells %s', (status, statusId, type, name) => {
    const given = { ...finding(), status }
    const one = JSON.parse(messageOf(alert(given), FORMATS.ocsf, TOPIC).body)
    expect(one).toMatchObject({
      class_uid: 2004,
      category_uid: 2,
      status_id: statusId,
      status: name,
      type_uid: type,
      severity_id: 5,
    })
    expect(one.time).toBeTypeOf('number')
  })
})

describe('the text', () => {
  const { body } = messageOf(alert(), FORMATS.text, TOPIC)

  it('says who, what, from where, why and what next, in 80 columns', () => {
    for (const part of [
      'sandbox/debug',
      'dev-shared',
      'ledger-writer',
      '198.51.100.7',
      '2026-11-23T02:14:07Z',
      'in 90 days',
    ])
      expect(body).toContain(part)
    expect(body).toContain('What to do:')
    expect(body).toContain('podtrail findings show fnd_')
    // Commands are not broken: they are to be copied.
    for (const line of body.split('\n'))
      if (!line.startsWith('  podtrail ') && !line.startsWith('https://'))
        expect(line.length).toBeLessThanOrEqual(80)
  })

  it('quotes names in commands', () => {
    const principal = { ...finding().principal!, serviceAccount: "a'; rm -rf ~ #" }
    const { body: odd } = messageOf(alert(finding({ principal })), FORMATS.text, TOPIC)
    expect(odd).toContain(`podtrail what 'sandbox/a'\\''; rm -rf ~ #'`)
  })

  it('has no line that an event has begun', () => {
    const forged = messageOf(alert(filledWith('x\nCRITICAL: forged')), FORMATS.text, TOPIC).body
    expect(forged).not.toMatch(/^CRITICAL: forged/m)
  })
})
