/** A decoded message as Kafka's own JSON converters print it: the fields of the version, tagged ones where they differ. */
import type { Fields, Type } from '../../lib/wire/schema.ts'
import { covers } from '../../lib/wire/versions.ts'

type Struct = Readonly<Record<string, unknown>>

export function kafkaJson(fields: Fields, version: number, message: Struct): unknown {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, field]) => {
      if (!covers(field.versions, version)) return []
      const value = jsonOf(field.type, version, message[name])
      if (field.tag !== undefined && same(value, jsonOf(field.type, version, field.default))) return []
      return [[name, value]]
    }),
  )
}

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)

function jsonOf(type: Type, version: number, value: unknown): unknown {
  if (value === null) return null
  switch (type.kind) {
    case 'nullable':
      return jsonOf(type.of, version, value)
    case 'array':
      return (value as unknown[]).map((element) => jsonOf(type.element, version, element))
    case 'struct':
      return kafkaJson(type.fields, version, value as Struct)
    case 'int64':
      return Number(value)
    case 'bytes':
      return (value as Buffer).toString('base64')
    case 'records':
      return ''
    default:
      return value
  }
}
