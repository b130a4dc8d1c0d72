import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { parsePublicKeys, WrongKeys } from '../../lib/coverage/public-keys.ts'
import { keysText, newSigner } from './signed-tree.ts'

const signer = newSigner()
const [answer] = [JSON.parse(keysText(signer)) as { PublicKeyList: Record<string, unknown>[] }]
const parsed = (content: unknown) => parsePublicKeys(JSON.stringify(content))
const changed = (change: Record<string, unknown>) => ({
  PublicKeyList: [{ ...answer!.PublicKeyList[0], ...change }],
})

describe('parsePublicKeys', () => {
  it('reads what the AWS CLI prints, for one region or several', () => {
    const key = {
      fingerprint: signer.fingerprint,
      validFrom: Date.parse('2026-11-01T00:00:00.123Z') / 1000,
      validTo: Date.parse('2026-12-01T00:00:00Z') / 1000,
    }
    expect(parsed(answer)).toMatchObject([key])
    expect(parsed([answer, answer])).toMatchObject([key, key])
    expect(parsed({ 'us-east-1': answer, 'eu-west-1': answer })).toMatchObject([key, key])
    expect(parsed({ PublicKeyList: [] })).toEqual([])
    expect(parsed(changed({ ValidityEndTime: 1_796_083_200 }))).toMatchObject([key])
  })

  it.each([
    '{',
    {},
    [],
    null,
    [answer, {}],
    { PublicKeyList: [null] },
    changed({ Value: 'AAAA' }),
    changed({ Value: 1 }),
    changed({ Fingerprint: 'NO' }),
    changed({ ValidityStartTime: 'today' }),
    changed({ ValidityEndTime: null }),
    changed({ ValidityEndTime: 1e20 }),
  ])('refuses %j', (content) => {
    expect(() =>
      parsePublicKeys(typeof content === 'string' ? content : JSON.stringify(content)),
    ).toThrow(WrongKeys)
  })

  it('refuses a key that is too short to mean anything', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const Value = publicKey.export({ type: 'pkcs1', format: 'der' }).toString('base64')
    expect(() => parsed(changed({ Value }))).toThrow('shorter than 2048')
  })
})
