/** How clients ask to append, read or trim, whatever they speak, and what of it goes into the history. */
import type { Entropy } from '../../../lib/base/entropy.ts'
import { offset } from '../../../lib/base/ids.ts'
import type { AppendAsked, Batch, Ends, EndsAsked, ReadAsked, Target, TrimAsked } from '../history.ts'
import type { SimProcess } from '../process.ts'
import { nameOf } from '../witness.ts'
import { lost, type World } from '../world.ts'
import { type Found, type Line, type Route, type Sequence, waitMs } from './line.ts'

const fetchBytes = [60, 300, 100_000]

export interface Asking {
  readonly world: World
  readonly client: string
  readonly line: Line
}

export async function append(
  { world, client, line }: Asking,
  route: Route,
  target: Target,
  batch: Batch,
  sequence?: Sequence,
): Promise<AppendAsked> {
  const { history, story } = world
  const { process, leaderEpoch } = route
  const { id, topic } = target
  const asked = history.add<AppendAsked>({
    kind: 'append',
    client,
    process: process.name,
    id,
    batch,
    inOrder: line.inOrder,
    byName: line.byName ? { topic, askedMs: world.scheduler.now() } : undefined,
    leaderEpoch,
    invoked: history.moment(),
    returned: undefined,
    answer: { is: 'unknown' },
    outcome: 'lost',
  })
  story.tell(() => {
    const under = leaderEpoch === undefined ? '' : ` under epoch ${leaderEpoch}`
    return `${client} asks ${process.name} to append ${batch.name} to ${nameOf(id)}${under}${sequenceOf(sequence)}`
  }, nameOf(id))
  const told = await line.append(route, target, batch, sequence)
  // What is lost may yet happen: it has no end.
  if (told !== lost) {
    asked.returned = history.moment()
    asked.answer = told.answer
    asked.outcome = told.outcome
    if (told.outcome === 'unknown-partition') world.topics.isTold(client, id)
  }
  story.tell(() => {
    const at = asked.answer.is === 'acknowledged' && asked.answer.base !== undefined ? ` at ${asked.answer.base}` : ''
    return `${client} hears of ${batch.name}: ${asked.outcome}${at}`
  }, nameOf(id))
  return asked
}

const sequenceOf = (sequence?: Sequence) =>
  sequence ? ` (${sequence.producerId}, epoch ${sequence.producerEpoch}, sequence ${sequence.baseSequence})` : ''

export async function read(
  { world, client, line }: Asking,
  process: SimProcess,
  target: Target,
  from: number,
  entropy: Entropy,
): Promise<ReadAsked> {
  const { history, story } = world
  const { id } = target
  const invoked = history.moment()
  const maxBytes = fetchBytes[Math.floor(entropy.fraction() * fetchBytes.length)] as number
  const found = await line.read(process, target, from, maxBytes)
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
  if (found === lost) return history.add(asked)
  if (found.is === 'unknown-partition') world.topics.isTold(client, id)
  if (found.is === 'out-of-range') {
    const { start, end } = found
    asked.answer = { is: 'out-of-range', start, end }
    story.tell(
      () => `${client} reads ${nameOf(id)} from ${from} by ${process.name}: out of ${start ?? ''} to ${end ?? ''}`,
      nameOf(id),
    )
  }
  if (found.is === 'read') {
    const values = readValues({ world, client, line }, target, from, found)
    asked.answer = { is: 'read', values, end: found.end }
    story.tell(
      () => `${client} reads ${nameOf(id)} from ${from} by ${process.name}: ${values.join(' ') || 'nothing new'}`,
      nameOf(id),
    )
  }
  return history.add(asked)
}

/** The values from the asked offset on. What one answer says must fit together. */
function readValues(
  { world: { history }, client }: Asking,
  { id }: Target,
  from: number,
  { records, start, end, next }: Extract<Found, { is: 'read' }>,
): string[] {
  const values: string[] = []
  let at = from
  for (const record of records) {
    if (record.offset < at) continue
    if (record.offset !== at) history.violation(`${client} at ${at} of ${nameOf(id)} is given ${record.offset}`)
    values.push(record.value)
    at = record.offset + 1
  }
  if (from < start) history.violation(`${client} is given ${from}, below the log's own start`)
  if (at > end) history.violation(`${client} is given ${at}, past the high watermark`)
  if (next !== undefined && at !== next) history.violation(`${client} is told to go on at ${next}, not ${at}`)
  if (values.length === 0 && from < end) {
    history.violation(`${client} is given nothing at ${from}, below the high watermark ${end}`)
  }
  return values
}

/** `undefined`: nobody says. */
export async function ends(
  { world, client, line }: Asking,
  process: SimProcess,
  target: Target,
): Promise<Ends | undefined> {
  const { history, story } = world
  const { id } = target
  const invoked = history.moment()
  const found = await line.ends(process, target)
  if (!found) return undefined
  const answer = { is: 'ends', ...found } as const
  story.tell(
    () => `${client} is told by ${process.name} that ${nameOf(id)} is ${found.start} to ${found.end ?? ''}`,
    nameOf(id),
  )
  history.add<EndsAsked>({
    ...{ kind: 'ends', client, process: process.name, id, answer },
    ...{ invoked, returned: history.moment() },
  })
  return found
}

export async function trim(
  { world, client }: Omit<Asking, 'line'>,
  process: SimProcess,
  { id }: Target,
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
  story.tell(() => `${client} trims ${nameOf(id)} before ${before} by ${process.name}: ${asked.answer.is}`, nameOf(id))
  return asked
}
