/**
 * Dies at every call of a step in turn, then takes the step again: whatever was left behind must read as before, and the
 * second try must get to where an undisturbed one does.
 */
import { expect } from 'vitest'
import type { Entropy } from '../../lib/base/entropy.ts'
import { LogReader } from '../../lib/log/reader.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { LaidLog } from './laid-log.ts'
import { mortal } from './watched-stores.ts'
import { memoryStores, recordsOf, type Stores } from './world.ts'

export interface World {
  readonly clock: SimClock
  readonly stores: Stores
  readonly laid: LaidLog
  readonly entropy: Entropy
}

export function newWorld(): World {
  const clock = new SimClock()
  const stores = memoryStores()
  return { clock, stores, laid: new LaidLog(stores, clock), entropy: seeded(3) }
}

/** Everything from the log's start, read by a process that knows nothing; losses and holes fail. */
export async function readFresh({ clock, stores, laid }: World, maxBytes = 100_000) {
  const reader = new LogReader({
    ...stores,
    clock,
    onLoss: (loss) => {
      throw loss
    },
  })
  const described = await reader.describe(laid.id)
  if (described.outcome !== 'described') throw new Error(described.outcome)
  const records: { offset: number; value: string }[] = []
  for (let from = described.logStartOffset; ; ) {
    const read = await reader.read(laid.id, from, { maxBytes })
    if (read.outcome !== 'read') throw new Error(`at ${from}: ${JSON.stringify(read)}`)
    if (read.chunks.length === 0) return records
    for (const record of read.chunks.flatMap(recordsOf)) if (record.offset >= from) records.push(record)
    from = read.nextOffset
  }
}

/** The oracle's records from an offset on. */
export const recordsFrom = ({ laid }: World, from: number) =>
  laid.records.slice(from).map(({ offset, value }) => ({ offset, value }))

/**
 * `step` takes the step on the stores that it is given. `readable` is asked after each death, `done` after the second,
 * undisturbed try. Answers how many deaths there were.
 */
export async function crashEverywhere(
  prepare: () => Promise<World>,
  step: (world: World, stores: Stores) => Promise<unknown>,
  readable: (world: World) => Promise<void>,
  done: (world: World) => Promise<void>,
): Promise<number> {
  for (let callsMax = 0; ; callsMax++) {
    const world = await prepare()
    const { life, ...stores } = mortal(world.stores, callsMax)
    await world.clock.run(step(world, stores)).catch(() => undefined)
    await world.clock.run(readable(world))
    if (life.dead) await world.clock.run(step(world, world.stores))
    await world.clock.run(readable(world))
    await world.clock.run(done(world))
    if (!life.dead) {
      expect(callsMax).toBeGreaterThan(0)
      return callsMax
    }
  }
}
