import { describe, expect, test } from 'vitest'
import type { Clock } from '../../lib/base/clock.ts'
import { drainMsMax, drainReadsMs } from '../../lib/base/limits.ts'
import { startHttpServer } from '../../lib/local/http-server.ts'

/** Time stands still, except that these waits are over at once. */
const clockThatEnds = (...ms: number[]): Clock => ({
  now: () => 0,
  sleep: (wait, signal) =>
    ms.includes(wait)
      ? Promise.resolve()
      : new Promise((resolve) => signal?.addEventListener('abort', () => resolve())),
})

/** A server whose every request waits to be let go. */
async function startHolding(clock: Clock) {
  const held: (() => void)[] = []
  let arrived = () => {}
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    clock,
    fetch: async (request) => {
      await new Promise<void>((resolve) => {
        held.push(resolve)
        arrived()
      })
      return new Response(`${request.method} done`)
    },
  })
  /** Sends, and resolves when the server has it in hand. */
  const send = async (method: string) => {
    const taken = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const answer = fetch(server.url, { method }).then(
      (response) => response.text(),
      () => 'cut',
    )
    await taken
    return { answer }
  }
  return { server, held, send }
}

describe('an HTTP server that stops', () => {
  test('finishes and answers a write that it has begun', async () => {
    const { server, held, send } = await startHolding(clockThatEnds(drainReadsMs))
    const { answer } = await send('POST')
    const closed = server.close()
    held[0]?.()
    expect(await answer).toBe('POST done')
    await closed
  })

  test('cuts a read that goes on waiting', async () => {
    const { server, send } = await startHolding(clockThatEnds(drainReadsMs))
    const { answer } = await send('GET')
    await server.close()
    expect(await answer).toBe('cut')
  })

  test('does not wait for ever for a write either', async () => {
    const { server, send } = await startHolding(clockThatEnds(drainReadsMs, drainMsMax))
    const { answer } = await send('POST')
    await server.close()
    expect(await answer).toBe('cut')
  })

  test('takes no new connection', async () => {
    const { server } = await startHolding(clockThatEnds())
    await server.close()
    await expect(fetch(server.url)).rejects.toThrow()
  })
})

test('an IPv6 address stands in brackets in the URL', async () => {
  const server = await startHttpServer({
    host: '::1',
    port: 0,
    clock: clockThatEnds(),
    fetch: () => new Response('hello'),
  })
  expect(server.url).toMatch(/^http:\/\/\[::1\]:\d+$/)
  expect(await (await fetch(server.url)).text()).toBe('hello')
  await server.close()
})
