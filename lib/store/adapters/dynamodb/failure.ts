/**
 * What a failed request says about itself: whether it can have happened, and whether another try can help. Developer Guide,
 * "Error handling with DynamoDB"; the codes of a connection that was never made are Node's.
 */

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

/** The connection was never made. */
const unconnectedCodes = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EMFILE'])

export function failureOf(error: unknown): Failure {
  const name = text(error, 'name')
  if (invalidNames.has(name)) return 'invalid'
  if (turnedAwayNames.has(name) || unconnectedCodes.has(text(error, 'code'))) return 'turned-away'
  if (name === 'CredentialsProviderError') return 'refused'
  const metadata = field(error, '$metadata')
  // The signature was too old or too new; the SDK has corrected its clock by the answer.
  if (field(metadata, 'clockSkewCorrected') === true) return 'turned-away'
  const status = field(metadata, 'httpStatusCode')
  if (status === 429) return 'turned-away'
  return typeof status === 'number' && status >= 300 && status < 500 ? 'refused' : 'unknown'
}

function text(value: unknown, name: string): string {
  const found = field(value, name)
  return typeof found === 'string' ? found : ''
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
