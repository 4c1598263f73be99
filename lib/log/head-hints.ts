/**
 * The newest head of each partition that this process has seen, from its own appends and reads. A hint and never a fact:
 * a reader may serve data from a young one (what lies below `next` is there for ever), but says "out of range", "deleted"
 * or "nothing new" only after a strongly consistent read. Bounded: the partition heard of least recently goes first.
 */
import { BoundedMap } from '../base/bounded-map.ts'
import type { Clock } from '../base/clock.ts'
import type { PartitionId } from '../base/ids.ts'
import { headHintsMax } from '../base/limits.ts'
import { deletedEpoch, type Head } from './head.ts'
import { partitionKey } from './keys.ts'

export interface HeadHint {
  readonly id: PartitionId
  readonly head: Head
  /** When this process heard of it, in ms of its clock. */
  readonly seenMs: number
}

export class HeadHints {
  readonly #clock: Clock
  readonly #hints: BoundedMap<string, HeadHint>

  constructor({ clock, countMax = headHintsMax }: { clock: Clock; countMax?: number }) {
    this.#clock = clock
    this.#hints = new BoundedMap(countMax)
  }

  /** Answers may arrive out of order: one that is older than what is known changes nothing. */
  put(id: PartitionId, head: Head): void {
    const key = partitionKey(id)
    const known = this.#hints.get(key)
    if (known && isOlder(head, known.head)) return
    this.#hints.set(key, { id, head, seenMs: this.#clock.now() })
  }

  get(id: PartitionId): HeadHint | undefined {
    return this.#hints.get(partitionKey(id))
  }

  /** All that is remembered, in no order. */
  all(): Iterable<HeadHint> {
    return this.#hints.values()
  }

  /** A hint that is at most `ageMsMax` old, by this process's clock. */
  young(id: PartitionId, ageMsMax: number): Head | undefined {
    const hint = this.get(id)
    if (!hint) return undefined
    const ageMs = this.#clock.now() - hint.seenMs
    return ageMs >= 0 && ageMs <= ageMsMax ? hint.head : undefined
  }
}

/** Within an epoch nothing in a head goes down, a deleted topic stays deleted, and otherwise the higher epoch is newer. */
function isOlder(head: Head, known: Head): boolean {
  if (head.epoch !== known.epoch) {
    return known.epoch === deletedEpoch || (head.epoch !== deletedEpoch && head.epoch < known.epoch)
  }
  return (
    head.next < known.next ||
    head.tailStart < known.tailStart ||
    head.logStart < known.logStart ||
    head.floorMs < known.floorMs
  )
}
