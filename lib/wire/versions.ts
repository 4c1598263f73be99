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

export function versionRange(versions: Versions): VersionRange {
  if (versions === 'none') return nothing
  const match = /^(\d+)(\+|-(\d+))?$/.exec(versions)
  assert(match !== null, `not a range of versions: ${versions}`)
  const min = Number(match[1])
  const max = match[3] === undefined ? (match[2] === '+' ? Number.POSITIVE_INFINITY : min) : Number(match[3])
  assert(max >= min, `a range of versions ends before it begins: ${versions}`)
  return { min, max }
}

export const covers = (range: VersionRange, version: number): boolean => version >= range.min && version <= range.max
