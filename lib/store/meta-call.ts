/**
 * What makes a call illegal before any item is looked at. Every adapter asks here first, so that a call which one store
 * would refuse is refused by all, and a test on SQLite finds what would fail on DynamoDB. The limits are DynamoDB's ("Service,
 * account, and table quotas"); an expression's length is an upper bound on what `adapters/dynamodb/expression.ts` writes.
 */
import {
  attributeNameBytesMax,
  expressionBytesMax,
  expressionOperatorsMax,
  itemBytesMax,
  itemDepthMax,
  partitionKeyBytesMax,
  pathLengthMax,
  sortKeyBytesMax,
} from '../base/limits.ts'
import { InvalidCall } from './errors.ts'
import { isList, itemBytes } from './item-size.ts'
import type { Assignment, Change, Clause, Guard, Item, Key, Path, QueryRange, Value } from './meta-store.ts'

/** Fails with `InvalidCall` unless both parts of a key are well-formed, not empty, and of a legal length. */
export function checkKey(key: Key): void {
  checkKeyPart(key.pk, 'pk', partitionKeyBytesMax)
  checkKeyPart(key.sk, 'sk', sortKeyBytesMax)
}

/** As `checkKey`, for many; a key may be asked for once only. */
export function checkKeys(keys: readonly Key[]): void {
  const seen = new Set<string>()
  for (const key of keys) {
    checkKey(key)
    seen.add(`${key.pk.length} ${key.pk}${key.sk}`)
  }
  if (seen.size < keys.length) illegal('a key is asked for twice')
}

/** The item's key, names and values, its size, and the guard. */
export function checkPut(item: Item, guard: Guard): void {
  checkKey(item)
  for (const name of Object.keys(item)) {
    checkName(name)
    checkValue(item[name], name, itemDepthMax, true)
  }
  const bytes = itemBytes(item)
  if (bytes > itemBytesMax) illegal(`an item of ${bytes} bytes; at most ${itemBytesMax} are allowed`)
  checkGuard(guard)
}

/** The key, the change's paths and values, and the guard; what depends on the item is `applyChange`'s to refuse. */
export function checkUpdate(key: Key, change: Change, guard: Guard): void {
  checkKey(key)
  let bytes = 'SET  REMOVE '.length
  let operators = 0
  const paths: Path[] = []
  for (const assignment of change) {
    const path = 'set' in assignment ? assignment.set : assignment.remove
    checkPath(path)
    if (path[0] === 'pk' || path[0] === 'sk') illegal(`${path[0]} is part of the key`)
    for (const other of paths) if (overlap(path, other)) illegal(`the paths ${path} and ${other} overlap`)
    paths.push(path)
    bytes += pathExpressionBytes(path)
    if (!('set' in assignment)) continue
    bytes += checkSource(assignment)
    operators += 'value' in assignment.to ? 0 : 1
  }
  checkExpression(bytes, operators, `a change of ${change.length} assignments`)
  checkGuard(guard)
}

export function checkGuard(guard: Guard): void {
  let bytes = 0
  let operators = 1
  for (const clause of guard) {
    bytes += checkClause(clause)
    operators += 'orAbsent' in clause ? 3 : clause.is === 'size<' ? 2 : 1
  }
  checkExpression(bytes, operators, `a guard of ${guard.length} clauses`)
}

/** `from` and `to` may be empty, which is below every key. */
export function checkQuery(pk: string, range: QueryRange): void {
  checkKeyPart(pk, 'pk', partitionKeyBytesMax)
  if (range.from) checkKeyPart(range.from, 'from', sortKeyBytesMax)
  if (range.to) checkKeyPart(range.to, 'to', sortKeyBytesMax)
  const limit = range.limit ?? 1
  if (!Number.isSafeInteger(limit) || limit < 1) illegal(`a limit of ${limit}`)
}

function checkKeyPart(value: string, name: string, bytesMax: number): void {
  if (typeof value !== 'string' || value === '') illegal(`${name} is empty`)
  if (!value.isWellFormed()) illegal(`${name} is not well-formed text`)
  if (!fits(value, bytesMax)) illegal(`${name} is longer than ${bytesMax} bytes`)
}

function checkPath(path: Path): void {
  if (path.length === 0 || path.length > pathLengthMax) illegal(`a path of ${path.length} names`)
  for (const name of path) checkName(name)
}

/** `__proto__` is legal on DynamoDB, but the AWS SDK reads it back without its value. */
function checkName(name: string): void {
  if (name === '__proto__') illegal('the name __proto__')
  if (name === '' || !name.isWellFormed()) illegal('a name that is empty or not well-formed text')
  if (!fits(name, attributeNameBytesMax)) illegal(`a name of more than ${attributeNameBytesMax} bytes`)
}

