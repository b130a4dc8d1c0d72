import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HOSTILE } from '../alert/hostile.ts'
import type { TestStore } from '../api/ask.ts'
import { storeOf } from '../graph/acme.ts'
import { chained, denied, session, webIdentity } from '../record/synthetic.ts'
import { detectIn, type Stand, stand } from './stand.ts'

/** What runs where it is taken for markup, an address or a style; the last ones only look like something else. */
const TEXTS = [
  '<img src=x onerror=alert(1)>',
  '<script>alert(2)</script>',
  '"><svg onload=alert(3)>',
  'javascript:alert(4)',
  'https://evil.example/x.png',
  "' onfocus=alert(5) autofocus x='",
  '</textarea><iframe src=https://evil.example>',
  '{{constructor.constructor("alert(6)")()}}',
  ...HOSTILE.filter((text) => text.length > 0 && text.length < 200 && text.isWellFormed()),
]

const KEY = 'ASIAHOSTILEKEY00000A'

/** Synthetic records with such a text wherever whoever calls may choose one. */
function records(): unknown[] {
  return TEXTS.flatMap((text, index) => {
    const role = `arn:aws:iam::111122223333:role/${text}`
    const subject = `system:serviceaccount:${text.replaceAll(':', '')}:sa${index}`
    const first = webIdentity({ userAgent: text })
    first['requestParameters'] = { roleArn: role, roleSessionName: text, durationSeconds: 3600 }
    first['resources'] = [{ accountId: '111122223333', type: 'AWS::IAM::Role', ARN: role }]
    first['userIdentity'] = { ...first['userIdentity'], userName: subject }
    first['responseElements'] = {
      ...first['responseElements'],
      subjectFromWebIdentityToken: subject,
      credentials: {
        accessKeyId: `${KEY}${index}`,
        sessionToken: 'x',
        expiration: 'Mar 4, 2025, 6:06:07 AM',
      },
      assumedRoleUser: { assumedRoleId: `AROAEXAMPLEROLE00000${index}:${text}`, arn: role },
    }
    const next = chained({
      userAgent: text,
      sourceIPAddress: text,
      userIdentity: session(`${KEY}${index}`),
    })
    next['requestParameters'] = { roleArn: `${role}-next`, roleSessionName: text }
    const refused = denied({ userIdentity: session(`${KEY}${index}`), errorMessage: text })
    return [first, next, refused]
  })
}

let at: Stand
beforeAll(async () => {
  const store = (await storeOf(records())) as TestStore
  await detectIn(store, null)
  at = await stand({ store, config: null })
}, 180_000)
afterAll(async () => {
  await at.close()
})

describe('hostile texts in every field', () => {
  it.each([
    '/',
    '/graph?since=all&fold=none',
    '/graph?since=all&view=table',
    '/search?since=all',
    '/search?since=all&show=roles',
    '/search?q=alert',
    `/sessions?q=${KEY}0`,
    `/sessions?q=${encodeURIComponent(TEXTS[0]!)}`,
    `/roles?since=all&arn=${encodeURIComponent(`arn:aws:iam::111122223333:role/${TEXTS[0]}`)}`,
    `/resources?arn=${encodeURIComponent(TEXTS[4]!)}`,
    '/findings?status=any',
    '/coverage',
    `/search?q=${encodeURIComponent(TEXTS[2]!)}&sort=${encodeURIComponent(TEXTS[1]!)}`,
    `/graph?focus=${encodeURIComponent(TEXTS[0]!)}&sel=${encodeURIComponent(TEXTS[1]!)}`,
  ])('%s shows them as text', async (path) => {
    const page = await at.open(path)
    expect(await page.locator('main').textContent()).not.toBe('')
    expect(await page.locator('main :is(img, iframe, script, object, embed, base)').count()).toBe(0)
    expect(
      await page.locator('a:not([href^="/"], [href^="#"], [href^="http://127.0.0.1:"])').count(),
    ).toBe(0)
    await page.context().close()
  })

  it('ran nothing, and nothing left the origin', () => {
    expect(at.misdeeds).toEqual({ errors: [], strayed: [] })
  })
})

describe('the sources', () => {
  it('never make markup of text', () => {
    const folder = join(dirname(dirname(import.meta.dirname)), 'dashboard')
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /\.tsx?$/.test(file),
    )
    expect(files.length).toBeGreaterThan(50)
    const unsafe =
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|\beval\b|new Function|srcdoc/i
    expect(files.filter((file) => unsafe.test(readFileSync(join(folder, file), 'utf8')))).toEqual(
      [],
    )
  })
})
