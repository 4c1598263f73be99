/**
 * What a guard and a change mean, as pure functions of an item. Memory and SQLite execute these; the log uses them to name
 * the clause that refused. They follow DynamoDB to the letter, as two implementations of it showed: the guard is judged
 * before a path of the change can be wrong, every right-hand side reads the item as it was, and nothing is ever mutated:
 * the item after shares with the item before what did not change, and nothing with the change, and is frozen where it is new.
 */
import { itemBytesMax, itemDepthMax } from '../base/limits.ts'
import { InvalidCall } from './errors.ts'
import { bytesAtDepth, isList, itemBytes, noteItemBytes } from './item-size.ts'
import type { Assignment, Change, Clause, Guard, Item, Key, Path, Source, Value } from './meta-store.ts'
import { copied, frozen } from './value-copies.ts'

type ValueMap = { readonly [name: string]: Value }
type MutableMap = { [name: string]: Value }

/** The first clause that does not hold, the very object of the guard; `undefined`: the guard holds. */
export function failedClause(guard: Guard, item: Item | undefined): Clause | undefined {
  for (const clause of guard) if (!holds(clause, item)) return clause
  return undefined
}

/** Whether a clause holds for an item, or for there being none. */
export function holds(clause: Clause, item: Item | undefined): boolean {
  const found = valueAt(item, clause.path)
  if (!('than' in clause)) return (clause.is === 'present') === (found !== undefined)
  if (clause.is === 'size<') return found !== undefined && sizeOf(found) < clause.than
  if (found === undefined) return clause.orAbsent === true
  const other = 'path' in clause.than ? valueAt(item, clause.than.path) : clause.than.value
  if (other === undefined) return false
  return clause.is === '=' ? equal(found, other) : ordered(found, clause.is, other)
}

/** The value at a path; `undefined` where it leads nowhere, or through something that is not a map. */
function valueAt(item: Item | undefined, path: Path): Value | undefined {
  let value: Value | undefined = item
  for (const name of path) {
    if (!isMap(value) || !Object.hasOwn(value, name)) return undefined
    value = value[name]
  }
  return value
}

/**
 * The item after a change whose guard holds. Throws `InvalidCall` for what DynamoDB answers with a ValidationException: a
 * parent that is no map, a source that is absent, arithmetic on something else than a number, an item over 400 KB; and for
 * what only we refuse: a number past 2^53, bytes below the top level. Expects a change that passed `checkUpdate`.
 */
export function applyChange(item: Item | undefined, key: Key, change: Change): Item {
  const before: Item = item ?? { pk: key.pk, sk: key.sk }
  const after: MutableMap & Key = { ...before }
  const fresh = new Set<MutableMap>([after])
  let bytes = itemBytes(before)
  for (const assignment of change) bytes += apply(assignment, before, after, fresh)
  if (bytes > itemBytesMax) throw new InvalidCall(`an item of ${bytes} bytes; at most ${itemBytesMax} are allowed`)
  for (const map of fresh) Object.freeze(map)
  noteItemBytes(after, bytes)
  return after
}

/** Answers by how many bytes the item grows: counted whole after each change, a head would cost twice as much. */
function apply(assignment: Assignment, before: Item, after: MutableMap, fresh: Set<MutableMap>): number {
  if ('remove' in assignment) {
    const { remove } = assignment
    const parent = ownParent(after, remove, fresh)
    const name = lastName(remove)
    const bytes = bytesThere(parent, remove)
    delete parent[name]
    return -bytes
  }
  const value = resolve(assignment.to, before)
  const { set } = assignment
  if (set.length > 1 && value instanceof Uint8Array)
    throw new InvalidCall(`bytes below the top level: ${set.join('.')}`)
  if (set.length - 1 + depthOf(value) > itemDepthMax)
    throw new InvalidCall(`${set.join('.')} would be nested too deeply`)
  const parent = ownParent(after, set, fresh)
  const grown = bytesAtDepth(set.length - 1, lastName(set), value) - bytesThere(parent, set)
  parent[lastName(set)] = value
  return grown
}

/** What the entry that a path ends in adds to the item now: nothing, where there is none. */
function bytesThere(parent: ValueMap, path: Path): number {
  const name = lastName(path)
  const value = Object.hasOwn(parent, name) ? parent[name] : undefined
  return value === undefined ? 0 : bytesAtDepth(path.length - 1, name, value)
}

