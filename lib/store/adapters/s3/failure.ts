/**
 * What a failed request says about itself. Three things matter: whether it can have happened, whether another try can
 * help, and nothing else. "Error responses" in the S3 API reference; "Error retries" in the AWS SDK's guide.
 */

/**
 * `refused`: it did not happen, and will not however often it is tried. `turned-away`: it did not happen, and may later
 * (throttled, no connection). `unknown`: it may have happened (a time-out, a cut connection, an error of the server).
 */
export type Failure = 'refused' | 'turned-away' | 'unknown'

/** S3 says these without having done anything. */
const turnedAwayCodes = new Set([
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

/** The connection was never made. */
const unconnectedCodes = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EMFILE'])

/** Said without a status of their own: for one key of many, or before there was a request. */
const refusedNames = new Set(['AccessDenied', 'CredentialsProviderError'])

export function failureOf(error: unknown): Failure {
  const unconnected = unconnectedCodes.has(textField(error, 'code')) || textField(error, 'syscall') === 'connect'
  if (unconnected || turnedAwayCodes.has(nameOf(error))) return 'turned-away'
  if (refusedNames.has(nameOf(error))) return 'refused'
  // The signature was too old or too new; the SDK has set its clock by the answer.
  if (field(field(error, '$metadata'), 'clockSkewCorrected') === true) return 'turned-away'
  const status = statusOf(error) ?? 0
  if (status === 429) return 'turned-away'
  return status >= 300 && status < 500 && status !== 408 ? 'refused' : 'unknown'
}

/** The HTTP status of S3's answer; undefined when none came. */
export function statusOf(error: unknown): number | undefined {
  const metadata = field(error, '$metadata')
  const status = field(metadata, 'httpStatusCode')
  return typeof status === 'number' ? status : undefined
}

/** S3's error code, as `NoSuchKey`; '' when there is none. */
export function nameOf(error: unknown): string {
  return textField(error, 'name')
}

function textField(error: unknown, name: string): string {
  const text = field(error, name)
  return typeof text === 'string' ? text : ''
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
