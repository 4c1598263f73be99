/** A cluster, or something between, that takes a request and never answers. */
import { expect, test } from 'vitest'
import { clientAnswerMsMax } from '../../lib/base/limits.ts'
import { GregorClient } from '../../lib/client/client.ts'
import { SimClock } from '../world/sim-clock.ts'

test('a try without an answer is given up, tried again, and in the end reported with its reason', async () => {
  const clock = new SimClock()
  const started = clock.now()
  let tries = 0
  const silent: typeof fetch = (_, init) => {
    tries += 1
    return new Promise((_resolve, reject) => {
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))
    })
  }
  const client = new GregorClient({
    url: 'http://gregor',
    fetch: silent,
    clock,
    retry: { attemptsMax: 2, backoffMs: 1 },
  })
  await expect(clock.run(client.health())).rejects.toMatchObject({
    status: 0,
    retriable: true,
    message: expect.stringContaining('nothing came within 35 s'),
  })
  expect(tries).toBe(2)
  expect(clock.now() - started).toBeGreaterThanOrEqual(2 * clientAnswerMsMax)
})

test('a caller that is tired of waiting is heeded at once', async () => {
  const stop = new AbortController()
  const silent: typeof fetch = (_, init) => {
    queueMicrotask(() => stop.abort(new Error('tired')))
    return new Promise((_resolve, reject) => {
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))
    })
  }
  const client = new GregorClient({ url: 'http://gregor', fetch: silent, clock: new SimClock() })
  const reading = client.read('t', 0, { signal: stop.signal })
  await expect(
    (async () => {
      for await (const _ of reading);
    })(),
  ).rejects.toThrow('tired')
})
