/**
 * What an error of SQLite says about the call. A failed statement is rolled back before it is reported, so nearly every
 * error is definite; only one of reading or writing the file is not: the frame that commits may have reached the log, and
 * would count when the file is opened again. "Result and Error Codes", sqlite.org/rescode.html.
 */
import { OutcomeUnknown, StoreUnavailable } from '../../errors.ts'

const busy = 5
const locked = 6
const ioError = 10

/** Whether another connection owns the file. */
export function isLocked(error: unknown): boolean {
  const code = primaryCode(error)
  return code === busy || code === locked
}

export const isOfSqlite = (error: unknown): boolean => primaryCode(error) !== undefined

/** Whether what the call wrote may yet turn out to be there. */
export const isUnclear = (error: unknown): boolean => primaryCode(error) === ioError

/** The error that a caller of the store gets for `error`, which came up in a read. What is not SQLite's stays as it is. */
export function readFailure(call: string, error: unknown): unknown {
  return primaryCode(error) === undefined ? error : new StoreUnavailable(call, error)
}

/** As `readFailure`, for a write: `OutcomeUnknown` where it may yet turn out to have happened. */
export function writeFailure(call: string, error: unknown): unknown {
  return isUnclear(error) ? new OutcomeUnknown(call, error) : readFailure(call, error)
}

/** The low byte says the kind, the rest the detail. */
function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined
  return error.errcode & 0xff
}
