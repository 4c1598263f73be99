/** How many requests a client is known to have under way. */
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Served } from '../../lib/broker/broker.ts'
import { ClientWindow } from '../../lib/gateway/client-window.ts'
import { GatewayWorld } from './gateway-world.ts'

/** What is answered after so many had come, one after the other. */
function answeredAt(window: ClientWindow, underWay: number): boolean[] {
  const hadRoom = Array.from({ length: underWay }, (_, index) => window.hasRoom(index + 1))
  window.answered(underWay)
  return hadRoom
}

test('of a client that nothing is known of no more is expected', () => {
  const window = new ClientWindow()
  expect(answeredAt(window, 3)).toEqual([false, false, false])
})

test('as many are expected as were under way, but never more than an idempotent producer may have', () => {
  const window = new ClientWindow()
  window.answered(3)
  expect(answeredAt(window, 4)).toEqual([true, true, false, false])
  window.answered(64)
  expect(answeredAt(window, 6)).toEqual([true, true, true, true, false, false])
})

test('fewer that come after they were waited for are no reason to expect fewer the next time', () => {
  const window = new ClientWindow()
  window.answered(5)
  expect(answeredAt(window, 2)).toEqual([true, true])
  expect(answeredAt(window, 5)).toEqual([true, true, true, true, false])
})

test('who was waited for in vain is not waited for again', () => {
  const window = new ClientWindow()
  window.answered(5)
  expect(answeredAt(window, 1)).toEqual([true])
  expect(answeredAt(window, 1)).toEqual([false])
})

test('what counts is what has come since the last answer', () => {
  const window = new ClientWindow()
  window.answered(5)
  expect(answeredAt(window, 2)).toEqual([true, true])
  // Two at once, and then nobody.
  expect(window.hasRoom(2)).toBe(true)
  window.answered(2)
  expect(window.hasRoom(2)).toBe(false)
})

test('a connection learns it from what its client does', async () => {
  const asked: boolean[] = []
  const answers: (() => void)[] = []
  await using world = await GatewayWorld.start({
    handle: (frame, { admitNext, moreIsDue }) =>
      new Promise<Served>((resolve) => {
        asked.push(moreIsDue?.() === true)
        answers.push(() => resolve({ api: 'Test', version: 0, clientId: null, response: [answerTo(frame)] }))
        admitNext()
      }),
  })
  const client = await world.connect()
  const round = async (requests: number) => {
    asked.length = 0
    for (let sent = 0; sent < requests; sent++) client.send('request')
    while (asked.length < requests) await setImmediate()
    for (const answer of answers.splice(0)) answer()
    for (let count = 0; count < requests; count++) await client.frame()
    return [...asked]
  }
  expect(await round(3)).toEqual([false, false, false])
  expect(await round(3)).toEqual([true, true, false])
})

/** The correlation id, behind its length. */
function answerTo(frame: Buffer): Buffer {
  const answer = Buffer.alloc(8)
  answer.writeInt32BE(4)
  frame.copy(answer, 4, 4, 8)
  return answer
}
