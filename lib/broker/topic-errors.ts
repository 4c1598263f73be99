/** The cluster's answers about topics as Kafka's error codes, for every handler that creates, alters or deletes one. */
import type {
  AddPartitionsAnswer,
  AlterTopicAnswer,
  CreateTopicAnswer,
  DeleteTopicAnswer,
} from '../cluster/topic-answers.ts'
import type { errorCodes } from '../wire/error-codes.ts'
import { type ApiError, apiError } from './api-error.ts'

type TopicAnswer = CreateTopicAnswer | AlterTopicAnswer | AddPartitionsAnswer | DeleteTopicAnswer

/** An answer that is a refusal: all but `created`, `altered` and `deleted`. */
export type TopicRefusal = Extract<TopicAnswer, { readonly message: string }>

const codes = {
  exists: 'TOPIC_ALREADY_EXISTS',
  'unknown-topic': 'UNKNOWN_TOPIC_OR_PARTITION',
  'invalid-name': 'INVALID_TOPIC_EXCEPTION',
  'invalid-partitions': 'INVALID_PARTITIONS',
  'invalid-replication-factor': 'INVALID_REPLICATION_FACTOR',
  'invalid-config': 'INVALID_CONFIG',
  contended: 'REQUEST_TIMED_OUT',
} as const satisfies Record<TopicRefusal['outcome'], keyof typeof errorCodes>

export function topicError({ outcome, message }: TopicRefusal): ApiError {
  return apiError(codes[outcome], message)
}
