/**
 * The list of groups. A group is registered before its first item is written, and looked up once per process: what was
 * found is remembered. A group that is deleted and comes back makes a new item again, which registers it anew.
 */
import { BoundedMap } from '../base/bounded-map.ts'
import type { Clock } from '../base/clock.ts'
import { groupIdBytesMax, groupListMax, groupsRegisteredMax } from '../base/limits.ts'
import { untilKnown } from '../cluster/until-known.ts'
import type { MetaStore } from '../store/meta-store.ts'
import { pageLimit, sortKeyAfter } from '../store/paging.ts'
import { groupIdProblem } from './group-ids.ts'
import {
  type GroupListing,
  groupFromItem,
  groupKey,
  groupsFrom,
  groupsPartition,
  groupsTo,
  groupToItem,
  registerGuard,
  unregisterGuard,
} from './group-item.ts'
import { groupPartition } from './offsets-item.ts'

export interface GroupsPage {
  /** In the order of their ids. */
  readonly groups: readonly GroupListing[]
  /** Pass as `after` for the rest; absent when this was the last page. */
  readonly next?: string
}

/** Every method throws `OutcomeUnknown` or `StoreUnavailable`, and may be called again after either. */
export class GroupRegistry {
  readonly #meta: MetaStore
  readonly #clock: Clock
  readonly #registered = new BoundedMap<string, true>(groupsRegisteredMax)

  constructor(ports: { readonly meta: MetaStore; readonly clock: Clock }) {
    this.#meta = ports.meta
    this.#clock = ports.clock
  }

  /** Makes sure that the group is listed: one read the first time, and one write if it is new. */
  async register(group: string): Promise<void> {
    // What this read wrongly takes for listed was deleted just now, and then so were the group's items: whoever makes
    // the next one registers again.
    if (!this.#registered.has(group)) await this.#register(group, false)
  }

  /** The same without trust in what is remembered or read cheaply: after the first item of a group was made. */
  async registerAgain(group: string): Promise<void> {
    await this.#register(group, true)
  }

  async #register(group: string, strong: boolean): Promise<void> {
    // A put that is refused costs a whole write unit, a read a tenth or a fifth of one.
    const there = await this.#meta.get(groupKey(group), { strong })
    if (there === undefined) {
      const item = groupToItem({ group, createdMs: this.#clock.now() })
      await untilKnown(this.#clock, () => this.#meta.put(item, registerGuard))
    }
    this.#registered.set(group, true)
  }

  /** The group's listing, or `undefined`. Strongly consistent. */
  async get(group: string): Promise<GroupListing | undefined> {
    const item = await this.#meta.get(groupKey(group), { strong: true })
    return item === undefined ? undefined : groupFromItem(item)
  }

  /** Up to `limit` (1 to `groupListMax`) groups whose ids sort after `after`. Strongly consistent, not a snapshot. */
  async list(options: { readonly after?: string; readonly limit?: number } = {}): Promise<GroupsPage> {
    const limit = pageLimit(options.limit, groupListMax)
    const from = options.after === undefined ? groupsFrom : sortKeyAfter(groupKey(cutId(options.after)).sk)
    const { items, more } = await this.#meta.query(groupsPartition, { from, to: groupsTo, limit, strong: true })
    const groups = items.map(groupFromItem)
    const last = groups.at(-1)
    return more && last !== undefined ? { groups, next: last.group } : { groups }
  }

  /**
   * Takes a group from the list if it has no items left, neither before nor after: an item that was made between the two
   * looks is seen by the second, one that is made later is followed by a registration of its own. True when it is gone.
   */
  async unregisterEmpty(seen: GroupListing): Promise<boolean> {
    if (await this.#hasItems(seen.group)) return false
    this.#registered.delete(seen.group)
    await untilKnown(this.#clock, () => this.#meta.delete(groupKey(seen.group), unregisterGuard(seen)))
    if (!(await this.#hasItems(seen.group))) return true
    await this.registerAgain(seen.group)
    return false
  }

  async #hasItems(group: string): Promise<boolean> {
    const { items } = await this.#meta.query(groupPartition(group), { limit: 1, strong: true })
    return items.length > 0
  }
}

/** An id to go on from may come from a person: what is too long for any group is cut to what every store takes. */
function cutId(group: string): string {
  // At most 3 bytes of UTF-8 for each unit of UTF-16.
  return groupIdProblem(group) === undefined ? group : group.slice(0, Math.floor(groupIdBytesMax / 3)).toWellFormed()
}
