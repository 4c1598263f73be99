/**
 * What every object store refuses, and how a range is cut: kept in one place, so that the adapters cannot differ. Keys
 * are our own names, never a user's (a topic is stored under its id), so the alphabet is narrow: it needs no escaping in
 * a URL, in XML or in a path, and its order is the same by bytes, by UTF-16 and on every file system.
 */
import { objectKeyLengthMax, objectKeySegmentLengthMax, objectListMax } from '../base/limits.ts'
import { InvalidCall } from './errors.ts'
import type { ByteRange } from './object-store.ts'

const keyAlphabet = /^[A-Za-z0-9._=/-]*$/

/** Throws `InvalidCall` unless `key` is 1 to 512 of `[A-Za-z0-9._=/-]` whose segments are not empty and begin with no dot. */
export function requireKey(key: string): void {
  requirePrefix(key)
  for (const segment of key.split('/')) {
    if (segment === '' || segment.startsWith('.') || segment.length > objectKeySegmentLengthMax) {
      throw new InvalidCall(`not an object key: ${JSON.stringify(key)}`)
    }
  }
}

/** As `requireKey`, for what a listing begins with: it may be empty and may end within a segment. */
export function requirePrefix(prefix: string): void {
  if (prefix.length > objectKeyLengthMax || !keyAlphabet.test(prefix)) {
    throw new InvalidCall(`not the beginning of an object key: ${JSON.stringify(prefix)}`)
  }
}

/** Throws `InvalidCall` unless `limit` is a whole number from 1 to 1,000. */
export function requireLimit(limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > objectListMax) {
    throw new InvalidCall(`a listing's limit is 1 to ${objectListMax}, not ${limit}`)
  }
}

/** Throws `InvalidCall` for a range that no object could answer: an end before the start, a fraction, an end of a suffix. */
export function requireRange({ start, end }: ByteRange): void {
  const legal =
    Number.isSafeInteger(start) &&
    (end === undefined || (Number.isSafeInteger(end) && start >= 0 && end >= start)) &&
    !Object.is(start, -0)
  if (!legal) throw new InvalidCall(`not a byte range: ${start} to ${end ?? 'the end'}`)
}

/** Where `range` begins and ends in an object of `size` bytes: 0 <= start <= end <= size. */
export function cutRange(range: ByteRange | undefined, size: number): { start: number; end: number } {
  if (range === undefined) return { start: 0, end: size }
  if (range.start < 0) return { start: Math.max(0, size + range.start), end: size }
  return { start: Math.min(range.start, size), end: Math.min(range.end ?? size, size) }
}
