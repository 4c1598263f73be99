/** Writing, reading and deleting the items that payloads lie in. */
import { assert } from '../base/assert.ts'
import type { Clock } from '../base/clock.ts'
import type { Entropy } from '../base/entropy.ts'
import { inParallel } from '../base/in-parallel.ts'
import { groupCallsAtOnceMax } from '../base/limits.ts'
import { untilKnown } from '../cluster/until-known.ts'
import type { MetaStore } from '../store/meta-store.ts'
import { blobFromItems, blobKey, blobToItems } from './blob-item.ts'
import type { PayloadRef, Payloads } from './payload.ts'

interface Ports {
  readonly meta: MetaStore
  readonly clock: Clock
  readonly entropy: Entropy
}

/** Stores the payloads in items that nobody names yet; answers their id. */
export async function putBlob(ports: Ports, group: string, payloads: Payloads): Promise<string> {
  const random = Buffer.from(ports.entropy.bytes(9)).toString('base64url')
  const id = `${String(ports.clock.now()).padStart(13, '0')}-${random}`
  await inParallel(blobToItems(group, id, payloads), groupCallsAtOnceMax, (item) =>
    untilKnown(ports.clock, () => ports.meta.put(item)),
  )
  return id
}

/** All that these hold; `undefined` when one is gone: the state that named it is no longer the newest. */
export async function readBlobs(
  { meta }: Pick<Ports, 'meta'>,
  group: string,
  ids: readonly string[],
): Promise<Map<PayloadRef, Uint8Array> | undefined> {
  const found = new Map<PayloadRef, Uint8Array>()
  if (ids.length === 0) return found
  const keys = ids.map((id) => blobKey(group, id, 0))
  const indexes = await meta.getMany(keys, { strong: true })
  const partKeys = ids.map((id, at) => {
    const parts = Number(indexes[at]?.parts ?? 0)
    return Array.from({ length: parts }, (_, part) => blobKey(group, id, part + 1))
  })
  const parts = await meta.getMany(partKeys.flat(), { strong: true })
  let at = 0
  for (const [number, index] of indexes.entries()) {
    const own = parts.slice(at, at + (partKeys[number]?.length ?? 0))
    at += own.length
    const there = own.filter((item) => item !== undefined)
    if (index === undefined || there.length < own.length) return undefined
    for (const [name, bytes] of blobFromItems(index, there)) found.set(name, bytes)
  }
  assert(at === parts.length, 'a part of a blob belongs to none')
  return found
}

/** Deletes what no state names any more. What stays, should this fail, is swept later. */
export async function deleteBlobs({ meta }: Pick<Ports, 'meta'>, group: string, ids: readonly string[]): Promise<void> {
  const indexes = await meta.getMany(
    ids.map((id) => blobKey(group, id, 0)),
    { strong: true },
  )
  const keys = ids.flatMap((id, at) => {
    const parts = Number(indexes[at]?.parts ?? 0)
    // The index last: as long as it is there, the parts can be found.
    return Array.from({ length: parts + 1 }, (_, part) => blobKey(group, id, parts - part))
  })
  await inParallel(keys, groupCallsAtOnceMax, (key) => meta.delete(key))
}
