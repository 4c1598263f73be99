/** When requests may have been sent, as the gateway tells it to handlers, after the process has stood still. */
import { expect, test } from 'vitest'
import { pulseMs } from '../../lib/base/limits.ts'
import type { Transport } from '../../lib/broker/broker.ts'
import { SimClock } from '../world/sim-clock.ts'
import { apiVersionsRequest, GatewayWorld } from './gateway-world.ts'

const standstillMs = 60_000
/** A frame that only says how long it is. */
const answer = Buffer.from('00000001ff', 'hex')

test('what is read after a standstill may have been sent before it', async () => {
  const clock = new SimClock()
  const handled: Transport[] = []
  await using world = await GatewayWorld.start({
    clock,
    handle: async (_frame, transport) => {
      handled.push(transport)
      return { api: 'ApiVersions', version: 0, clientId: null, response: [answer] }
    },
  })
  const client = await world.connect()
  /** How long ago it may have been sent, ms. */
  const age = async () => {
    client.socket.write(apiVersionsRequest)
    await client.frame()
    return clock.now() - (handled.pop()?.sentMs ?? 0)
  }
  await clock.pass(10 * pulseMs)
  expect(await age()).toBeLessThanOrEqual(2 * pulseMs)
  clock.jump(standstillMs)
  expect(await age()).toBeGreaterThanOrEqual(standstillMs)
  // The beat that was due is made up for, and only what comes after the next one has certainly come since.
  await clock.pass(1)
  expect(await age()).toBeGreaterThanOrEqual(standstillMs)
  await clock.pass(2 * pulseMs)
  expect(await age()).toBeLessThanOrEqual(2 * pulseMs)
})
