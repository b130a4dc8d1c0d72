import { describe, expect, it } from 'vitest'
import { AnswerCache } from '../../lib/api/answer-cache.ts'
import { type Payload, payloadOf } from '../../lib/api/payload.ts'

describe('answers that are kept', () => {
  /** A cache, its clock, and how often a question was really answered; each answer takes `took` milliseconds. */
  function kept(took: number) {
    let time = 1_000_000
    let made = 0
    const cache = new AnswerCache(() => time)
    const make = async (): Promise<Payload> => {
      made++
      const text = `answer ${made}`
      time += took
      return payloadOf('text/plain', text)
    }
    return {
      cache,
      wait: (milliseconds: number) => {
        time += milliseconds
      },
      made: () => made,
      ask: async (version: string, question = 'q') =>
        Buffer.from((await cache.get(version, question, make)).payload.bytes).toString(),
      age: async (version: string) => {
        const { madeAt } = await cache.get(version, 'q', make)
        return madeAt === null ? null : time - madeAt
      },
    }
  }

  it('stand until something is stored', async () => {
    const { ask, wait, made } = kept(0)
    for (let n = 0; n < 5; n++) {
      expect(await ask('1')).toBe('answer 1')
      wait(100_000)
    }
    expect(await ask('2')).toBe('answer 2')
    expect(await ask('2', 'another')).toBe('answer 3')
    expect(made()).toBe(3)
  })

  it('stand longer where they took long, and are made anew before nobody may have them any more', async () => {
    const { ask, wait, made } = kept(50)
    expect(await ask('1')).toBe('answer 1')
    wait(900)
    expect(await ask('2')).toBe('answer 1')
    expect(made()).toBe(1)
    wait(100)
    expect(await ask('3')).toBe('answer 1')
    expect(made()).toBe(2)
    expect(await ask('3')).toBe('answer 2')
    wait(2000)
    expect(await ask('4')).toBe('answer 3')
  })

  it('never stand for more than five seconds, and say how old they are', async () => {
    const { ask, wait, age } = kept(1000)
    expect(await ask('1')).toBe('answer 1')
    expect(await age('1')).toBeNull()
    wait(1000)
    expect(await age('2')).toBe(2000)
    wait(3000)
    expect(await ask('3')).toBe('answer 2')
    expect(await age('3')).toBeNull()
  })

  it('of milliseconds do not stand for long', async () => {
    const { ask, wait } = kept(1)
    expect(await ask('1')).toBe('answer 1')
    wait(40)
    expect(await ask('2')).toBe('answer 2')
  })

  it('that cannot be made anew are given out until their time is over', async () => {
    let time = 0
    let fails = false
    const cache = new AnswerCache(() => time)
    const make = async (): Promise<Payload> => {
      time += 100
      if (fails) throw new Error('no')
      return payloadOf('text/plain', 'yes')
    }
    await cache.get('1', 'q', make)
    fails = true
    time = 3000
    expect((await cache.get('2', 'q', make)).payload.bytes).toEqual(Buffer.from('yes'))
    time = 4000
    await expect(cache.get('3', 'q', make)).rejects.toThrow('no')
  })

  it('are made once for all who ask at the same time', async () => {
    const { ask, made } = kept(100)
    const all = await Promise.all(['1', '1', '2', '3'].map((version) => ask(version)))
    expect(new Set(all)).toEqual(new Set(['answer 1']))
    expect(made()).toBe(1)
  })

  it('are all forgotten when somebody has changed something, also those under way', async () => {
    const { cache, ask } = kept(100)
    const before = ask('1')
    cache.clear()
    expect(await before).toBe('answer 1')
    expect(await ask('1')).toBe('answer 2')
    cache.clear()
    expect(await ask('1')).toBe('answer 3')
  })

  it('are never so many that they take all memory', async () => {
    const cache = new AnswerCache(() => 0)
    const text = 'x'.repeat(8 * 1024 * 1024)
    let made = 0
    const make = async (): Promise<Payload> => {
      made++
      return payloadOf('text/plain', text)
    }
    for (const question of ['a', 'b', 'c', 'd', 'e', 'a']) await cache.get('1', question, make)
    expect(made).toBe(6)
  })

  it('are not kept where there is none', async () => {
    const { cache } = kept(0)
    const fail = async (): Promise<Payload> => {
      throw new Error('no')
    }
    await expect(cache.get('1', 'q', fail)).rejects.toThrow('no')
    const good = async (): Promise<Payload> => payloadOf('text/plain', 'yes')
    expect((await cache.get('1', 'q', good)).payload.bytes).toEqual(Buffer.from('yes'))
  })
})
