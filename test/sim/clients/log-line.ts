/** A client that calls the log of a process, as its routes and handlers do. */
import type { Entropy } from '../../../lib/base/entropy.ts'
import { offset } from '../../../lib/base/ids.ts'
import type { AppendResult } from '../../../lib/log/log-types.ts'
import { batchOf, recordsOf } from '../../log/world.ts'
import type { Batch, Ends, Target } from '../history.ts'
import type { SimProcess } from '../process.ts'
import { type Lost, lost, type World } from '../world.ts'
import { type Found, type Line, type Route, type Sequence, type Told, waitMs } from './line.ts'

export class LogLine implements Line {
  readonly inOrder = true
  readonly byName = false
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  /** Clients of gateways ask one for the leader and send there; those of functions send to anybody, whom no epoch binds. */
  async route(entropy: Entropy, { id }: Target): Promise<Route | undefined> {
    const world = this.#world
    const asked = world.anyProcess(entropy)
    if (!asked.isGateway || entropy.fraction() < 0.3) return { process: asked, leaderEpoch: undefined }
    const found = await settled(world.call(asked, waitMs, () => asked.leaders.of([id])))
    const [leads] = found === lost ? [] : found
    const process = world.processes.find(({ brokerId }) => brokerId === leads?.leader)
    if (!process?.isGateway) return undefined
    const check = await settled(world.call(process, waitMs, async () => process.leaders.check(id, -1)))
    return check !== lost && check.outcome === 'leader' ? { process, leaderEpoch: check.leaderEpoch } : undefined
  }

  async append({ process, leaderEpoch }: Route, { id }: Target, batch: Batch, sequence?: Sequence) {
    const bytes = batchOf(batch.values, sequence, batch.createdMs)
    const options = leaderEpoch === undefined ? {} : { leaderEpoch }
    const result = await this.#world.call(process, waitMs, () => process.log.append(id, bytes, options))
    return result === lost ? lost : told(result)
  }

  async read(process: SimProcess, { id }: Target, from: number, maxBytes: number): Promise<Found | Lost> {
    const result = await this.#world.call(process, waitMs, () => process.log.read(id, offset(from), { maxBytes }))
    if (result === lost) return lost
    switch (result.outcome) {
      case 'read': {
        const { logStartOffset: start, highWatermark: end, nextOffset: next } = result
        const records = result.chunks.flatMap(recordsOf)
        result.release()
        return { is: 'read', records, start, end, next }
      }
      case 'offset-out-of-range':
        return { is: 'out-of-range', start: result.logStartOffset, end: result.highWatermark }
      case 'unknown-partition':
        return { is: 'unknown-partition' }
      case 'unavailable':
        return { is: 'nothing' }
    }
  }

  async ends(process: SimProcess, { id }: Target): Promise<Ends | undefined> {
    const found = await this.#world.call(process, waitMs, () => process.log.describe(id))
    if (found === lost || found.outcome !== 'described') return undefined
    return { start: found.logStartOffset, end: found.highWatermark }
  }

  async lookUp(process: SimProcess, topic: string) {
    const found = await settled(this.#world.call(process, waitMs, () => process.topics.get(topic)))
    return found === lost || found === undefined ? 'unknown' : found
  }
}

/** A fault of the store is no answer. */
export const settled = <Answer>(asking: Promise<Answer | Lost>): Promise<Answer | Lost> => asking.catch(() => lost)

function told(result: AppendResult): Told {
  const { outcome } = result
  switch (outcome) {
    case 'appended':
    case 'duplicate':
      return { outcome, answer: { is: 'acknowledged', base: result.baseOffset } }
    case 'duplicate-of-unknown-offset':
      return { outcome, answer: { is: 'acknowledged', base: undefined } }
    case 'unknown':
      return { outcome, answer: { is: 'unknown' } }
    default:
      return { outcome, answer: { is: 'refused' } }
  }
}
