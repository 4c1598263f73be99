/**
 * What a failed request says about itself: whether it can have happened, and whether another try can help. Developer Guide,
 * "Error handling with DynamoDB".
 */
import { nameOf, statusOf, wasTurnedAway } from '../sdk-fault.ts'

/**
 * `invalid`: it can never succeed. `refused`: it did not happen, and no other try helps (no permission, no table).
 * `turned-away`: it did not happen, and may later (throttled, no connection). `unknown`: it may have happened.
 */
export type Failure = 'invalid' | 'refused' | 'turned-away' | 'unknown'

const invalidNames = new Set(['ValidationException', 'SerializationException'])

/** DynamoDB says these without having done anything. */
const turnedAwayNames = new Set([
  'ThrottlingException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'LimitExceededException',
  // A transaction is at the item; only other programs on the table make any.
  'TransactionConflictException',
  'TransactionInProgressException',
])

/** Said before there was a request. */
const refusedName = 'CredentialsProviderError'

/** What is known of no request is `unknown`: nobody can say that it did not happen. */
export function failureOf(error: unknown): Failure {
  const name = nameOf(error)
  if (invalidNames.has(name)) return 'invalid'
  if (turnedAwayNames.has(name) || wasTurnedAway(error)) return 'turned-away'
  if (name === refusedName) return 'refused'
  const status = statusOf(error) ?? 0
  // A proxy's 408 says that it gave up, not that nothing happened.
  return status >= 300 && status < 500 && status !== 408 ? 'refused' : 'unknown'
}
