/**
 * What a failed call of an AWS SDK client tells, whichever service it was for. The codes of a connection that was never made
 * are Node's.
 */

const unconnectedCodes = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EMFILE'])

/**
 * Whether it did not happen, and may later: there was no connection, there were too many requests, or the signature was too
 * old or too new, and the SDK has set its clock by the answer.
 */
export function wasTurnedAway(fault: unknown): boolean {
  if (unconnectedCodes.has(textField(fault, 'code')) || textField(fault, 'syscall') === 'connect') return true
  return field(field(fault, '$metadata'), 'clockSkewCorrected') === true || statusOf(fault) === 429
}

/** The HTTP status of the answer; undefined when none came. */
export function statusOf(fault: unknown): number | undefined {
  const status = field(field(fault, '$metadata'), 'httpStatusCode')
  return typeof status === 'number' ? status : undefined
}

/** The service's error code, such as `NoSuchKey`; '' when there is none. */
export function nameOf(fault: unknown): string {
  return textField(fault, 'name')
}

function textField(value: unknown, name: string): string {
  const text = field(value, name)
  return typeof text === 'string' ? text : ''
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
