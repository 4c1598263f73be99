/**
 * Ranges of versions in Kafka's own notation: `0+`, `3-9`, `5`, `none`. Both ends belong to the range.
 */
import { assert } from '../base/assert.ts'

export type Versions = `${number}+` | `${number}-${number}` | `${number}` | 'none'

export interface VersionRange {
  readonly min: number
  /** Infinity where a range is open. */
  readonly max: number
}

/** Covers no version: `none`. */
const nothing: VersionRange = { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY }

/** The tables have some thousand ranges, of which a few dozen differ: reading each would be felt in a cold start. */
const known = new Map<Versions, VersionRange>([['none', nothing]])

export function versionRange(versions: Versions): VersionRange {
  const there = known.get(versions)
  if (there !== undefined) return there
  const range = readRange(versions)
  known.set(versions, range)
  return range
}

function readRange(versions: Versions): VersionRange {
  const match = /^(\d+)(\+|-(\d+))?$/.exec(versions)
  assert(match !== null, `not a range of versions: ${versions}`)
  const min = Number(match[1])
  const max = match[3] === undefined ? (match[2] === '+' ? Number.POSITIVE_INFINITY : min) : Number(match[3])
  assert(max >= min, `a range of versions ends before it begins: ${versions}`)
  return { min, max }
}

export const covers = (range: VersionRange, version: number): boolean => version >= range.min && version <= range.max
