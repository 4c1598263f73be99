/** Every table says what Kafka's own definitions say, in every version that it describes. */
import { describe, expect, test } from 'vitest'
import { apis } from '../../lib/wire/apis.ts'
import { type Api, defaultOf, type Fields, type Type } from '../../lib/wire/schema.ts'
import { covers } from '../../lib/wire/versions.ts'
import { type DefinedField, type Definition, definitionsByName, definitionsMissing } from './definitions.ts'

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

function ofTable(fields: Fields, version: number): Described[] {
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

function ofDefinition(fields: readonly DefinedField[], api: Api, version: number): Described[] {
  const described = fields.filter(
    ({ versions }) => versions.min <= api.versions.max && versions.max >= api.versions.min,
  )
  return inOrder(
    described.map((field) => {
      const inner = field.fields === undefined ? undefined : ofDefinition(field.fields, api, version)
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

function definedAs(name: string): Definition {
  const definition = definitionsByName.get(name)
  if (definition === undefined) throw new Error(`Kafka has no ${name}`)
  return definition
}

const versionsOf = ({ versions }: Api) =>
  Array.from({ length: versions.max - versions.min + 1 }, (_, index) => versions.min + index)

describe.skipIf(definitionsMissing)(`schema tables ${definitionsMissing || ''}`, () => {
  test.each(apis.map((api) => [api.name, api] as const))('%s is as Kafka defines it, in every version', (name, api) => {
    for (const direction of ['request', 'response'] as const) {
      const definition = definedAs(`${name}${direction === 'request' ? 'Request' : 'Response'}`)
      expect(api.key).toBe(definition.apiKey)
      expect(api.flexible).toEqual(definition.flexible)
      expect(api.versions.min).toBeGreaterThanOrEqual(definition.versions.min)
      expect(api.versions.max).toBeLessThanOrEqual(definition.versions.max)
      for (const version of versionsOf(api)) {
        expect(ofTable(api[direction], version), `${direction} v${version}`).toEqual(
          ofDefinition(definition.fields, api, version),
        )
      }
    }
  })

  test('tables stop short of the newest version only where Kafka calls it unstable or keeps it for brokers', () => {
    const shorter = apis.filter(({ name, versions }) => versions.max < definedAs(`${name}Request`).versions.max)
    expect(shorter.map(({ name }) => name)).toEqual(['InitProducerId', 'AddPartitionsToTxn'])
    expect(apis.filter(({ name, versions }) => versions.min > definedAs(`${name}Request`).versions.min)).toEqual([])
  })

  test('a client chooses 64-bit integers freely, and Gregor only safe ones', () => {
    const kinds = (type: Type): string[] => {
      if (type.kind === 'nullable') return kinds(type.of)
      if (type.kind === 'array') return kinds(type.element)
      return type.kind === 'struct' ? Object.values(type.fields).flatMap((field) => kinds(field.type)) : [type.kind]
    }
    for (const { name, request, response } of apis) {
      expect(kinds({ kind: 'struct', fields: request }), name).not.toContain('safeInt64')
      expect(kinds({ kind: 'struct', fields: response }), name).not.toContain('int64')
    }
  })
})
