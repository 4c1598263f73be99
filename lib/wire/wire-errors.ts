/**
 * The two ways in which bytes and messages fail to match. `MalformedFrame` is a fault of whoever sent the bytes: the
 * connection is closed with a log line. `UnencodableMessage` is a fault of whoever built the message. Both name the path
 * of the field, outermost first, because a position alone tells nobody what was wrong.
 */

abstract class FieldError extends Error {
  readonly #reason: string
  /** `topicData.partitionData.records`; empty outside of a field. */
  path = ''

  constructor(reason: string) {
    super(reason)
    this.#reason = reason
  }

  /** Called by each struct that the error passes, from the inside out. */
  within(field: string): void {
    this.path = this.path === '' ? field : `${field}.${this.path}`
    this.message = `${this.path}: ${this.#reason}`
  }
}

/** Bytes that are no frame, no header or no message of their schema. Nothing was done on their account. */
export class MalformedFrame extends FieldError {
  override readonly name = 'MalformedFrame'
}

/** A value that its field cannot carry, or that the version does not know and may not leave out. */
export class UnencodableMessage extends FieldError {
  override readonly name = 'UnencodableMessage'
}

/** The same error, with a field before its path where it has one. */
export function within(field: string, error: unknown): unknown {
  if (error instanceof FieldError) error.within(field)
  return error
}
