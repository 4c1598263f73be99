/** A table and one of Kafka's definitions, brought to the same plain data, so that they can be compared. */
import { defaultOf, type Fields, type Type } from '../../lib/wire/schema.ts'
import { covers, type VersionRange } from '../../lib/wire/versions.ts'
import type { DefinedField } from './definitions.ts'

/** One field in one version, as plain data; both sides are brought to this. */
interface Described {
  readonly name: string
  readonly type: string
  readonly isArray: boolean
  readonly mayBeNull: boolean
  readonly tag: number | undefined
  readonly default: unknown
  readonly ignorable: boolean
  readonly fields: readonly Described[] | undefined
  /** Whether the version has it; what it lacks still has a default, and is ignorable or not. */
  readonly present: boolean
}

/** In the order of the wire; tagged fields are held by their tags, not by their place. */
const inOrder = (fields: readonly Described[]) => [...fields].sort((one, other) => (one.tag ?? -1) - (other.tag ?? -1))

export function ofTable(fields: Fields, version: number): Described[] {
  return inOrder(
    Object.entries(fields).map(([name, field]) => {
      const { type } = field
      const plain = type.kind === 'nullable' ? type.of : type
      const element: Type = plain.kind === 'array' ? plain.element : plain
      return {
        name,
        type: element.kind === 'safeInt64' ? 'int64' : element.kind,
        isArray: plain.kind === 'array',
        mayBeNull: type.kind === 'nullable' && covers(type.versions, version),
        tag: field.tag,
        default: plainDefault(field.default),
        ignorable: field.ignorable,
        fields: element.kind === 'struct' ? ofTable(element.fields, version) : undefined,
        present: covers(field.versions, version),
      }
    }),
  ).map((field) => (field.present ? field : { ...field, mayBeNull: false }))
}

/** @param range of the table: what Kafka has outside of it is left out. */
export function ofDefinition(fields: readonly DefinedField[], range: VersionRange, version: number): Described[] {
  const described = fields.filter(({ versions }) => versions.min <= range.max && versions.max >= range.min)
  return inOrder(
    described.map((field) => {
      const inner = field.fields === undefined ? undefined : ofDefinition(field.fields, range, version)
      const present = covers(field.versions, version)
      return {
        name: field.name,
        type: field.type,
        isArray: field.isArray,
        mayBeNull: present && covers(field.nullable, version),
        tag: field.tag,
        default: definedDefault(field, inner),
        ignorable: field.ignorable,
        fields: inner,
        present,
      }
    }),
  )
}

/** Kafka's generator: zero, empty, null for records, and a struct of its own fields' defaults. */
function definedDefault(field: DefinedField, inner: readonly Described[] | undefined): unknown {
  const { default: given, type } = field
  if (given === 'null') return null
  if (field.isArray) return []
  if (inner !== undefined) return Object.fromEntries(inner.map(({ name, default: value }) => [name, value]))
  if (given === undefined) return plainDefault(defaultOf({ kind: type } as Type))
  if (type === 'bool') return String(given) === 'true'
  if (type === 'string') return given
  return String(BigInt(String(given)))
}

/** Numbers as text, so that one side may have a bigint. */
function plainDefault(value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (value === null || typeof value !== 'object' || Array.isArray(value) || Buffer.isBuffer(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plainDefault(inner)]))
}