/** `depth` is how many maps and lists may still be opened here. */
function checkValue(value: Value | undefined, name: string, depth: number, bytesAllowed: boolean): void {
  if (typeof value === 'boolean') return
  if (typeof value === 'string') {
    if (!value.isWellFormed()) illegal(`${name} is not well-formed text`)
  } else if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) illegal(`${name} is not a safe integer: ${value}`)
  } else if (value instanceof Uint8Array) {
    if (!bytesAllowed) illegal(`${name} has bytes below the top level`)
  } else {
    checkContainer(value, name, depth)
  }
}

function checkContainer(value: Value | undefined, name: string, depth: number): void {
  if (typeof value !== 'object' || value === null) illegal(`${name} is ${value}`)
  if (depth < 1) illegal(`${name} is nested too deeply`)
  if (isList(value)) {
    for (const entry of value) checkValue(entry, name, depth - 1, false)
    return
  }
  for (const [entryName, entry] of Object.entries(value)) {
    checkName(entryName)
    checkValue(entry, entryName, depth - 1, false)
  }
}

/** The bytes that the right-hand side adds to an expression, at most. */
function checkSource({ set, to }: Extract<Assignment, { set: Path }>): number {
  if ('value' in to) return checkNewValue(to.value, set)
  checkPath(to.path)
  const bytes = pathExpressionBytes(to.path)
  if ('or' in to) {
    if ('path' in to.or) checkPath(to.or.path)
    if ('path' in to.or && samePath(to.path, to.or.path)) illegal(`${to.path} is its own alternative`)
    const orBytes = 'path' in to.or ? pathExpressionBytes(to.or.path) : checkNewValue(to.or.value, set)
    return 'if_not_exists()'.length + bytes + orBytes
  }
  if (to.plus === undefined) return bytes
  if (!Number.isSafeInteger(to.plus)) illegal(`${set} is set to ${to.path} + ${to.plus}`)
  return bytes + placeholderBytes + 1
}

function checkNewValue(value: Value, set: Path): number {
  checkValue(value, set[set.length - 1] as string, itemDepthMax - (set.length - 1), set.length === 1)
  return placeholderBytes
}

/** The bytes that a clause adds to an expression, at most. */
function checkClause(clause: Clause): number {
  checkPath(clause.path)
  const bytes = pathExpressionBytes(clause.path)
  if (!('than' in clause)) return bytes + 'attribute_not_exists() AND '.length
  if (clause.is === 'size<') {
    if (!Number.isSafeInteger(clause.than)) illegal(`a size below ${clause.than}`)
    return bytes + placeholderBytes + 'size()< AND '.length
  }
  const orAbsentBytes = clause.orAbsent ? bytes + '( OR attribute_not_exists())'.length : 0
  return bytes + orAbsentBytes + '<= AND '.length + checkOperand(clause)
}

function checkOperand({ path, is, than }: Extract<Clause, { than: object }>): number {
  if ('path' in than) {
    checkPath(than.path)
    if (samePath(path, than.path)) illegal(`${path} is compared with itself`)
    return pathExpressionBytes(than.path)
  }
  if (typeof than.value === 'object') illegal(`${path} is compared with a map, a list or bytes`)
  if (is !== '=' && typeof than.value === 'boolean') illegal(`${path} ${is} a boolean: they have no order`)
  checkValue(than.value, path[0], 0, false)
  return placeholderBytes
}

function checkExpression(bytes: number, operators: number, what: string): void {
  if (bytes > expressionBytesMax || operators > expressionOperatorsMax) illegal(what)
}

/** `#` or `:`, at most two digits of base 36, and what separates it from the next. */
const placeholderBytes = 4

function pathExpressionBytes(path: Path): number {
  return path.length * placeholderBytes
}

function samePath(left: Path, right: Path): boolean {
  return left.length === right.length && overlap(left, right)
}

/** Whether one path contains the other, or is it. */
function overlap(left: Path, right: Path): boolean {
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index++) if (left[index] !== right[index]) return false
  return true
}

/** UTF-8 never takes more than three bytes for a UTF-16 unit, which spares most strings the counting. */
function fits(text: string, bytesMax: number): boolean {
  return text.length * 3 <= bytesMax || Buffer.byteLength(text) <= bytesMax
}

function illegal(what: string): never {
  throw new InvalidCall(`never legal: ${what}`)
}
