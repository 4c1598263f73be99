/**
 * What can be said of producers before an update is sent: those that the view does not hold have an item, or are new. The
 * item is read after the view was taken, and the attempt that follows is guarded by that view (`producerAbsent`,
 * `viewNotOlderThanTail`), so what happened in between refuses it.
 */
import { type Offset, type PartitionId, producerId } from '../base/ids.ts'
import { StoreUnavailable } from '../store/errors.ts'
import type { MetaStore } from '../store/meta-store.ts'
import { absentProducers, type ProducerItems } from './attempt.ts'
import type { Batch, Placed } from './batch.ts'
import { type Head, parseHead } from './head.ts'
import { headKey, producerKey } from './keys.ts'
import type { AppendResult } from './log-types.ts'
import { type ProducerItem, parseProducerItem } from './producer-item.ts'
import { type Judgement, judge, type ProducerClaim } from './sequences.ts'

/** Where this process remembers a batch to be. */
export type Remembered = (batch: Batch) => Offset | undefined

/** What this process knows of producers. */
export interface KnownHere {
  readonly offsetOf: Remembered
  /** Of a producer that the log does not know: whether something may well come first. See `missing-batches.ts`. */
  readonly mustWait: (claim: ProducerClaim) => boolean
}

export type Judged =
  | { readonly outcome: 'ready'; readonly items: ProducerItems }
  /** These are decided; the rest is to be looked at again. */
  | { readonly outcome: 'answered'; readonly answers: readonly { placed: Placed; result: AppendResult }[] }
  /** The view was too old to say: this is a newer one. */
  | { readonly outcome: 'look-again'; readonly head: Head | undefined }

/** Retriable for every client, and fatal for none, as OUT_OF_ORDER_SEQUENCE_NUMBER is for librdkafka. */
const early: AppendResult = {
  outcome: 'unavailable',
  cause: new StoreUnavailable('an append', new Error('a producer that nobody knows is to begin with its first batch')),
}

export async function judgeBatches(
  meta: MetaStore,
  id: PartitionId,
  head: Head,
  ready: readonly Placed[],
  { offsetOf, mustWait }: KnownHere,
): Promise<Judged> {
  const absent = absentProducers(head, ready)
  if (absent.length === 0) return { outcome: 'ready', items: new Map() }
  const items = await readProducerItems(meta, id, absent)
  const answers: { placed: Placed; result: AppendResult }[] = []
  // Of each producer what comes first, until something may be sent.
  const refused = new Set(absent)
  let newer: Head | undefined
  for (const placed of ready) {
    const { claim } = placed.batch
    if (!claim || !refused.has(claim.producerId)) continue
    const item = items.get(claim.producerId)
    const judgement = item && judge(item.state, claim, item.began)
    const ofNew = mustWait(claim) ? early : undefined
    const result = judgement ? resultOf(judgement, item.lastBatch, head, offsetOf(placed.batch)) : ofNew
    if (!result) {
      refused.delete(claim.producerId)
      continue
    }
    // Something may be missing only because it is in the head by now; the other judgements are past changing.
    if (judgement === undefined || judgement === 'gap') {
      newer ??= await strongHead(meta, id)
      if (!newer || !stillAbsent(newer, head, claim.producerId)) return { outcome: 'look-again', head: newer }
    }
    answers.push({ placed, result })
  }
  return answers.length > 0 ? { outcome: 'answered', answers } : { outcome: 'ready', items }
}

/** What the head itself says of a batch that it refused. `undefined`: nothing that is not to be tried again. */
export function judgeByHead(head: Head, batch: Batch, remembered: Remembered): AppendResult | undefined {
  const { claim } = batch
  const state = claim && head.producers[claim.producerId]
  if (!claim || state === undefined) return undefined
  const judgement = judge(state, claim, head.producerBegins[claim.producerId])
  return resultOf(judgement, head.lastBatches[claim.producerId] as Offset, head, remembered(batch))
}

function resultOf(
  judgement: Judgement,
  lastBatch: Offset,
  head: Head,
  remembered: Offset | undefined,
): AppendResult | undefined {
  switch (judgement) {
    case 'next':
    case 'new-epoch':
      return undefined
    case 'last-again':
      return { outcome: 'duplicate', baseOffset: lastBatch, logStartOffset: head.logStart }
    case 'duplicate':
      return remembered === undefined
        ? { outcome: 'duplicate-of-unknown-offset' }
        : { outcome: 'duplicate', baseOffset: remembered, logStartOffset: head.logStart }
    case 'behind':
    case 'gap':
      return { outcome: 'out-of-order-sequence' }
    case 'fenced':
      return { outcome: 'fenced-producer' }
  }
}

/** Absent in both views, and nothing can have come and gone between them: an eviction would have moved the tail. */
const stillAbsent = (newer: Head, older: Head, producer: number) =>
  newer.epoch === older.epoch && newer.producers[producer] === undefined && newer.tailStart <= older.next

async function strongHead(meta: MetaStore, id: PartitionId): Promise<Head | undefined> {
  const item = await meta.get(headKey(id), { strong: true })
  return item && parseHead(item)
}

async function readProducerItems(
  meta: MetaStore,
  id: PartitionId,
  producers: readonly number[],
): Promise<Map<number, ProducerItem | undefined>> {
  const keys = producers.map((producer) => producerKey(id, producerId(producer)))
  const items = await meta.getMany(keys, { strong: true })
  return new Map(
    producers.map((producer, index) => {
      const item = items[index]
      return [producer, item && parseProducerItem(item)]
    }),
  )
}
