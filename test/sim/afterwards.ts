/**
 * When the weather has cleared: a process that knows nothing reads what there is. Where things expire or topics are deleted, it
 * cleans up first to the end, and a day later once more: then nothing is left of what has gone, and all else is as it was.
 */
import { offset, type PartitionId, topicId } from '../../lib/base/ids.ts'
import { headKey, partitionKey } from '../../lib/log/keys.ts'
import { recordsOf } from '../log/world.ts'
import { fleetingTopic } from './clients/fleeting.ts'
import type { SimProcess } from './process.ts'
import type { Incarnation } from './topic-record.ts'
import { hourMs } from './weather.ts'
import { nameOf } from './witness.ts'
import { described, type World } from './world.ts'

/** Longer than anything is left alone, whosever clock says when it was left. */
const aWhileMs = 40 * hourMs
const stepsMax = 20

export async function afterwards(world: World, process: SimProcess): Promise<void> {
  const { features } = world
  const living = () => [...world.ids, ...guests(world, ({ until }) => until === undefined)]
  for (const id of living()) await readsAll(world, process, id)
  if (!features.retention && !features.hasFleetingTopic) return
  await cleansUp(world, process)
  // Its clock is set; to wait for so long would take its leases' time.
  process.clock.skewMs = aWhileMs
  world.aheadMs = aWhileMs
  await cleansUp(world, process)
  for (const id of living()) await readsAll(world, process, id)
  if ((features.retention?.ms ?? -1) >= 0) for (const id of world.ids) nothingIsLeft(world, id)
  const left = await process.topics.deleted.list()
  for (const { name } of left.topics) world.history.violation(`${name} was deleted a while ago, and is not forgotten`)
  for (const id of guests(world, ({ until }) => until !== undefined)) {
    const isBuried = world.witness.truths.get(partitionKey(id))?.isBuried
    if (!isBuried && (await world.witness.meta.get(headKey(id))))
      world.history.violation(`${nameOf(id)} has a head, and its topic is gone`)
  }
}

/** The partitions of topics that came and went. */
export function guests(world: World, wanted: (topic: Incarnation) => boolean): PartitionId[] {
  return world.topics
    .of(fleetingTopic)
    .filter(wanted)
    .flatMap(({ id, partitions }) =>
      Array.from({ length: partitions.at(-1)?.count ?? 0 }, (_, partition) => ({ topicId: topicId(id), partition })),
    )
}

/** Two rounds: what one leaves to the sweeps is taken by the next. */
async function cleansUp({ history }: World, { janitor, name }: SimProcess): Promise<void> {
  const budget = { callsMax: 10_000, msMax: hourMs }
  for (let round = 0; round < 2; round++) {
    for (let steps = 0; ; steps++) {
      const { atRest, faults } = await janitor.step({ budget })
      for (const { cause } of faults) history.violation(`${name} cleans up: ${described(cause)}`)
      if (atRest) break
      if (steps > stepsMax) return history.violation(`${name} is never done with cleaning up`)
    }
  }
}

function nothingIsLeft({ history, witness }: World, id: PartitionId): void {
  const truth = witness.truths.get(partitionKey(id))
  if (truth && truth.logStart < truth.next) {
    history.violation(`${nameOf(id)} begins at ${truth.logStart} of ${truth.next}, and all of it has expired`)
  }
}

/** From the log's start to its end: what lies there is what was written. */
async function readsAll(world: World, process: SimProcess, id: PartitionId): Promise<void> {
  const { history, witness } = world
  const truth = witness.truths.get(partitionKey(id))
  const values = truth?.values ?? []
  const from = truth?.logStart ?? 0
  const invoked = history.moment()
  for (let at = from; ; ) {
    const read = await process.log.read(id, offset(at), { maxBytes: 100_000 })
    if (read.outcome !== 'read') return history.violation(`${nameOf(id)} cannot be read at ${at}: ${read.outcome}`)
    for (const record of read.chunks.flatMap(recordsOf)) {
      if (record.offset < at) continue
      if (record.offset !== at) return history.violation(`${nameOf(id)} has ${record.offset} at ${at}`)
      if (record.value !== values[at])
        history.violation(`${nameOf(id)} has ${record.value} at ${at}, not ${values[at]}`)
      at++
    }
    if (read.chunks.length > 0) continue
    if (at !== values.length) history.violation(`${nameOf(id)} ends at ${at}, not ${values.length}`)
    const answer = { is: 'read', values: values.slice(from, at), end: at } as const
    const asked = { kind: 'read', client: 'everybody', process: process.name, id, from, invoked, answer } as const
    history.add({ ...asked, returned: history.moment() })
    return
  }
}
