/**
 * What a part of a request is answered: Kafka's code and a sentence, as its `ApiError`. Topics, partitions and resources of
 * one request succeed or fail each for itself, also when the store fails in between.
 */
import { OutcomeUnknown, StoreUnavailable } from '../store/errors.ts'
import { errorCodes } from '../wire/error-codes.ts'
import type { BrokerServices } from './services.ts'

export interface ApiError {
  readonly errorCode: number
  readonly errorMessage: string | null
}

export const noError: ApiError = { errorCode: errorCodes.NONE, errorMessage: null }

export const apiError = (code: keyof typeof errorCodes, errorMessage: string | null): ApiError => ({
  errorCode: errorCodes[code],
  errorMessage,
})

/** Kafka's own sentences, where it has no better one than that of the code (`Errors`). */
export const standardErrors = {
  unknownTopic: apiError('UNKNOWN_TOPIC_OR_PARTITION', 'This server does not host this topic-partition.'),
  unknownTopicId: apiError('UNKNOWN_TOPIC_ID', 'This server does not host this topic ID.'),
  electionNotNeeded: apiError('ELECTION_NOT_NEEDED', 'Leader election not needed for topic partition.'),
  noReassignment: apiError('NO_REASSIGNMENT_IN_PROGRESS', 'No partition reassignment is in progress.'),
} as const satisfies Record<string, ApiError>

/**
 * What an administrative request is answered when the store fails. Nothing happened: NOT_CONTROLLER, upon which every
 * client tries again. Nobody knows: REQUEST_TIMED_OUT, upon which it is for its caller to look.
 */
export function adminErrorOf(fault: unknown): ApiError {
  if (fault instanceof StoreUnavailable) {
    return apiError('NOT_CONTROLLER', 'The store does not answer; nothing was changed.')
  }
  if (fault instanceof OutcomeUnknown) {
    return apiError('REQUEST_TIMED_OUT', 'The store did not answer in time; whether anything changed is not known.')
  }
  return apiError('UNKNOWN_SERVER_ERROR', 'The server failed; its log says how.')
}

/** The code of a whole administrative request that failed with `errorCode` as `broker.ts` chose it. */
export function adminErrorCode(errorCode: number): number {
  return errorCode === errorCodes.COORDINATOR_NOT_AVAILABLE ? errorCodes.NOT_CONTROLLER : errorCode
}

/** The answer, or what `failed` makes of the fault that came in its place, which the operator is told of. */
export async function answeredAnyway<Answer>(
  { report }: BrokerServices,
  answer: () => Promise<Answer>,
  failed: (error: ApiError) => Answer,
): Promise<Answer> {
  try {
    return await answer()
  } catch (fault) {
    report(fault)
    return failed(adminErrorOf(fault))
  }
}

/** Those that come once, and the keys of those that come more often, each once. */
export function onceOnly<Asked, Key>(
  asked: readonly Asked[],
  keyOf: (asked: Asked) => Key,
): { readonly once: readonly Asked[]; readonly repeated: ReadonlySet<Key> } {
  const seen = new Set<Key>()
  const repeated = new Set<Key>()
  for (const each of asked) {
    const key = keyOf(each)
    if (seen.has(key)) repeated.add(key)
    seen.add(key)
  }
  return { once: asked.filter((each) => !repeated.has(keyOf(each))), repeated }
}
