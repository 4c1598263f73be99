/**
 * OffsetDelete (47), version 0 (KIP-496): deletes what a group has committed for partitions of topics that none of its
 * members reads. What is not there is no error, but a topic that is not there is.
 */
import { errorCodes } from '../../wire/error-codes.ts'
import type { RequestOf, ResponseInput } from '../../wire/schema.ts'
import { offsetDeleteApi } from '../../wire/schemas/47-offset-delete.ts'
import { groupErrorOf, groupFaultOf } from '../group-errors.ts'
import { handler } from '../handler.ts'

type OffsetDeleteRequest = RequestOf<typeof offsetDeleteApi>
type OffsetDeleteResponse = ResponseInput<typeof offsetDeleteApi>

export const offsetDelete = handler<typeof offsetDeleteApi>({
  api: offsetDeleteApi,
  minVersion: 0,
  maxVersion: 0,
  async handle({ groups, topics }, request) {
    const refusal = groups.coordinator.refusal(request.groupId)
    if (refusal !== undefined) return refused(groupErrorOf(refusal.problem))
    const found = await Promise.all(request.topics.map(({ name }) => topics.get(name)))
    const asked = request.topics.flatMap(({ partitions }, index) => {
      const topic = found[index]
      if (topic === undefined) return []
      return partitions
        .map(({ partitionIndex }) => ({ topic, partition: partitionIndex }))
        .filter(({ partition }) => partition >= 0 && partition < topic.partitions)
    })
    const answer = await groups.administration.deleteOffsets(request.groupId, asked)
    if ('problem' in answer) return refused(groupErrorOf(answer.problem))
    const outcomes = new Map(asked.map(({ topic, partition }, at) => [`${topic.name}#${partition}`, answer[at]]))
    return {
      errorCode: errorCodes.NONE,
      topics: request.topics.map((topic) => answerTopic(topic, (key) => outcomes.get(key))),
    }
  },
  failed: (_request, errorCode) => refused(groupFaultOf(errorCode)),
})

function answerTopic(
  { name, partitions }: OffsetDeleteRequest['topics'][number],
  outcomeOf: (key: string) => 'deleted' | 'group-subscribed-to-topic' | undefined,
) {
  return {
    name,
    partitions: partitions.map(({ partitionIndex }) => {
      const outcome = outcomeOf(`${name}#${partitionIndex}`)
      if (outcome === undefined) return { partitionIndex, errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION }
      return { partitionIndex, errorCode: outcome === 'deleted' ? errorCodes.NONE : groupErrorOf(outcome) }
    }),
  }
}

const refused = (errorCode: number): OffsetDeleteResponse => ({ errorCode, topics: [] })
