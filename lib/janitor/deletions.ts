/**
 * The phases that bury deleted topics. First all partitions are fenced and emptied; a day later, when late copies of old
 * writes have landed, they are emptied once more, the heads go, and the topic is forgotten.
 */
import type { PartitionId } from '../base/ids.ts'
import { topicId } from '../base/ids.ts'
import { inParallel } from '../base/in-parallel.ts'
import { janitorPartitionsAtOnce, janitorPartitionsPerUnit } from '../base/limits.ts'
import type { DeletedTopic } from '../cluster/deleted-topic-item.ts'
import { deleteFencedHead, emptyPartition, fencePartition } from '../log/delete-topic.ts'
import { OwnObjects } from '../log/own-objects.ts'
import type { Work } from './work.ts'

/** Deletions that died between their two writes get their second one. */
export async function foundUnit({ topics }: Work, at: string): Promise<string | undefined> {
  const { next } = await topics.deleted.finish(at === '' ? {} : { after: at })
  return next
}

/** `at`: `<first partition of the last pass> <last topic done>`. */
export async function deletedUnit(work: Work, at: string): Promise<string | undefined> {
  const [first = '0', after = ''] = at.split(' ')
  const { topics } = await work.topics.deleted.list({ limit: 1, ...(after !== '' && { after: topicId(after) }) })
  const [topic] = topics
  if (!topic) return undefined
  if (topic.swept < topic.partitions) {
    await empty(work, topic)
    return `0 ${after}`
  }
  if (work.clock.now() - topic.deletedMs < work.options.forgetTopicMs) return `0 ${topic.id}`
  const next = await bury(work, topic, Number(first))
  if (next < topic.partitions) return `${next} ${after}`
  await work.topics.deleted.forget(topic.id)
  work.report.counts.topicsForgotten++
  return `0 ${topic.id}`
}

async function empty(work: Work, topic: DeletedTopic): Promise<void> {
  const ids = partitionsFrom(topic, topic.swept)
  const end = topic.swept + ids.length
  await inParallel(ids, janitorPartitionsAtOnce, (id) => fencePartition(work, id))
  const own = new OwnObjects(work.objects, topic.id, end)
  const emptied = await inParallel(ids, janitorPartitionsAtOnce, (id) => emptyPartition(work, id, own))
  work.report.counts.intakeObjectsDeleted += own.deleted
  // Else the next unit goes on with the same: what is gone is not met again.
  if (!emptied.every((all) => all)) return
  work.report.counts.partitionsEmptied += ids.length
  await work.topics.deleted.sweptTo(topic.id, end)
}

/** The last pass over some partitions; where the next unit goes on. */
async function bury(work: Work, topic: DeletedTopic, first: number): Promise<number> {
  const ids = partitionsFrom(topic, first)
  const own = new OwnObjects(work.objects, topic.id, topic.partitions)
  await inParallel(ids, janitorPartitionsAtOnce, async (id) => {
    while (!(await emptyPartition(work, id, own)));
    await deleteFencedHead(work, id)
  })
  return first + ids.length
}

const partitionsFrom = ({ id, partitions }: DeletedTopic, first: number): PartitionId[] =>
  Array.from({ length: Math.min(janitorPartitionsPerUnit, partitions - first) }, (_, index) => ({
    topicId: id,
    partition: first + index,
  }))
