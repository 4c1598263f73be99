/** Whatever happens to gateways: what they acknowledged is there once, in order, and clients always get on. */
import { expect, it } from 'vitest'
import { GatewaySim } from './gateway-sim.ts'
import { indexOf, readAll } from './world.ts'

async function live(seed: number, batches: number) {
  const sim = new GatewaySim(seed)
  await sim.run({ batches })
  expect(sim.wrongs, `seed ${seed}`).toEqual([])
  for (const id of sim.ids) {
    const log = await sim.clock.run(readAll(sim.calm(), id))
    await indexOf(sim.witness.stores.meta, id)
    expect(new Set(log).size, `seed ${seed}: nothing twice`).toBe(log.length)
    const decided = sim.decided.filter((each) => each.id === id)
    expect(log.toSorted(), `seed ${seed}`).toEqual(decided.map(({ value }) => value).toSorted())
    for (const { value, baseOffset } of decided) {
      if (baseOffset !== undefined) expect(log[baseOffset], `seed ${seed}: ${value}`).toBe(value)
    }
    for (const producer of [id.partition, 100 + id.partition]) {
      const own = log.filter((value) => value.startsWith(`${producer}/`)).map((value) => Number(value.split('/')[1]))
      expect(own, `seed ${seed}: in the order of ${producer}`).toEqual(own.map((_, n) => n))
    }
  }
  return { ...sim.counts, longestMs: Math.max(...sim.decided.map(({ tookMs }) => tookMs)) }
}

it('gateways that are killed, started again and stopped for seconds lose nothing, double nothing, and go on', async () => {
  let [killed, stopped, fenced] = [0, 0, 0]
  for (let seed = 1; seed <= 3; seed++) {
    const counts = await live(seed, 200)
    killed += counts.killed
    stopped += counts.stopped
    fenced += counts.fenced
    // A session, what the line delays, and that two of three may be away one after the other.
    expect(counts.longestMs, `seed ${seed}`).toBeLessThan(60_000)
  }
  expect([killed > 2, stopped > 2, fenced > 0]).toEqual([true, true, true])
})
