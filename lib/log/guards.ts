/**
 * The clauses that guard a head. Each has one meaning, and each stands for an interleaving in which, without it, an
 * acknowledged record was lost, doubled or put at a wrong offset (all of them were seen, in a model or on DynamoDB).
 * `n`, `t`, `f` ... are the attributes of `head.ts`.
 */
import type { Epoch, Offset } from '../base/ids.ts'
import type { Clause } from '../store/meta-store.ts'
import type { ProducerState } from './sequences.ts'

/**
 * The head is there, its topic is not deleted, and no leader was elected since the view was taken.
 *
 *   writer:  reads the head ....................... appends -> refused
 *   deleter:                 sets epoch -1, forgets the topic
 *
 * Without it a deposed leader, or a writer to a deleted topic, is told that its record will be there. In the update the
 * epoch is the view's; that it is also the one under which a batch was accepted is looked at before (`partition-writer.ts`):
 *
 *   leader of 3:  accepts a batch, is stopped ........................ goes on: a view of epoch 4 -> answers, never appends
 *   broker:                                   elects another, epoch 4
 *   its client:                               sends the batch again, to the new leader
 *
 * And of an election: of those who see one leader dead and elect at once, one is first; a late copy of an election is refused
 * (else it would depose the leader that came after, and name the end of the log at that time as the beginning of an epoch).
 */
export const epochIs = (epoch: Epoch): Clause => ({ path: ['e'], is: '=', than: { value: epoch } })

/**
 * This pointer is not in the tail: the second copy of an update that landed is refused.
 *
 *   writer: sends -> (time-out) ... sends again -> refused, and the refusal says where the first one landed
 */
export const pointerAbsent = (key: string): Clause => ({ path: ['q', key], is: 'absent' })

/**
 * The view is not older than the tail. `seenNext` is a `next` that the writer saw before its *first* try, the same in
 * every try. A try that landed is at an offset >= seenNext; if the tail still begins at or before seenNext, its pointer is
 * in the tail and `pointerAbsent` sees it; if not, every try is refused for ever.
 *
 *   writer: sees next=0, sends (time-out)                      sends again -> refused
 *   store:                          lands at 0, fold to 1, ...
 *
 * Without it the second copy lands at 1: twice in the log, acknowledged at the wrong place.
 */
export const viewNotOlderThanTail = (seenNext: Offset): Clause => ({
  path: ['t'],
  is: '<=',
  than: { value: seenNext },
})

/**
 * The bytes cannot have been swept, and the writer has not cancelled this update.
 *
 *   writer:  PUT bytes ... frozen for hours ........................ appends -> refused, puts its bytes again
 *   sweeper:               raises the floor, finds no pointer, deletes
 *
 * Without it a pointer to deleted bytes is acknowledged. No grace period bounds a frozen process.
 */
export const aboveFloor = (nameTimeMs: number): Clause => ({ path: ['f'], is: '<', than: { value: nameTimeMs } })

/**
 * The tail has room. Without it a stampede of writers outruns the folds: a head of 41 KB at 42 write units an append was
 * measured with 64 writers. Not in an update that drops pointers. It says nothing of what happened: a refusal by it is
 * never final.
 */
export const tailHasRoom = (pointersMax: number): Clause => ({ path: ['q'], is: 'size<', than: pointersMax })

/** The head has room for producers it does not hold. As `tailHasRoom`: never final. */
export const producersHaveRoom = (producersMax: number): Clause => ({ path: ['p'], is: 'size<', than: producersMax })

/**
 * The producer's next sequence is the batch's first: neither a duplicate nor a gap.
 *
 *   client: sends batch 5 by one gateway (time-out), and again by another -> refused as a duplicate
 */
export const producerIsAt = (producerId: number, state: ProducerState): Clause => ({
  path: ['p', String(producerId)],
  is: '=',
  than: { value: state },
})

/** The producer's last write was of an older epoch: a zombie of this epoch's predecessor wrote last, and no newer one. */
export const producerIsBelow = (producerId: number, state: ProducerState): Clause => ({
  path: ['p', String(producerId)],
  is: '<',
  than: { value: state },
})

/**
 * The head still does not hold the producer, whose state was read from its item after the view was taken. Safe only
 * together with `viewNotOlderThanTail` of that view: what was appended and evicted in between has moved the tail.
 *
 *   writer: sees the producer absent, reads its item (next is 5) .................... appends 5 -> refused by the view
 *   other:                                   appends 5; a fold evicts it (next is 6)
 */
export const producerAbsent = (producerId: number): Clause => ({ path: ['p', String(producerId)], is: 'absent' })

/**
 * The tail begins where the page does that now holds what is dropped. A second drop of the same page, late, is refused:
 * else it would take tailStart back over pointers that a later fold has dropped.
 */
export const tailStartsAt = (tailStart: Offset): Clause => ({ path: ['t'], is: '=', than: { value: tailStart } })

/**
 * Of an eviction: the producer has not written since its state was copied to its item; else the copy would be older. Its
 * state does not say so: one that was forgotten for being idle may come back, begin elsewhere, and be in that state again.
 */
export const producerWroteLastAt = (producerId: number, lastBatch: Offset): Clause => ({
  path: ['o', String(producerId)],
  is: '=',
  than: { value: lastBatch },
})

/** It has no open transaction: a head that forgets one would let the last stable offset pass it. */
export const producerHasNoTransaction = (producerId: number): Clause => ({
  path: ['x', String(producerId)],
  is: 'absent',
})

/** An item of a producer's state only ever moves forward: a late copy of an older eviction must not bring it back. */
export const producerItemIsOlder = (lastBatch: Offset): Clause => ({
  path: ['o'],
  is: '<',
  than: { value: lastBatch },
  orAbsent: true,
})

/**
 * There is no page of this base yet. A folder with an older view would cut the page of one that has already dropped more
 * (a hole in the index for ever); a late copy would restore pointers to objects that were consolidated and deleted.
 */
export const pageAbsent: Clause = { path: ['pk'], is: 'absent' }

/**
 * There are no bytes of this name yet. Names of one millisecond differ by chance only, one in 2^40 for two of them; where a
 * clock stands still, or is behind the floor, all have the same one. Without it bytes that were acknowledged are overwritten.
 */
export const inlineAbsent: Clause = { path: ['pk'], is: 'absent' }

/** There is no head yet: a late creation must not empty a log. */
export const headAbsent: Clause = { path: ['pk'], is: 'absent' }

/**
 * No producer of this partition is known to have begun elsewhere than at 0: the map is made by the first one that does.
 *
 *   writer:  sees no map ............................. makes one with its producer in it -> refused, looks again
 *   other:               makes one with another in it
 *
 * Without it the second map takes the place of the first: what the other one's producer failed to write before its beginning
 * looks like a duplicate, is acknowledged, and is lost.
 */
export const producerBeginsAbsent: Clause = { path: ['g'], is: 'absent' }

/** The head is there: a floor is never raised on what does not exist. */
export const headPresent: Clause = { path: ['pk'], is: 'present' }

/** The floor only rises. */
export const floorIsBelow = (timeMs: number): Clause => ({ path: ['f'], is: '<', than: { value: timeMs } })

/** A head from before there were elections has no map of where epochs began; a late copy must not empty one. */
export const epochBeginsAbsent: Clause = { path: ['b'], is: 'absent' }
