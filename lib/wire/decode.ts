/**
 * The reading half of the interpreter: a schema and a version become closures, once, and a message is read by calling
 * them. Every message of a schema has all fields in one order, whatever its version, so that engines see one shape;
 * fields that the version lacks have their defaults. Bytes after a message's last field are not looked at: librdkafka
 * leaves some.
 */
import { assert } from '../base/assert.ts'
import { bytesMin, type Context, fieldPlan, unwrapped } from './field-plan.ts'
import type { Fields, Message, Type, UnknownTaggedField } from './schema.ts'
import { MalformedFrame, within } from './wire-errors.ts'
import type { WireReader } from './wire-reader.ts'

type Read = (reader: WireReader) => unknown

const compiled = new WeakMap<Fields, Read[]>()

/** Reads a struct from the reader's position on. @throws MalformedFrame */
export function decode<F extends Fields>(fields: F, context: Context, reader: WireReader): Message<F> {
  let reads = compiled.get(fields)
  if (reads === undefined) {
    reads = []
    compiled.set(fields, reads)
  }
  let read = reads[context.version]
  if (read === undefined) {
    read = readStruct(fields, context)
    reads[context.version] = read
  }
  return read(reader) as Message<F>
}

function readOf(nullableType: Type, context: Context): Read {
  const { type, mayBeNull } = unwrapped(nullableType, context)
  switch (type.kind) {
    case 'bool':
      return (reader) => reader.readBool()
    case 'int8':
      return (reader) => reader.readInt8()
    case 'int16':
      return (reader) => reader.readInt16()
    case 'uint16':
      return (reader) => reader.readUint16()
    case 'int32':
      return (reader) => reader.readInt32()
    case 'int64':
      return (reader) => reader.readInt64()
    case 'safeInt64':
      return (reader) => reader.readSafeInt64()
    case 'float64':
      return (reader) => reader.readFloat64()
    case 'uuid':
      return (reader) => reader.readUuid()
    case 'string': {
      const readLength = context.flexible ? compactLength : int16Length
      return unlessNull(readLength, mayBeNull, (reader, length) => reader.readString(length))
    }
    case 'bytes':
    case 'records': {
      const readLength = context.flexible ? compactLength : int32Length
      return unlessNull(readLength, mayBeNull, (reader, length) => reader.readBytes(length))
    }
    case 'array':
      return readArray(type.element, context, mayBeNull)
    case 'struct': {
      const read = readStruct(type.fields, context)
      return mayBeNull ? (reader) => (reader.readInt8() < 0 ? null : read(reader)) : read
    }
  }
}

type ReadLength = (reader: WireReader) => number

const compactLength: ReadLength = (reader) => reader.readCompactLength()
const int16Length: ReadLength = (reader) => reader.readInt16()
const int32Length: ReadLength = (reader) => reader.readInt32()

/** As in Kafka, any negative length says null. */
function unlessNull(
  readLength: ReadLength,
  mayBeNull: boolean,
  read: (reader: WireReader, length: number) => unknown,
): Read {
  return (reader) => {
    const length = readLength(reader)
    if (length >= 0) return read(reader, length)
    if (mayBeNull) return null
    throw new MalformedFrame(`null, or a negative length, at byte ${reader.position}`)
  }
}

function readArray(element: Type, context: Context, mayBeNull: boolean): Read {
  const read = readOf(element, context)
  const elementBytesMin = bytesMin(element, context)
  assert(elementBytesMin > 0, 'an element takes at least a byte, or its count would be without bound')
  return unlessNull(context.flexible ? compactLength : int32Length, mayBeNull, (reader, count) => {
    reader.countElements(count, elementBytesMin)
    const elements: unknown[] = []
    for (let index = 0; index < count; index++) elements.push(read(reader))
    return elements
  })
}

function readStruct(fields: Fields, context: Context): Read {
  const plan = fieldPlan(fields, context)
  const steps = plan.present.map(({ name, field }) => ({ name, read: readOf(field.type, context) }))
  const tags = new Map(plan.tagged.map(({ name, field, tag }) => [tag, { name, read: readOf(field.type, context) }]))
  const defaults = Object.fromEntries(Object.entries(fields).map(([name, { default: value }]) => [name, value]))
  return (reader) => {
    const message: Record<string, unknown> = { ...defaults }
    let name = ''
    try {
      for (const step of steps) {
        name = step.name
        message[name] = step.read(reader)
      }
      name = 'tagged fields'
      if (context.flexible) readTaggedFields(reader, tags, message)
    } catch (error) {
      throw within(name, error)
    }
    return message
  }
}

/** KIP-482: a count, then for each field its tag, its length and its bytes. What is not known is kept as it is. */
function readTaggedFields(
  reader: WireReader,
  tags: ReadonlyMap<number, { readonly name: string; readonly read: Read }>,
  message: Record<string, unknown>,
): void {
  const count = reader.readUnsignedVarint()
  if (count === 0) return
  reader.countElements(count, 2)
  const unknown: UnknownTaggedField[] = []
  const outerEnd = reader.end
  for (let index = 0; index < count; index++) {
    const tag = reader.readUnsignedVarint()
    const length = reader.readUnsignedVarint()
    const known = tags.get(tag)
    if (known === undefined) {
      unknown.push({ tag, bytes: reader.readBytes(length) })
      continue
    }
    const start = reader.skip(length)
    reader.position = start
    reader.end = start + length
    message[known.name] = known.read(reader)
    reader.position = reader.end
    reader.end = outerEnd
  }
  if (unknown.length > 0) message.unknownTaggedFields = unknown
}
