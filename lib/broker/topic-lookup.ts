/**
 * The topics that a request names, by name or, in newer versions, by id (KIP-516). Without a promise where all of them are
 * remembered, which is the usual case of Produce and Fetch.
 */
import { type TopicId, topicId } from '../base/ids.ts'
import type { Topic } from '../cluster/topic-item.ts'
import type { Topics } from '../cluster/topics.ts'
import { errorCodes } from '../wire/error-codes.ts'

/** By which of the two a version of an API names topics. */
export type NamedBy = 'name' | 'id'

/** What a topic has in its API's table. */
interface Named {
  readonly name: string
  readonly topicId: string
}

/** In the order of the request; `undefined` is a topic that is not there. Throws the store's faults. */
export function findTopics<T>(
  topics: Topics,
  asked: readonly T[],
  by: NamedBy,
  named: (asked: T) => Named,
): (Topic | undefined)[] | Promise<(Topic | undefined)[]> {
  const found: (Topic | undefined)[] = []
  for (const each of asked) {
    const { name, topicId: id } = named(each)
    const topic = by === 'id' ? topics.rememberedById(id as TopicId) : topics.remembered(name)
    if (topic === undefined) return lookUpAll(topics, asked.map(named), by)
    found.push(topic)
  }
  return found
}

function lookUpAll(topics: Topics, asked: readonly Named[], by: NamedBy): Promise<(Topic | undefined)[]> {
  return Promise.all(asked.map(({ name, topicId: id }) => (by === 'id' ? topics.byId(topicId(id)) : topics.get(name))))
}

/** What a topic or a partition of it that is not there is answered with. */
export const unknownTopicError = (by: NamedBy): number =>
  by === 'id' ? errorCodes.UNKNOWN_TOPIC_ID : errorCodes.UNKNOWN_TOPIC_OR_PARTITION
