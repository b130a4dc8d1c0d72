import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type Listening, listen } from '../../lib/local/http.ts'

let server: Listening | null = null
afterEach(async () => {
  await server?.close()
  server = null
})

/** What the server says to these bytes until it hangs up, or says a whole answer. */
function say(port: number, ...texts: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    let heard = ''
    const socket = connect(port, '127.0.0.1', () => {
      for (const text of texts) socket.write(text)
    })
    socket.on('data', (data) => {
      heard += data.toString()
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(heard))
  })
}

describe('a server on loopback', () => {
  it('answers on the port that it says, and no other process can take it', async () => {
    server = await listen('127.0.0.1', 0, (port) => async (request) => {
      return new Response(`${port} ${new URL(request.url).pathname}`)
    })
    const { port } = server
    expect(await (await fetch(`http://127.0.0.1:${port}/x`)).text()).toBe(`${port} /x`)
    await expect(listen('127.0.0.1', port, () => () => new Response())).rejects.toMatchObject({
      code: 'EADDRINUSE',
    })
  })

  it('hangs up on who takes too long to ask', async () => {
    const patience = { headers: 300, request: 600 }
    const echo = async (request: Request) => new Response(await request.text())
    server = await listen('127.0.0.1', 0, () => echo, patience)
    const { port } = server
    expect(await say(port, 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ')).toContain('408')
    const head = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n'
    expect(await say(port, head, 'only a part')).not.toContain('200 OK')
  })

  it('does not take headers of any size, nor what is no HTTP', async () => {
    server = await listen('127.0.0.1', 0, () => () => new Response('ok'))
    const { port } = server
    const large = `GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${'a'.repeat(40_000)}\r\n\r\n`
    expect(await say(port, large)).toContain('431')
    expect(await say(port, 'nonsense\r\n\r\n')).toContain('400')
    const both =
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n'
    expect(await say(port, `${both}0\r\n\r\n`)).toContain('400')
  })

  it('answers what is under way before it stops', async () => {
    let finish = (): void => {}
    server = await listen('127.0.0.1', 0, () => async () => {
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      return new Response('done')
    })
    const { port } = server
    const answer = fetch(`http://127.0.0.1:${port}/`)
    while (finish.name === 'finish') await new Promise((resolve) => setTimeout(resolve, 5))
    const closed = server.close()
    finish()
    expect(await (await answer).text()).toBe('done')
    await closed
    server = null
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow()
  })
})
