/**
 * The stored item that says that a group exists, so that groups can be listed and their offsets expire.
 *
 * Key       `cluster` / `group#<group id>`
 * Content   group, createdMs
 * Lifetime  from before the group's first item until after its last. A group that is seen here may have no items (its
 *           first was never written, or its last just went); one that has items is seen here, since whoever makes a new
 *           item for a group puts this one before and, should it have been deleted meanwhile, again after.
 * Size      at most 2.1 KB.
 *
 * Legal changes, each by its guard:
 *   put       whole, if no item is there
 *   delete    when the group was seen to have no items left, if createdMs is still the one that was seen before
 */
import { assert } from '../base/assert.ts'
import type { Guard, Item, Key } from '../store/meta-store.ts'

export interface GroupListing {
  readonly group: string
  readonly createdMs: number
}

export const groupsPartition = 'cluster'
export const groupsFrom = 'group#'
/** The character after '#': every id sorts before it. */
export const groupsTo = 'group$'

export function groupKey(group: string): Key {
  return { pk: groupsPartition, sk: `${groupsFrom}${group}` }
}

export function groupToItem(listing: GroupListing): Item {
  return { ...groupKey(listing.group), group: listing.group, createdMs: listing.createdMs }
}

export function groupFromItem(item: Item): GroupListing {
  const { group, createdMs } = item
  assert(typeof group === 'string' && typeof createdMs === 'number', 'the item of a group has no id or time')
  return { group, createdMs }
}

/** The group is not there yet. */
export const registerGuard: Guard = [{ path: ['createdMs'], is: 'absent' }]

export function unregisterGuard(seen: GroupListing): Guard {
  return [{ path: ['createdMs'], is: '=', than: { value: seen.createdMs } }]
}
