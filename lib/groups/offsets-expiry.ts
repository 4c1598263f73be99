/**
 * Expiry of committed offsets, as Kafka's `offsets.retention.minutes` (KIP-211): an offset of a group that nobody is in, or
 * of a topic that no member reads, goes when it is older than the retention, a group when it has none left. Bounded steps
 * that anyone may take at any time, twice at once or with an old clock: an entry is removed only if it is still the one that
 * was judged, a state only if it still is the group's.
 */
import type { Clock } from '../base/clock.ts'
import { groupExpiryMax } from '../base/limits.ts'
import type { TopicRef } from '../cluster/topic-item.ts'
import type { Topics } from '../cluster/topics.ts'
import type { Item, MetaStore } from '../store/meta-store.ts'
import { pageLimit } from '../store/paging.ts'
import type { Aging } from './group-life.ts'
import type { GroupRegistry } from './group-registry.ts'
import { shardFromItem } from './offsets-item.ts'
import { type Removal, removeOffsets } from './offsets-removal.ts'
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
  /** Of the groups that may have members; without it no group has any. See `Groups.expire`. */
  readonly lifeOf?: (group: string) => Promise<GroupLife>
}

export interface GroupLife {
  readonly aging: Aging
  /** Takes away what else the group is, if nobody is in it: it has no offsets left. */
  readonly forget: () => Promise<void>
}

const nobodysLife: GroupLife = { aging: { sinceMs: 0, kept: new Set() }, forget: async () => {} }

/** Judges the groups of one page. `now` and `retentionMs` in milliseconds. */
export async function expireOffsets(
  ports: Ports,
  now: number,
  retentionMs: number,
  step: ExpiryStep,
): Promise<ExpiryPage> {
  const limit = pageLimit(step.limit, groupExpiryMax)
  const page = await ports.registry.list({ limit, ...(step.after === undefined ? {} : { after: step.after }) })
  let expired = 0
  let groups = 0
  for (const listing of page.groups) {
    const life = (await ports.lifeOf?.(listing.group)) ?? nobodysLife
    let kept = 0
    for await (const items of readShards(ports.meta, listing.group)) {
      for (const item of items) {
        const { removed, left } = await expireShard(ports, item, { ...life.aging, now, retentionMs })
        expired += removed
        if (left) kept++
      }
    }
    if (kept > 0) continue
    await life.forget()
    if (await ports.registry.unregisterEmpty(listing)) groups++
  }
  return page.next === undefined ? { expired, groups } : { expired, groups, next: page.next }
}

async function expireShard(
  ports: Ports,
  item: Item,
  judging: Aging & { readonly now: number; readonly retentionMs: number },
): Promise<Removal> {
  const { topic } = shardFromItem(item)
  const { kept, sinceMs, now, retentionMs } = judging
  const isGone = await isTopicGone(ports.topics, topic)
  const isKept = kept === 'all' || kept.has(topic.name)
  const isOld = (committedMs: number) => Math.max(committedMs, sinceMs) < now - retentionMs
  return removeOffsets(ports, item, (_, { committedMs }) => isGone || (!isKept && isOld(committedMs)))
}

/** Ids are never used twice, so a topic that is gone once is gone for ever. Only a fresh look may say so. */
async function isTopicGone(topics: Pick<Topics, 'get'> | undefined, topic: TopicRef): Promise<boolean> {
  if (topics === undefined || (await topics.get(topic.name))?.id === topic.id) return false
  return (await topics.get(topic.name, { fresh: true }))?.id !== topic.id
}