/** The map that holds the path's last name, copied once a change, so that no one else sees it being filled. */
function ownParent(after: MutableMap, path: Path, fresh: Set<MutableMap>): MutableMap {
  let map = after
  for (const name of path.slice(0, -1)) {
    // What every object inherits is functions, which are no maps either.
    const child = map[name]
    if (!isMap(child)) throw new InvalidCall(`no map at the parent of ${path.join('.')}`)
    const own: MutableMap = fresh.has(child) ? child : hashed(child)
    map[name] = own
    fresh.add(own)
    map = own
  }
  return map
}

/**
 * A copy without a prototype, which V8 keeps as a hash table from the start. A map of pointers has other names in every
 * version; as an ordinary object each of them would be a new class, and copying sixteen would take five times as long.
 * `Object.assign` or a spread would take twice as long as this loop. Values that are parsed inherit nothing enumerable.
 */
function hashed(map: ValueMap): MutableMap {
  const copy: MutableMap = Object.create(null)
  for (const name in map) copy[name] = map[name] as Value
  return copy
}

function resolve(source: Source, before: Item): Value {
  if ('value' in source) return frozen(copied(source.value))
  const found = valueAt(before, source.path)
  if ('or' in source) {
    // DynamoDB resolves both operands: a missing alternative is an error even where it is not needed.
    const alternative = 'path' in source.or ? existing(before, source.or.path) : frozen(copied(source.or.value))
    return found ?? alternative
  }
  const value = found ?? existing(before, source.path)
  return 'plus' in source && source.plus !== undefined ? sum(value, source.plus, source.path) : value
}

function existing(before: Item, path: Path): Value {
  const value = valueAt(before, path)
  if (value === undefined) throw new InvalidCall(`${path.join('.')} is read and does not exist`)
  return value
}

function sum(value: Value, plus: number, path: Path): number {
  if (typeof value !== 'number') throw new InvalidCall(`${path.join('.')} is not a number`)
  const result = value + plus
  if (!Number.isSafeInteger(result)) throw new InvalidCall(`${path.join('.')} + ${plus} is past 2^53`)
  return result
}

/** DynamoDB's `size`: entries, bytes, and for a string its UTF-16 units (both implementations that were asked). */
function sizeOf(value: Value): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length
  if (typeof value !== 'object') return Number.NaN
  return isList(value) ? value.length : Object.keys(value).length
}

function ordered(left: Value, operator: '<' | '<=' | '>' | '>=', right: Value): boolean {
  const order = compare(left, right)
  if (order === undefined) return false
  if (operator === '<') return order < 0
  if (operator === '<=') return order <= 0
  return operator === '>' ? order > 0 : order >= 0
}

/** Numbers, strings and bytes have an order, among their own kind; nothing else has. */
function compare(left: Value, right: Value): number | undefined {
  if (typeof left === 'number' && typeof right === 'number') return left - right
  if (typeof left === 'string' && typeof right === 'string') return compareUtf8(left, right)
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right)
  return undefined
}

/** The order of two strings by their bytes of UTF-8, which is not the order of JavaScript's `<` past U+D7FF. */
export function compareUtf8(left: string, right: string): number {
  if (left === right) return 0
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index)
    const b = right.charCodeAt(index)
    if (a !== b) return utf8Rank(a) - utf8Rank(b)
  }
  return left.length - right.length
}

/** Surrogates (U+10000 and up in UTF-16) sort after U+E000 to U+FFFF in UTF-8. */
function utf8Rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

function equal(left: Value, right: Value): boolean {
  if (left instanceof Uint8Array) return right instanceof Uint8Array && Buffer.compare(left, right) === 0
  if (isMap(left)) return isMap(right) && equalMaps(left, right)
  if (typeof left !== 'object') return left === right
  return (
    isList(right) && left.length === right.length && left.every((entry, index) => equal(entry, right[index] as Value))
  )
}

function equalMaps(left: ValueMap, right: ValueMap): boolean {
  const names = Object.keys(left)
  if (names.length !== Object.keys(right).length) return false
  return names.every((name) => Object.hasOwn(right, name) && equal(left[name] as Value, right[name] as Value))
}

/** How many maps and lists lie around the deepest value: 0 for a string. */
function depthOf(value: Value): number {
  if (typeof value !== 'object' || value instanceof Uint8Array) return 0
  let deepest = 0
  for (const entry of isList(value) ? value : Object.values(value)) deepest = Math.max(deepest, depthOf(entry))
  return deepest + 1
}

function isMap(value: Value | undefined): value is ValueMap {
  return typeof value === 'object' && !isList(value) && !(value instanceof Uint8Array)
}

function lastName(path: Path): string {
  return path[path.length - 1] as string
}
