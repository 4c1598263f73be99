/** Messages of any schema in any version, as an encoder takes them and as a decoder gives them back. */
import fc from 'fast-check'
import { apis } from '../../lib/wire/apis.ts'
import type { Api, Fields, Type } from '../../lib/wire/schema.ts'
import { covers } from '../../lib/wire/versions.ts'

type Struct = Record<string, unknown>

/** Every API in every version: `Produce v9`, ... */
export const everyVersion: readonly { readonly name: string; readonly api: Api; readonly version: number }[] =
  apis.flatMap((api) =>
    Array.from({ length: api.versions.max - api.versions.min + 1 }, (_, index) => {
      const version = api.versions.min + index
      return { name: `${api.name} v${version}`, api, version }
    }),
  )

const buffers = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes))

/** Tags that the schema does not know, between and after those that it does. */
const unknownTaggedFields = (fields: Fields) =>
  fc.uniqueArray(
    fc.record({
      tag: fc.integer({ min: 0, max: 300 }).filter((tag) => !Object.values(fields).some((field) => field.tag === tag)),
      bytes: buffers,
    }),
    { minLength: 1, maxLength: 3, selector: ({ tag }) => tag },
  )

function anyOf(type: Type, version: number, flexible: boolean): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'nullable': {
      const value = anyOf(type.of, version, flexible)
      return covers(type.versions, version) ? fc.option(value) : value
    }
    case 'array':
      return fc.array(anyOf(type.element, version, flexible), { maxLength: 3 })
    case 'struct':
      return messageOf(type.fields, version, flexible)
    case 'bool':
      return fc.boolean()
    case 'int8':
      return fc.integer({ min: -0x80, max: 0x7f })
    case 'int16':
      return fc.integer({ min: -0x8000, max: 0x7fff })
    case 'uint16':
      return fc.integer({ min: 0, max: 0xffff })
    case 'int32':
      return fc.integer()
    case 'int64':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    case 'safeInt64':
      return fc.maxSafeInteger()
    case 'float64':
      return fc.double()
    case 'uuid':
      return fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('base64url'))
    case 'string':
      return fc.string({ unit: 'grapheme', maxLength: 12 })
    case 'bytes':
    case 'records':
      return buffers
  }
}

/** Only fields of the version; of those that have a default, not always all. */
export function messageOf(fields: Fields, version: number, flexible: boolean): fc.Arbitrary<Struct> {
  const present = Object.entries(fields).filter(([, field]) => covers(field.versions, version))
  const values = Object.fromEntries(present.map(([name, { type }]) => [name, anyOf(type, version, flexible)]))
  const requiredKeys = present.filter(([, { tag }]) => tag === undefined).map(([name]) => name)
  const known = fc.record(values, { requiredKeys })
  if (!flexible) return known
  const tagged = fc.option(unknownTaggedFields(fields), { freq: 5 }).map((unknown) => unknown ?? undefined)
  return fc.tuple(known, tagged).map(([message, unknown]) => withUnknown(message, unknown))
}

const withUnknown = (message: Struct, unknown: readonly { readonly tag: number }[] | undefined): Struct =>
  unknown === undefined
    ? message
    : { ...message, unknownTaggedFields: [...unknown].sort((one, other) => one.tag - other.tag) }

/** What a decoder makes of an encoded message: what was left out has its default. */
export function completed(type: Type, value: unknown): unknown {
  if (value === null) return null
  if (type.kind === 'nullable') return completed(type.of, value)
  if (type.kind === 'array') return (value as unknown[]).map((element) => completed(type.element, element))
  if (type.kind !== 'struct') return value
  const message = value as Struct
  const fields = Object.entries(type.fields).map(([name, field]) => [
    name,
    name in message ? completed(field.type, message[name]) : field.default,
  ])
  const { unknownTaggedFields: unknown } = message
  return { ...Object.fromEntries(fields), ...(unknown === undefined ? {} : { unknownTaggedFields: unknown }) }
}
