/**
 * What the operating system's errors mean. Everything up to the rename or the link can be undone, so until then a
 * failure is definite: the object is not there.
 */
import { StoreUnavailable } from '../../errors.ts'

/** ENOENT: a file, or the folder it should lie in, is not there. */
export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT'
}

/** EEXIST: link(2) found the name taken. */
export function isTaken(error: unknown): boolean {
  return codeOf(error) === 'EEXIST'
}

/** `StoreUnavailable` for an error of the operating system (ENOSPC, EROFS, EACCES, EMFILE, EIO, ...), else `error`. */
export function definiteFault(call: string, error: unknown): unknown {
  return codeOf(error) === undefined ? error : new StoreUnavailable(call, error)
}

/** The code of an operating system's error; undefined for anything else, a bug of ours among it. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
