/**
 * The stored item of a topic that was deleted and whose data is not gone yet: work for the janitor.
 *
 * Key       `cluster` / `deleted#<topic id>`
 * Content   id, name, partitions (as many as it had: frozen by the deletion), deletedMs, swept (partitions done so far).
 * Lifetime  from just after the deletion until the janitor has forgotten the topic. A second, late copy of the put may
 *           bring it back; the janitor then finds nothing left to do and forgets it again.
 * Size      at most 500 bytes.
 *
 * Legal changes, each by its guard:
 *   put       whole, if no item is there; only after the topic's item says `deleted`
 *   swept     raise `swept`, if the item is there and has less
 *   forget    delete, after the topic's tombstone was deleted
 */
import { assert } from '../base/assert.ts'
import { type TopicId, topicId } from '../base/ids.ts'
import type { Change, Guard, Item, Key } from '../store/meta-store.ts'
import type { TopicRef } from './topic-item.ts'

export interface DeletedTopic extends TopicRef {
  readonly partitions: number
  readonly deletedMs: number
  /** Partitions 0 to `swept` - 1 are done: their heads refuse every writer and their items are gone. */
  readonly swept: number
}

export const deletedTopicsFrom = 'deleted#'
/** Behind every topic id: '~' sorts after all of base64url. */
export const deletedTopicsTo = 'deleted#~'

export function deletedTopicKey(id: TopicId): Key {
  return { pk: 'cluster', sk: `${deletedTopicsFrom}${id}` }
}

export function deletedTopicToItem(topic: DeletedTopic): Item {
  const { id, name, partitions, deletedMs, swept } = topic
  return { ...deletedTopicKey(id), id, name, partitions, deletedMs, swept }
}

export function deletedTopicFromItem(item: Item): DeletedTopic {
  const { id, name, partitions, deletedMs, swept } = item
  assert(typeof id === 'string' && typeof name === 'string', 'the item of a deleted topic has no id or name')
  assert(
    typeof partitions === 'number' && typeof deletedMs === 'number' && typeof swept === 'number',
    `bad item: ${id}`,
  )
  return { id: topicId(id), name, partitions, deletedMs, swept }
}

/** No work is recorded for this topic yet. */
export const deletedTopicGuard: Guard = [{ path: ['id'], is: 'absent' }]

/** How far the janitor has come; only up. */
export const sweptTo = {
  change: (swept: number): Change => [{ set: ['swept'], to: { value: swept } }],
  guard: (swept: number): Guard => [{ path: ['swept'], is: '<', than: { value: swept } }],
}
