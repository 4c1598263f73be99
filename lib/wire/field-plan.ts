/**
 * What both directions need to know of a struct in one version: which fields are there, in the order of the wire, and
 * which are tagged. Made once for a version, when its codec is compiled.
 */
import { assert } from '../base/assert.ts'
import type { Field, Fields, PlainType, Type } from './schema.ts'
import { covers } from './versions.ts'

/** Where a type is read or written. A version of an API, or of a header, is always flexible or never. */
export interface Context {
  readonly version: number
  readonly flexible: boolean
}

interface NamedField {
  readonly name: string
  readonly field: Field
}

export interface FieldPlan {
  readonly present: readonly NamedField[]
  /** Ascending by tag. */
  readonly tagged: readonly (NamedField & { readonly tag: number })[]
  /** Not in this version, and refused unless they have their default. */
  readonly refused: readonly NamedField[]
}

export function fieldPlan(fields: Fields, context: Context): FieldPlan {
  const named = Object.entries(fields).map(([name, field]) => ({ name, field }))
  const here = named.filter(({ field }) => covers(field.versions, context.version))
  const tagged = here.flatMap((entry) => (entry.field.tag === undefined ? [] : [{ ...entry, tag: entry.field.tag }]))
  assert(tagged.length === 0 || context.flexible, 'tagged fields need a flexible version')
  tagged.sort((one, other) => one.tag - other.tag)
  assert(
    tagged.every(({ tag }, index) => tag === index),
    'tags begin at 0 and have no gaps, so that what is unknown comes after them',
  )
  return {
    present: here.filter(({ field }) => field.tag === undefined),
    tagged,
    refused: named.filter(({ field }) => !covers(field.versions, context.version) && !field.ignorable),
  }
}

/** A type without its mark of null, and whether null may be sent in this version. */
export function unwrapped(type: Type, context: Context): { readonly type: PlainType; readonly mayBeNull: boolean } {
  if (type.kind !== 'nullable') return { type, mayBeNull: false }
  return { type: type.of, mayBeNull: covers(type.versions, context.version) }
}

/** The fewest bytes that a value takes: what bounds the count of an array before it is read. */
export function bytesMin(nullableType: Type, context: Context): number {
  const { type, mayBeNull } = unwrapped(nullableType, context)
  switch (type.kind) {
    case 'bool':
    case 'int8':
      return 1
    case 'int16':
    case 'uint16':
      return 2
    case 'int32':
      return 4
    case 'int64':
    case 'safeInt64':
    case 'float64':
      return 8
    case 'uuid':
      return 16
    case 'string':
      return context.flexible ? 1 : 2
    case 'bytes':
    case 'records':
    case 'array':
      return context.flexible ? 1 : 4
    case 'struct':
      return mayBeNull ? 1 : structBytesMin(type.fields, context)
  }
}

function structBytesMin(fields: Fields, context: Context): number {
  const { present } = fieldPlan(fields, context)
  return present.reduce((sum, { field }) => sum + bytesMin(field.type, context), context.flexible ? 1 : 0)
}
