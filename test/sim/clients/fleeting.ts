/**
 * A topic that comes and goes: somebody creates and deletes it, and adds partitions to it, while others produce to whatever
 * topic has the name, and read it from its beginning. What processes remember of it is old at times; what they then answer must
 * be true all the same.
 */
import type { Entropy } from '../../../lib/base/entropy.ts'
import { topicId } from '../../../lib/base/ids.ts'
import { partitionKey } from '../../../lib/log/keys.ts'
import type { Target } from '../history.ts'
import type { SimProcess } from '../process.ts'
import { amountsOf } from '../sim-options.ts'
import type { During } from '../topic-record.ts'
import { type Lost, lost, type World } from '../world.ts'
import { append, ends, read } from './asking.ts'
import { drawLine } from './draw-line.ts'
import { type Line, waitMs } from './line.ts'
import { settled } from './log-line.ts'
import { Idempotent, newBatch } from './producers.ts'

export const fleetingTopic = 'guests'

const pauseMs = 800
const partitionsMax = 3
/** How often an idempotent producer begins anew, on what is there by then. */
const idempotentLivesMax = 3

const below = ({ fraction }: Entropy, count: number) => Math.floor(fraction() * count)

/** Makes the topic and unmakes it, by whichever process; every answer is held against what was stored. */
export function host(world: World, client: string): Promise<void> {
  return world.meanwhile(client, async (entropy) => {
    const process = world.anyProcess(entropy)
    const choice = entropy.fraction()
    if (choice < 0.4) await creates(world, client, process, 1 + below(entropy, 2))
    else if (choice < 0.65) await deletes(world, client, process)
    else if (choice < 0.8) await grows(world, client, process, 1 + below(entropy, partitionsMax))
    else await looks(world, client, process)
    await world.sleep(below(entropy, pauseMs))
  })
}

/** Asks, and answers what came and between which moments; a fault is no answer. */
async function asked<Answer>(
  world: World,
  process: SimProcess,
  begin: () => Promise<Answer>,
): Promise<{ readonly answer: Answer | Lost; readonly during: During }> {
  const invoked = world.history.moment()
  const answer = await settled(world.call(process, waitMs, begin))
  return { answer, during: { invoked, returned: world.history.moment() } }
}

async function creates(world: World, client: string, process: SimProcess, partitions: number): Promise<void> {
  const configs = { 'retention.ms': '-1' }
  const begin = () => process.topics.create({ name: fleetingTopic, partitions, configs })
  const { answer, during } = await asked(world, process, begin)
  const outcome = answer === lost ? 'lost' : answer.outcome
  world.story.tell(() => `${client} creates ${fleetingTopic} by ${process.name}: ${outcome}`, 'topics')
  if (answer === lost) return
  if (answer.outcome === 'created') world.topics.isMadeDuring(client, answer.topic.id, during)
  else if (answer.outcome === 'exists') world.topics.isThereDuring(client, fleetingTopic, answer.topic, during)
  else world.history.violation(`${client} cannot create a topic: ${answer.outcome}`)
}

async function deletes(world: World, client: string, process: SimProcess): Promise<void> {
  const { answer, during } = await asked(world, process, () => process.topics.delete(fleetingTopic))
  const outcome = answer === lost ? 'lost' : answer.outcome
  world.story.tell(() => `${client} deletes ${fleetingTopic} by ${process.name}: ${outcome}`, 'topics')
  // What is lost may be done at any time.
  if (answer === lost) return world.topics.isDeletedBy({ ...during, returned: Number.POSITIVE_INFINITY })
  world.topics.isDeletedBy(during, answer.outcome === 'deleted' ? answer.id : undefined)
  if (answer.outcome === 'deleted') world.topics.isDeletedDuring(client, answer.id, during)
  else world.topics.isThereDuring(client, fleetingTopic, undefined, during)
}

async function grows(world: World, client: string, process: SimProcess, total: number): Promise<void> {
  const { answer, during } = await asked(world, process, () => process.topics.addPartitions(fleetingTopic, total))
  const outcome = answer === lost ? 'lost' : answer.outcome
  world.story.tell(() => `${client} makes it ${total} partitions by ${process.name}: ${outcome}`, 'topics')
  if (answer === lost) return
  if (answer.outcome === 'altered') world.topics.isThereDuring(client, fleetingTopic, answer.topic, during)
  if (answer.outcome === 'unknown-topic') world.topics.isThereDuring(client, fleetingTopic, undefined, during)
}

async function looks(world: World, client: string, process: SimProcess): Promise<void> {
  const begin = () => process.topics.get(fleetingTopic, { fresh: true })
  const { answer, during } = await asked(world, process, begin)
  if (answer !== lost) world.topics.isThereDuring(client, fleetingTopic, answer, during)
}

async function target(world: World, line: Line, entropy: Entropy): Promise<Target | undefined> {
  const found = await line.lookUp(world.anyProcess(entropy), fleetingTopic)
  if (found === 'unknown' || found.partitions === 0) return undefined
  return { topic: fleetingTopic, id: { topicId: topicId(found.id), partition: below(entropy, found.partitions) } }
}

/** Sends each batch once, to what it finds: by name that may be another topic by the time at which it arrives. */
export function fleetingProducer(world: World, client: string) {
  return world.work(client, async (entropy) => {
    const { batches } = amountsOf(world.options)
    const line = drawLine(world, client, entropy, () => true)
    const asking = { world, client, line }
    for (let sent = 0; sent < batches; sent++) {
      const to = await target(world, line, entropy)
      const route = to && (await line.route(entropy, to))
      const name = `${client}/${to?.id.partition ?? ''}/${sent}`
      if (to && route) await append(asking, route, to, newBatch(world, name, entropy))
      await world.sleep(below(entropy, pauseMs / 2))
    }
  })
}

/** Begins anew, as another producer, whenever its topic has gone. */
export function fleetingIdempotent(world: World, client: string, producerId: number) {
  return world.work(client, async (entropy) => {
    const { batches } = amountsOf(world.options)
    // By name its tries may come to several topics.
    const line = drawLine(world, client, entropy, (speech) => speech === 'log' || speech === 'frames by id')
    for (let life = 0; life < idempotentLivesMax; life++) {
      const to = await target(world, line, entropy)
      if (!to || line.byName) {
        await world.sleep(below(entropy, pauseMs))
        continue
      }
      const asking = { world, client: `${client}.${life}`, line }
      const isThere = () => world.topics.byId(to.id.topicId)?.until === undefined
      await new Idempotent(asking, to, producerId + life, entropy, isThere).run(Math.ceil(batches / idempotentLivesMax))
    }
  })
}

/** Reads whatever has the name, each from its beginning: nothing of one is ever seen in another. */
export function fleetingReader(world: World, client: string): Promise<void> {
  const position = new Map<string, number>()
  // Who reads by name cannot tell the topics of a name apart.
  const line = drawLine(world, client, world.entropy(`${client}'s line`), (speech) =>
    ['log', 'frames by id'].includes(speech),
  )
  const asking = { world, client, line }
  return world.meanwhile(client, async (entropy) => {
    const to = await target(world, line, entropy)
    if (to) {
      const key = partitionKey(to.id)
      const at = position.get(key) ?? 0
      const process = world.anyProcess(entropy)
      const { answer } = await read(asking, process, to, at, entropy)
      if (answer.is === 'read') position.set(key, at + answer.values.length)
      if (answer.is === 'out-of-range') await ends(asking, process, to)
      if (entropy.fraction() < 0.1) position.set(key, 0)
    }
    await world.sleep(below(entropy, pauseMs / 3))
  })
}
