import { describe, expect, it } from 'vitest'
import { refsOf } from '../../lib/session/refs.ts'
import { identity, sighting } from '../identity/of.ts'

const session = identity({ type: 'AssumedRole', principalId: 'AROACALLER:from', key: 'ASIA0' })
const own = ['k:ASIA1', 'e:event-1', 'n:AROAAPP:worker']

describe('a sighting is found', () => {
  it('by what it issued, its event, and its role id and session name', () => {
    expect(refsOf(sighting({}))).toEqual(own)
  })

  it('by the key it was called with, or where that is not said by the session', () => {
    expect(refsOf(sighting({ identity: session }))).toEqual([...own, 'c:ASIA0'])
    for (const type of ['AssumedRole', 'AWSAccount'])
      expect(refsOf(sighting({ identity: { ...session, type, key: '' } }))).toEqual([
        ...own,
        'c:AROACALLER:from',
      ])
    const user = identity({ type: 'IAMUser', principalId: 'AIDA1', key: '' })
    expect(refsOf(sighting({ identity: user }))).toEqual(own)
    expect(
      refsOf(sighting({ identity: { ...session, principalId: 'AROACALLER', key: '' } })),
    ).toEqual(own)
  })

  it("by its caller once more where EKS's external id names the workload behind it", () => {
    const externalId = 'eu-west-1/111111111111/blue/shop/checkout'
    expect(refsOf(sighting({ identity: session, externalId }))).toEqual([
      ...own,
      'c:ASIA0',
      'x:ASIA0',
    ])
    expect(refsOf(sighting({ identity: session, externalId: 'secret' }))).toEqual([
      ...own,
      'c:ASIA0',
    ])
  })

  it('not by a session name that it does not have', () => {
    expect(refsOf(sighting({ sessionName: '' }))).toEqual(['k:ASIA1', 'e:event-1'])
  })
})
