/** Numbers in paths and queries, read strictly: digits, in range, or a sentence. `1e3`, `0x10`, ` 1` and `+1` are none. */
import type { PartitionId } from '../base/ids.ts'
import type { Topic } from '../cluster/topic-item.ts'
import { errorCode, quoted, RestError, unknownPartition, unknownTopic } from './rest-error.ts'
import type { HttpContext } from './routes.ts'
import type { HttpServices } from './services.ts'

/** An integer of the query, or undefined when it is not there. `negative` lets through what a later check explains better. */
export function integerQuery(
  context: HttpContext,
  name: string,
  range: { readonly min?: number; readonly max?: number; readonly negative?: true } = {},
): number | undefined {
  const texts = context.req.queries(name)
  if (texts === undefined) return undefined
  if (texts.length > 1) throw new RestError(errorCode.badRequest, `${name} is given ${texts.length} times.`)
  const { min = 0, max = Number.MAX_SAFE_INTEGER, negative } = range
  const text = texts[0] ?? ''
  const number = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  const low = negative ? Number.MIN_SAFE_INTEGER : min
  if (!Number.isSafeInteger(number) || number < low || number > max) {
    throw new RestError(
      errorCode.badRequest,
      `${name} must be an integer from ${min} to ${max}; it is ${quoted(text)}.`,
    )
  }
  return number
}

/** A parameter of the path, decoded. */
export function pathParameter(context: HttpContext, name: string): string {
  return context.req.param(name) ?? ''
}

/** The topic that the path names, as `:topic`. */
export async function topicOf(context: HttpContext, services: HttpServices, fresh = false): Promise<Topic> {
  const name = pathParameter(context, 'topic')
  const topic = await services.topics.get(name, { fresh })
  if (topic === undefined) throw unknownTopic(name)
  return topic
}

/** A partition that exists. */
export interface Place {
  readonly topic: Topic
  readonly id: PartitionId
}

/**
 * Runs a request on the partition that the path names, as `:topic` and `:partition`. A topic that was deleted and made
 * again has another id than the one that is remembered: then it runs once more, on the new one.
 */
export async function onPartition<Result>(
  context: HttpContext,
  services: HttpServices,
  run: (place: Place) => Promise<Result>,
): Promise<Result> {
  const place = await partitionOf(context, services)
  try {
    return await run(place)
  } catch (fault) {
    if (!(fault instanceof RestError) || fault.errorCode !== errorCode.unknownTopic) throw fault
    const current = await partitionOf(context, services, true)
    if (current.topic.id === place.topic.id) throw fault
    return run(current)
  }
}

/** The topic and the partition that the path names. */
export async function partitionOf(context: HttpContext, services: HttpServices, fresh = false): Promise<Place> {
  const text = pathParameter(context, 'partition')
  let topic = await topicOf(context, services, fresh)
  const partition = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  // The number of partitions may have grown since it was remembered.
  if (partition >= topic.partitions) topic = await topicOf(context, services, true)
  if (!(partition < topic.partitions)) throw unknownPartition(topic.name, text, topic.partitions)
  return { topic, id: { topicId: topic.id, partition } }
}
