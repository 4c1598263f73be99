/**
 * Loading and saving the state of groups. A save is one guarded write of one item, and what comes before it (payloads,
 * the fence) is harmless should the process die there; what comes after it is only tidying. Of two processes that save at
 * once one is told what is there instead.
 */
import type { Clock } from '../base/clock.ts'
import type { Entropy } from '../base/entropy.ts'
import { groupBlobsMax, groupInlineBytesMax, groupWritesRememberedMax } from '../base/limits.ts'
import { untilKnown } from '../cluster/until-known.ts'
import type { Item, MetaStore } from '../store/meta-store.ts'
import { deleteBlobs, putBlob, readBlobs } from './blobs.ts'
import { generationOfOffsets, raiseFence } from './fence.ts'
import type { GroupRegistry } from './group-registry.ts'
import type { GroupState } from './group-state.ts'
import { noPayload, type PayloadRef, type Payloads, payloadsBytes } from './payload.ts'
import { type StoredGroup, stateFromItem, stateGuard, stateKey, stateToItem, writesOf } from './state-item.ts'
import { fenceOf, payloadRefsOf } from './transition.ts'

export interface GroupStorePorts {
  readonly meta: MetaStore
  readonly clock: Clock
  readonly entropy: Entropy
  readonly registry: GroupRegistry
  /** Tidying that failed: the sweep will do it. */
  readonly report: (fault: unknown) => void
}

export interface Save {
  readonly state: GroupState
  /** What the state names and may not be stored yet. */
  readonly payloads: Payloads
  readonly by: string
  readonly claimedMs: number
}

export type Saved = { readonly stored: StoredGroup } | { readonly found: StoredGroup | undefined }

/** Every method throws `OutcomeUnknown` or `StoreUnavailable`, and may be called again after either. */
export class GroupStore {
  readonly #ports: GroupStorePorts

  constructor(ports: GroupStorePorts) {
    this.#ports = ports
  }

  /** Strongly consistent. */
  async load(group: string): Promise<StoredGroup | undefined> {
    const item = await this.#ports.meta.get(stateKey(group), { strong: true })
    return item === undefined ? undefined : stateFromItem(item)
  }

  /** See `generationOfOffsets`. */
  generationOfOffsets(group: string): Promise<number> {
    return generationOfOffsets(this.#ports.meta, group)
  }

  /** All payloads that the state names; `undefined` when another state has come since. */
  async payloads(group: string, stored: StoredGroup): Promise<Map<PayloadRef, Uint8Array> | undefined> {
    const found = await readBlobs(this.#ports, group, stored.blobs)
    if (found !== undefined) {
      for (const [ref, text] of Object.entries(stored.inline)) found.set(ref, Buffer.from(text, 'base64'))
    }
    return found
  }

  /** Writes the state that follows on `seen`. */
  async save(group: string, seen: StoredGroup | undefined, save: Save): Promise<Saved> {
    let before = seen
    const fence = fenceOf(save.state)
    const raised = Math.max(fence.raised, before?.raised ?? -1)
    if (before === undefined) await this.#ports.registry.register(group)
    if (fence.raised > (before?.raised ?? -1)) {
      if (before !== undefined && before.announced < fence.raised) {
        const announced = await this.#put(group, before, { ...before, announced: fence.raised })
        if ('found' in announced) return announced
        before = announced.stored
      }
      // A group without a state has no members, and offsets only of lives that ended: their commits have no state to be of.
      await raiseFence(this.#ports, group, fence.raised)
    }
    const placed = await this.#place(group, before, save)
    if (placed === undefined) return { found: await this.load(group) }
    const { state, by, claimedMs } = save
    const announced = Math.max(fence.announced, fence.raised, before?.announced ?? -1)
    const saved = await this.#put(group, before, { state, by, claimedMs, announced, raised, ...placed })
    if ('stored' in saved) {
      // Had the group been deleted since it was registered, its new item would be on nobody's list.
      if (before === undefined) await this.#ports.registry.registerAgain(group)
      await this.#tidy(group, before, saved.stored)
    }
    return saved
  }

  /** Deletes the state that was seen, one that names no payloads. False when there is another by now. */
  async delete(group: string, seen: StoredGroup): Promise<boolean> {
    const { meta, clock } = this.#ports
    const { answer } = await untilKnown(clock, () => meta.delete(stateKey(group), stateGuard(seen)))
    // Another state has a mark of its own, so absence is this deletion's, or another's of the same state.
    return 'done' in answer || answer.refused === undefined
  }

  /** One guarded write. A refusal that carries our own mark is the success of a try whose answer was lost. */
  async #put(
    group: string,
    before: StoredGroup | undefined,
    next: Omit<StoredGroup, 'write' | 'writes'>,
  ): Promise<Saved> {
    const write = Buffer.from(this.#ports.entropy.bytes(9)).toString('base64url')
    const writes = [write, ...(before?.writes ?? [])].slice(0, groupWritesRememberedMax)
    const stored: StoredGroup = { ...next, write, writes }
    const item = stateToItem(group, stored)
    const { answer } = await untilKnown(this.#ports.clock, () => this.#ports.meta.put(item, stateGuard(before)))
    if ('done' in answer) return { stored }
    const found: Item | undefined = answer.refused
    if (found === undefined) return { found: undefined }
    const there = stateFromItem(found)
    return writesOf(found).includes(write) ? { stored: there } : { found: there }
  }

  /**
   * Where the payloads of the new state lie: beside it while they are few, else in items of their own, which are put
   * together when there are many of them. `undefined` when the items that `before` names are gone.
   */
  async #place(group: string, before: StoredGroup | undefined, save: Save) {
    const live = new Set(payloadRefsOf(save.state))
    live.delete(noPayload)
    if (live.size === 0) return { inline: {}, blobs: [] }
    const fresh = new Map([...save.payloads].filter(([ref]) => live.has(ref)))
    for (const [ref, text] of Object.entries(before?.inline ?? {})) {
      if (live.has(ref)) fresh.set(ref, Buffer.from(text, 'base64'))
    }
    let blobs = before?.blobs ?? []
    if (blobs.length >= groupBlobsMax) {
      const older = await readBlobs(this.#ports, group, blobs)
      if (older === undefined) return undefined
      for (const [ref, bytes] of older) if (live.has(ref)) fresh.set(ref, bytes)
      blobs = []
    }
    if (payloadsBytes(fresh.keys()) <= groupInlineBytesMax) return { inline: asInline(fresh), blobs }
    return { inline: {}, blobs: [...blobs, await putBlob(this.#ports, group, fresh)] }
  }

  /** Deletes the items that the new state names no more. */
  async #tidy(group: string, before: StoredGroup | undefined, after: StoredGroup): Promise<void> {
    const gone = (before?.blobs ?? []).filter((id) => !after.blobs.includes(id))
    if (gone.length === 0) return
    try {
      await deleteBlobs(this.#ports, group, gone)
    } catch (fault) {
      this.#ports.report(fault)
    }
  }
}

const asInline = (payloads: Payloads): Record<PayloadRef, string> =>
  Object.fromEntries([...payloads].map(([ref, bytes]) => [ref, Buffer.from(bytes).toString('base64')]))
