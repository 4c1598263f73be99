/** The phase that looks after living partitions: a few of one topic in a unit. */
import type { PartitionId } from '../base/ids.ts'
import { janitorPartitionsAtOnce, janitorPartitionsPerUnit } from '../base/limits.ts'
import type { Topic } from '../cluster/topic-item.ts'
import { consolidate } from '../log/consolidate.ts'
import { expireProducers } from '../log/expire-producers.ts'
import { inParallel } from '../log/in-parallel.ts'
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
  const written = ids.filter((_, index) => heads[index] !== undefined)
  await inParallel(written, janitorPartitionsAtOnce, (id) => tend(work, topic, id))
  const next = first + ids.length
  return next < topic.partitions ? `${next} ${after}` : `0 ${topic.name}`
}

function parsePosition(at: string): { first: number; after: string } {
  const space = at.indexOf(' ')
  return space < 0 ? { first: 0, after: '' } : { first: Number(at.slice(0, space)), after: at.slice(space + 1) }
}

/** Each job for itself: one that fails does not keep the others from their work. */
async function tend(work: Work, topic: Topic, id: PartitionId): Promise<void> {
  work.report.counts.partitions++
  const jobs = work.sweeping ? [retain, consolidateAll, sweepItems, expireIdle] : [retain, consolidateAll]
  for (const job of jobs) {
    try {
      await job(work, id, topic)
    } catch (fault) {
      if (fault instanceof BytesLost) work.onLoss?.(fault)
      work.report.fault(`${job.name} ${partitionKey(id)}`, fault)
    }
  }
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
