/** How clients ask a process to append, read or trim, and what of it goes into the history. */
import type { Entropy } from '../../../lib/base/entropy.ts'
import { type Epoch, offset, type PartitionId } from '../../../lib/base/ids.ts'
import type { AppendResult } from '../../../lib/log/log-types.ts'
import { batchOf, recordsOf } from '../../log/world.ts'
import type { AppendAsked, Batch, ReadAsked, TrimAsked } from '../history.ts'
import type { SimProcess } from '../process.ts'
import { nameOf } from '../witness.ts'
import { type Lost, lost, type World } from '../world.ts'

/** As Kafka's `request.timeout.ms`, on a scale with the rest of the world. */
const waitMs = 5_000
const fetchBytes = [60, 300, 100_000]

export interface Sequence {
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
}

/** What a process is to append under: an epoch, whatever the head has, or not at all (it does not lead). */
export type Route = { readonly process: SimProcess; readonly leaderEpoch: Epoch | undefined }

/**
 * A process to send to. Clients of gateways ask one for the leader and send there; those of HTTP send to anybody, whom no
 * epoch binds. `undefined`: nobody leads, or nobody answers.
 */
export async function routeTo(world: World, entropy: Entropy, id: PartitionId): Promise<Route | undefined> {
  const asked = world.anyProcess(entropy)
  if (!asked.isGateway || entropy.fraction() < 0.3) return { process: asked, leaderEpoch: undefined }
  const found = await settled(world.call(asked, waitMs, () => asked.leaders.of([id])))
  const [leads] = found === lost ? [] : found
  const process = world.processes.find(({ brokerId }) => brokerId === leads?.leader)
  if (!process?.isGateway) return undefined
  const check = await settled(world.call(process, waitMs, async () => process.leaders.check(id, -1)))
  return check !== lost && check.outcome === 'leader' ? { process, leaderEpoch: check.leaderEpoch } : undefined
}

/** A fault of the store is no answer. */
const settled = <Answer>(asking: Promise<Answer | Lost>): Promise<Answer | Lost> => asking.catch(() => lost)

export async function append(
  world: World,
  client: string,
  { process, leaderEpoch }: Route,
  id: PartitionId,
  batch: Batch,
  sequence?: Sequence,
): Promise<AppendAsked> {
  const { history, story } = world
  const asked = history.add<AppendAsked>({
    kind: 'append',
    client,
    process: process.name,
    id,
    batch,
    leaderEpoch,
    invoked: history.moment(),
    returned: undefined,
    answer: { is: 'unknown' },
    outcome: 'lost',
  })
  story.tell(() => {
    const under = leaderEpoch === undefined ? '' : ` under epoch ${leaderEpoch}`
    return `${client} asks ${process.name} to append ${batch.name} to ${nameOf(id)}${under}${sequenceOf(sequence)}`
  })
  const bytes = batchOf(batch.values, sequence)
  const options = leaderEpoch === undefined ? {} : { leaderEpoch }
  const result = await world.call(process, waitMs, () => process.log.append(id, bytes, options))
  // What is lost may yet happen: it has no end.
  if (result !== lost) {
    asked.returned = history.moment()
    asked.answer = answerOf(result)
    asked.outcome = result.outcome
  }
  story.tell(() => {
    const at = asked.answer.is === 'acknowledged' && asked.answer.base !== undefined ? ` at ${asked.answer.base}` : ''
    return `${client} hears of ${batch.name}: ${asked.outcome}${at}`
  })
  return asked
}

const sequenceOf = (sequence?: Sequence) =>
  sequence ? ` (${sequence.producerId}, epoch ${sequence.producerEpoch}, sequence ${sequence.baseSequence})` : ''

function answerOf(result: AppendResult): AppendAsked['answer'] {
  switch (result.outcome) {
    case 'appended':
    case 'duplicate':
      return { is: 'acknowledged', base: result.baseOffset }
    case 'duplicate-of-unknown-offset':
      return { is: 'acknowledged', base: undefined }
    case 'unknown':
      return { is: 'unknown' }
    default:
      return { is: 'refused' }
  }
}

export async function read(
  world: World,
  client: string,
  process: SimProcess,
  id: PartitionId,
  from: number,
  entropy: Entropy,
): Promise<ReadAsked> {
  const { history, story } = world
  const invoked = history.moment()
  const maxBytes = fetchBytes[Math.floor(entropy.fraction() * fetchBytes.length)] as number
  const result = await world.call(process, waitMs, () => process.log.read(id, offset(from), { maxBytes }))
  const asked: ReadAsked = {
    kind: 'read',
    client,
    process: process.name,
    id,
    from,
    invoked,
    returned: history.moment(),
    answer: { is: 'nothing' },
  }
  if (result !== lost && result.outcome === 'offset-out-of-range') {
    asked.answer = { is: 'out-of-range', start: result.logStartOffset, end: result.highWatermark }
    story.tell(
      () =>
        `${client} reads ${nameOf(id)} from ${from} by ${process.name}: out of ${result.logStartOffset} to ${result.highWatermark}`,
    )
  } else if (result !== lost && result.outcome === 'read') {
    const values: string[] = []
    let at = from
    for (const record of result.chunks.flatMap(recordsOf)) {
      if (record.offset < at) continue
      if (record.offset !== at) history.violation(`${client} at ${at} of ${nameOf(id)} is given ${record.offset}`)
      values.push(record.value)
      at = record.offset + 1
    }
    if (from < result.logStartOffset) history.violation(`${client} is given ${from}, below the log's own start`)
    if (at > result.highWatermark) history.violation(`${client} is given ${at}, past the high watermark`)
    if (at !== result.nextOffset) history.violation(`${client} is told to go on at ${result.nextOffset}, not ${at}`)
    if (values.length === 0 && from < result.highWatermark) {
      history.violation(`${client} is given nothing at ${from}, below the high watermark ${result.highWatermark}`)
    }
    asked.answer = { is: 'read', values, end: result.highWatermark }
    story.tell(
      () => `${client} reads ${nameOf(id)} from ${from} by ${process.name}: ${values.join(' ') || 'nothing new'}`,
    )
  }
  return history.add(asked)
}

export async function trim(
  world: World,
  client: string,
  process: SimProcess,
  id: PartitionId,
  before: number | 'high-watermark',
): Promise<TrimAsked> {
  const { history, story } = world
  const asked = history.add<TrimAsked>({
    kind: 'trim',
    client,
    process: process.name,
    id,
    before,
    invoked: history.moment(),
    returned: undefined,
    answer: { is: 'unknown' },
  })
  const start = before === 'high-watermark' ? before : offset(before)
  const result = await world.call(process, waitMs, () => process.log.deleteRecords(id, start))
  if (result !== lost && result.outcome !== 'unavailable') {
    asked.returned = history.moment()
    asked.answer = result.outcome === 'deleted' ? { is: 'trimmed', start: result.logStartOffset } : { is: 'refused' }
  }
  story.tell(() => `${client} trims ${nameOf(id)} before ${before} by ${process.name}: ${asked.answer.is}`)
  return asked
}
