/** The phase that looks after living partitions: a few of one topic in a unit. */
import type { PartitionId } from '../base/ids.ts'
import { inParallel } from '../base/in-parallel.ts'
import { janitorPartitionsAtOnce, janitorPartitionsPerUnit } from '../base/limits.ts'
import type { Topic } from '../cluster/topic-item.ts'
import { consolidate } from '../log/consolidate.ts'
import { expireProducers } from '../log/expire-producers.ts'
import { type Head, parseHead } from '../log/head.ts'
import { headKey, partitionKey } from '../log/keys.ts'
import { BytesLost } from '../log/loss.ts'
import { applyRetention } from '../log/retention.ts'
import { sweepInline } from '../log/sweep.ts'
import type { Work } from './work.ts'

/** `at`: `<first partition> <last topic done>`. */
export async function partitionsUnit(work: Work, at: string): Promise<string | undefined> {
  const { first, after } = parsePosition(at)
  const { topics } = await work.topics.list({ limit: 1, ...(after !== '' && { after }) })
  const [topic] = topics
  if (!topic) return undefined
  const ids = Array.from(
    { length: Math.min(janitorPartitionsPerUnit, Math.max(0, topic.partitions - first)) },
    (_, index) => ({ topicId: topic.id, partition: first + index }),
  )
  // A partition without a head was never written to: one read for all that says so.
  const heads = ids.length === 0 ? [] : await work.meta.getMany(ids.map(headKey))
  const written = ids.flatMap((id, index) => {
    const item = heads[index]
    return item === undefined ? [] : [{ id, head: parseHead(item) }]
  })
  await inParallel(written, janitorPartitionsAtOnce, ({ id, head }) => tend(work, topic, id, head))
  const next = first + ids.length
  return next < topic.partitions ? `${next} ${after}` : `0 ${topic.name}`
}

function parsePosition(at: string): { first: number; after: string } {
  const space = at.indexOf(' ')
  return space < 0 ? { first: 0, after: '' } : { first: Number(at.slice(0, space)), after: at.slice(space + 1) }
}

/** Each job for itself: one that fails does not keep the others from their work. */
async function tend(work: Work, topic: Topic, id: PartitionId, head: Head): Promise<void> {
  work.report.counts.partitions++
  for (const job of jobsFor(work, topic, head)) {
    try {
      await job(work, id, topic)
    } catch (fault) {
      if (fault instanceof BytesLost) work.onLoss?.(fault)
      work.report.fault(`${job.name} ${partitionKey(id)}`, fault)
    }
  }
}

/** What may have something to do by a head that was read cheaply: if it is old, the next round sees to the rest. */
function jobsFor({ sweeping }: Work, { config }: Topic, head: Head) {
  const expires = config.cleanup.delete && (config.retentionMs >= 0 || config.retentionBytes >= 0)
  return [
    ...(head.logStart > 0 || (expires && head.next > head.logStart) ? [retain] : []),
    ...(head.tailStart > head.logStart ? [consolidateAll] : []),
    ...(sweeping ? [sweepItems, expireIdle] : []),
  ]
}

async function retain({ report, ...work }: Work, id: PartitionId, { config }: Topic): Promise<void> {
  const { retentionMs, retentionBytes, cleanup } = config
  const done = await applyRetention(work, id, { deletes: cleanup.delete, retentionMs, retentionBytes })
  if (done.raised) report.counts.logStartsRaised++
  report.counts.pagesDeleted += done.pagesDeleted
}

async function consolidateAll({ report, spending, ...work }: Work, id: PartitionId): Promise<void> {
  const { consolidateBytesMin, consolidateAgeMs } = work.options
  do {
    const done = await consolidate(work, id, { bytesMin: consolidateBytesMin, ageMsMin: consolidateAgeMs })
    if (done.outcome !== 'consolidated') return
    report.counts.pagesConsolidated += done.pages
    report.counts.bytesConsolidated += done.bytes
  } while (!spending.isOver)
}

async function sweepItems({ report, ...work }: Work, id: PartitionId): Promise<void> {
  const timeMs = work.clock.now() - work.options.sweepAgeMs
  let after: string | undefined
  do {
    const done = await sweepInline(work, id, { timeMs, after })
    report.counts.inlineItemsDeleted += done.deleted
    after = done.next
  } while (after !== undefined)
}

async function expireIdle({ report, ...work }: Work, id: PartitionId): Promise<void> {
  const beforeMs = work.clock.now() - work.options.producerExpirationMs
  let after: string | undefined
  do {
    const done = await expireProducers(work, id, { beforeMs, after })
    report.counts.producersExpired += done.expired
    after = done.next
  } while (after !== undefined)
}
