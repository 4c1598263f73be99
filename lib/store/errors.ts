/** The faults a store can have. An expected answer (refused, exists, absent) is never thrown. */

/**
 * The call may have happened, or may still happen: a time-out, a cut connection, a 500. The caller decides; it must not
 * answer a refusal, and must not do the same thing under another name before it knows.
 */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown'
  /** What was tried, as its message says it. */
  readonly call: string
  constructor(call: string, cause?: unknown) {
    super(`the outcome of ${call} is unknown`, { cause })
    this.call = call
  }
}

/** The call did not happen and will not: throttled past all patience, a full disk, a refused connection. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
  /** What was tried, as its message says it. */
  readonly call: string
  constructor(call: string, cause?: unknown) {
    super(`${call} could not be done: ${cause instanceof Error ? cause.message : String(cause ?? 'unavailable')}`, {
      cause,
    })
    this.call = call
  }
}

/** The call can never succeed as it is: an item over 400 KB, a path whose parent map is missing, a bad key. A bug. */
export class InvalidCall extends Error {
  override readonly name = 'InvalidCall'
}

/** The store belongs to another process (or another opener in this one) that has it open now. */
export class StoreLocked extends Error {
  override readonly name = 'StoreLocked'
  /** The file that is locked. */
  readonly path: string
  constructor(path: string, cause?: unknown) {
    super(`${path} is open already, by this or another process; it can be used by one at a time`, { cause })
    this.path = path
  }
}
