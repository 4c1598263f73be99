/**
 * What a failed request says about itself. Three things matter: whether it can have happened, whether another try can
 * help, and nothing else. "Error responses" in the S3 API reference; "Error retries" in the AWS SDK's guide.
 */
import { nameOf, statusOf, wasTurnedAway } from '../sdk-fault.ts'

/**
 * `refused`: it did not happen, and will not however often it is tried. `turned-away`: it did not happen, and may later
 * (throttled, no connection). `unknown`: it may have happened (a time-out, a cut connection, an error of the server).
 */
export type Failure = 'refused' | 'turned-away' | 'unknown'

/** S3 says these without having done anything. */
const turnedAwayNames = new Set([
  'SlowDown',
  'ServiceUnavailable',
  'Throttling',
  'ThrottlingException',
  'TooManyRequests',
  'RequestLimitExceeded',
  // Two conditional puts of one key met; S3 asks for another try.
  'ConditionalRequestConflict',
  'OperationAborted',
  // The body arrived too slowly, and what had arrived was thrown away.
  'RequestTimeout',
  // A body that was damaged on its way.
  'BadDigest',
  'XAmzContentChecksumMismatch',
  'XAmzContentSHA256Mismatch',
])

/** Said without a status of their own: for one key of many, or before there was a request. */
const refusedNames = new Set(['AccessDenied', 'CredentialsProviderError'])

/** What is known of no request is `unknown`: nobody can say that it did not happen. */
export function failureOf(error: unknown): Failure {
  if (turnedAwayNames.has(nameOf(error)) || wasTurnedAway(error)) return 'turned-away'
  if (refusedNames.has(nameOf(error))) return 'refused'
  const status = statusOf(error) ?? 0
  return status >= 300 && status < 500 && status !== 408 ? 'refused' : 'unknown'
}
