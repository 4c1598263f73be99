/**
 * The size of an item as DynamoDB counts it: names and values, in bytes, without the 100 bytes that only its storage bill
 * adds. Three things hang on it: the limit of 400 KB, the write units of an update (a started KiB each), and when the log
 * folds a head. Rules: Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats".
 */
import type { Item, Value } from './meta-store.ts'

/** A map or a list costs this much, and one byte more for each entry. */
const containerBytes = 3

/** Of items that are frozen, as far as somebody knew it: counting a head of sixteen pointers costs as much as writing it. */
const known = new WeakMap<Item, number>()

/** Says what `itemBytes` would count. Nobody may change the item any more. */
export function noteItemBytes(item: Item, bytes: number): void {
  known.set(item, bytes)
}

/** The bytes of an item, key and names included. */
export function itemBytes(item: Item): number {
  const noted = known.get(item)
  if (noted !== undefined) return noted
  let bytes = 0
  for (const name of Object.keys(item)) bytes += attributeBytes(name, item[name] as Value)
  return bytes
}

/** The bytes that the value at a path adds to the item; at depth 0 it is an attribute of the item itself. */
export function bytesAtDepth(depth: number, name: string, value: Value): number {
  return attributeBytes(name, value) + (depth > 0 ? 1 : 0)
}

/** The bytes that an attribute adds to an item; an entry of a map adds one more. */
function attributeBytes(name: string, value: Value): number {
  return Buffer.byteLength(name) + valueBytes(value)
}

function valueBytes(value: Value): number {
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (typeof value === 'number') return numberBytes(value)
  if (typeof value === 'boolean') return 1
  if (value instanceof Uint8Array) return value.length
  let bytes = containerBytes
  if (isList(value)) for (const entry of value) bytes += 1 + valueBytes(entry)
  else for (const name of Object.keys(value)) bytes += 1 + attributeBytes(name, value[name] as Value)
  return bytes
}

/** Two significant digits a byte, zeros at either end not counted, one byte more, and one for a minus sign. */
function numberBytes(value: number): number {
  if (value === 0) return 1
  let rest = Math.abs(value)
  while (rest % 10 === 0) rest /= 10
  return Math.ceil(String(rest).length / 2) + (value < 0 ? 2 : 1)
}

/** `Array.isArray` does not narrow a readonly array away. */
export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}
