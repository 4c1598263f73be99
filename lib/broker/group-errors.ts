/** What a coordinator refuses, as Kafka's error codes. */
import type { GroupProblem } from '../groups/group-replies.ts'
import { errorCodes } from '../wire/error-codes.ts'

const codes: Readonly<Record<GroupProblem, number>> = {
  'unknown-member': errorCodes.UNKNOWN_MEMBER_ID,
  'illegal-generation': errorCodes.ILLEGAL_GENERATION,
  'rebalance-in-progress': errorCodes.REBALANCE_IN_PROGRESS,
  'member-id-required': errorCodes.MEMBER_ID_REQUIRED,
  'fenced-instance': errorCodes.FENCED_INSTANCE_ID,
  'inconsistent-protocol': errorCodes.INCONSISTENT_GROUP_PROTOCOL,
  'invalid-session-timeout': errorCodes.INVALID_SESSION_TIMEOUT,
  'group-full': errorCodes.GROUP_MAX_SIZE_REACHED,
  'too-large': errorCodes.UNKNOWN_SERVER_ERROR,
  'invalid-group': errorCodes.INVALID_GROUP_ID,
  'unknown-group': errorCodes.GROUP_ID_NOT_FOUND,
  'group-not-empty': errorCodes.NON_EMPTY_GROUP,
  'group-subscribed-to-topic': errorCodes.GROUP_SUBSCRIBED_TO_TOPIC,
  'coordinator-not-available': errorCodes.COORDINATOR_NOT_AVAILABLE,
  'not-coordinator': errorCodes.NOT_COORDINATOR,
  'invalid-request': errorCodes.INVALID_REQUEST,
  'fenced-member-epoch': errorCodes.FENCED_MEMBER_EPOCH,
  'stale-member-epoch': errorCodes.STALE_MEMBER_EPOCH,
  'unreleased-instance': errorCodes.UNRELEASED_INSTANCE_ID,
  'unsupported-assignor': errorCodes.UNSUPPORTED_ASSIGNOR,
  'invalid-regular-expression': errorCodes.INVALID_REGULAR_EXPRESSION,
  'unsupported-version': errorCodes.UNSUPPORTED_VERSION,
}

export const groupErrorOf = (problem: GroupProblem): number => codes[problem]

/**
 * The code for a fault of the store in a request of a group's member. Members take COORDINATOR_NOT_AVAILABLE as "look for
 * the coordinator and ask again", which every one of these requests bears; REQUEST_TIMED_OUT is not among what all know.
 */
export const groupFaultOf = (errorCode: number): number =>
  errorCode === errorCodes.REQUEST_TIMED_OUT ? errorCodes.COORDINATOR_NOT_AVAILABLE : errorCode
