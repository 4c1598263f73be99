/**
 * Which names a topic may have: Kafka's own rule (`org.apache.kafka.common.internals.Topic`), told in sentences that a
 * person can act upon. A name that passes here is also safe as a part of a store's key, of a path and of a URL.
 */
import { topicNameLengthMax } from '../base/limits.ts'

/** Kafka's own topics. Their content lies elsewhere here, so no user may create, change or delete one. */
const internalTopicNames: ReadonlySet<string> = new Set([
  '__consumer_offsets',
  '__transaction_state',
  '__cluster_metadata',
  '__share_group_state',
])

/** A sentence that says what is wrong with the name of a topic, or `undefined` when it is legal. */
export function topicNameProblem(name: string): string | undefined {
  if (name === '') return 'A topic needs a name: the empty string is not one.'
  if (name === '.' || name === '..') return `'${name}' cannot name a topic: it means a folder. Choose another name.`
  if (name.length > topicNameLengthMax) {
    return `A topic's name has at most ${topicNameLengthMax} characters; this one has ${name.length}.`
  }
  const illegal = /[^a-zA-Z0-9._-]/u.exec(name)?.[0]
  if (illegal === undefined) return undefined
  return `A topic's name holds only ASCII letters, digits, '.', '_' and '-'; '${name}' has ${JSON.stringify(illegal)} in it.`
}

/** Whether the name belongs to Kafka itself. */
export function isInternalTopic(name: string): boolean {
  return internalTopicNames.has(name)
}

/**
 * The name that two topics may not share. Kafka's metrics write `.` as `_`, so it refuses `a_b` beside `a.b`
 * (INVALID_TOPIC_EXCEPTION, `Topic.hasCollision`).
 */
export function collisionName(name: string): string {
  return name.replaceAll('.', '_')
}
