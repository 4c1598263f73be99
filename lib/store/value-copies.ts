/**
 * Values that nobody else can change: copies of what a caller gave, and freezing of what callers are given. Bytes cannot be
 * frozen, so they are copied each time.
 */
import { isList } from './item-size.ts'
import type { Value } from './meta-store.ts'

type MutableMap = { [name: string]: Value }

/** A copy of all parts of a value. */
export function copied<Whole extends Value>(value: Whole): Whole
export function copied(value: Value): Value {
  if (typeof value !== 'object') return value
  // Not `slice`: a Buffer's shares its memory.
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (isList(value)) return value.map((entry) => copied(entry))
  const map: MutableMap = {}
  for (const name of Object.keys(value)) map[name] = copied(value[name] as Value)
  return map
}

/**
 * Freezes a value, all the way down but for bytes. What is frozen already is taken to be so all the way down: it is what a
 * change shares with the item before it.
 */
export function frozen<Whole extends Value>(value: Whole): Whole
export function frozen(value: Value): Value {
  if (typeof value !== 'object' || value instanceof Uint8Array || Object.isFrozen(value)) return value
  for (const name of Object.keys(value)) frozen((value as MutableMap)[name] as Value)
  return Object.freeze(value)
}
