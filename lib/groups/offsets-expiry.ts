/**
 * Expiry of committed offsets, as Kafka's `offsets.retention.minutes` has it for groups without members: an offset goes
 * when it was last committed longer ago than the retention, a group when it has none left. Bounded steps that anyone may
 * take at any time, twice at once or with an old clock: an entry is removed only if it is still the one that was judged.
 */
import type { Clock } from '../base/clock.ts'
import { groupExpiryMax } from '../base/limits.ts'
import type { TopicRef } from '../cluster/topic-item.ts'
import type { Topics } from '../cluster/topics.ts'
import { untilKnown } from '../cluster/until-known.ts'
import type { Item, Key, MetaStore } from '../store/meta-store.ts'
import type { GroupRegistry } from './group-registry.ts'
import { emptyGuard, expireGuard, removeChange, shardFromItem } from './offsets-item.ts'
import { readShards } from './offsets-shards.ts'

export interface ExpiryStep {
  /** Where the last step ended: its `next`. */
  readonly after?: string
  /** Groups to judge: 1 to `groupExpiryMax`. */
  readonly limit?: number
}

export interface ExpiryPage {
  /** Offsets that have gone. */
  readonly expired: number
  /** Groups that have gone. */
  readonly groups: number
  /** Pass as `after` of the next step; absent when all groups have been judged. */
  readonly next?: string
}

interface Ports {
  readonly meta: MetaStore
  readonly clock: Clock
  readonly registry: GroupRegistry
  readonly topics: Pick<Topics, 'get'> | undefined
}

/** Judges the groups of one page. `now` and `retentionMs` in milliseconds. */
export async function expireOffsets(
  ports: Ports,
  now: number,
  retentionMs: number,
  step: ExpiryStep,
): Promise<ExpiryPage> {
  const limit = Math.max(1, Math.min(step.limit ?? groupExpiryMax, groupExpiryMax))
  const page = await ports.registry.list({ limit, ...(step.after === undefined ? {} : { after: step.after }) })
  let expired = 0
  let groups = 0
  for (const listing of page.groups) {
    let kept = 0
    for await (const items of readShards(ports.meta, listing.group)) {
      for (const item of items) {
        const gone = await expireShard(ports, item, now - retentionMs)
        expired += gone.expired
        if (!gone.dropped) kept++
      }
    }
    if (kept === 0 && (await ports.registry.unregisterEmpty(listing))) groups++
  }
  return page.next === undefined ? { expired, groups } : { expired, groups, next: page.next }
}

async function expireShard(
  ports: Ports,
  item: Item,
  committedBeforeMs: number,
): Promise<{ readonly expired: number; readonly dropped: boolean }> {
  const { meta, clock } = ports
  const key: Key = { pk: item.pk, sk: item.sk }
  const { topic, offsets } = shardFromItem(item)
  if (await isGone(ports.topics, topic)) {
    await untilKnown(clock, () => meta.delete(key))
    return { expired: offsets.size, dropped: true }
  }
  const judged = new Map([...offsets].filter(([, entry]) => entry.committedMs < committedBeforeMs))
  if (judged.size > 0) {
    const { answer } = await untilKnown(clock, () => meta.update(key, removeChange(judged.keys()), expireGuard(judged)))
    // Somebody has committed meanwhile: what is there now is judged in the next round.
    if ('refused' in answer) return { expired: 0, dropped: answer.refused === undefined }
  }
  if (judged.size < offsets.size) return { expired: judged.size, dropped: false }
  const { answer } = await untilKnown(clock, () => meta.delete(key, emptyGuard))
  return { expired: judged.size, dropped: 'done' in answer || answer.refused === undefined }
}

/** Ids are never used twice, so a topic that is gone once is gone for ever. Only a fresh look may say so. */
async function isGone(topics: Pick<Topics, 'get'> | undefined, topic: TopicRef): Promise<boolean> {
  if (topics === undefined || (await topics.get(topic.name))?.id === topic.id) return false
  return (await topics.get(topic.name, { fresh: true }))?.id !== topic.id
}
