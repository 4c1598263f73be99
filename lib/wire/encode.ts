/**
 * The writing half of the interpreter, compiled like the reading half. A field that the message leaves out is its
 * default. A value for a field that the version lacks is dropped where the field is ignorable; elsewhere anything but the
 * default is refused, as Kafka does, because dropping it would change what the message says.
 */
import { type Context, fieldPlan, unwrapped } from './field-plan.ts'
import type { Fields, Input, PlainType, RecordsInput, Type, UnknownTaggedField } from './schema.ts'
import { UnencodableMessage, within } from './wire-errors.ts'
import { byteLength, type WireWriter } from './wire-writer.ts'

type Write = (writer: WireWriter, value: never) => void
type WriteAny = (writer: WireWriter, value: unknown) => void

const compiled = new WeakMap<Fields, WriteAny[]>()

/** Writes a struct. @throws UnencodableMessage */
export function encode<F extends Fields>(fields: F, context: Context, message: Input<F>, writer: WireWriter): void {
  let writes = compiled.get(fields)
  if (writes === undefined) {
    writes = []
    compiled.set(fields, writes)
  }
  let write = writes[context.version]
  if (write === undefined) {
    write = writeStruct(fields, context)
    writes[context.version] = write
  }
  write(writer, message)
}

function writeOf(nullableType: Type, context: Context): WriteAny {
  const { type, mayBeNull } = unwrapped(nullableType, context)
  const write = writeValueOf(type, context) as WriteAny
  const writeNull = writeNullOf(type, context)
  const mark = type.kind === 'struct' && mayBeNull
  return (writer, value) => {
    if (value === null) {
      if (!mayBeNull) throw new UnencodableMessage('null where the version has no null')
      writeNull(writer)
      return
    }
    if (mark) writer.writeInt8(1)
    write(writer, value)
  }
}

function writeNullOf(type: Type, { flexible }: Context): (writer: WireWriter) => void {
  if (type.kind === 'struct') return (writer) => writer.writeInt8(-1)
  if (flexible) return (writer) => writer.writeUnsignedVarint(0)
  return type.kind === 'string' ? (writer) => writer.writeInt16(-1) : (writer) => writer.writeInt32(-1)
}

function writeValueOf(type: PlainType, context: Context): Write {
  switch (type.kind) {
    case 'bool':
      return (writer, value: boolean) => writer.writeBool(value)
    case 'int8':
      return (writer, value: number) => writer.writeInt8(value)
    case 'int16':
      return (writer, value: number) => writer.writeInt16(value)
    case 'uint16':
      return (writer, value: number) => writer.writeUint16(value)
    case 'int32':
      return (writer, value: number) => writer.writeInt32(value)
    case 'int64':
      return (writer, value: bigint) => writer.writeInt64(value)
    case 'safeInt64':
      return (writer, value: number) => writer.writeSafeInt64(value)
    case 'float64':
      return (writer, value: number) => writer.writeFloat64(value)
    case 'uuid':
      return (writer, value: string) => writer.writeUuid(value)
    case 'string':
      return writeString(context)
    case 'bytes':
      return (writer, value: Uint8Array) => {
        writeLength(writer, value.length, context)
        writer.writeBytes(value)
      }
    case 'records':
      return (writer, value: RecordsInput) => writeRecords(writer, value, context)
    case 'array':
      return writeArray(type.element, context)
    case 'struct':
      return writeStruct(type.fields, context)
  }
}

function writeLength(writer: WireWriter, length: number, { flexible }: Context): void {
  if (flexible) writer.writeUnsignedVarint(length + 1)
  else writer.writeInt32(length)
}

/** Kafka refuses more than 32,767 bytes in flexible versions too. */
function writeString({ flexible }: Context): Write {
  return (writer, value: string) => {
    const length = byteLength(value)
    if (length > 0x7fff) throw new UnencodableMessage(`a string of ${length} bytes`)
    if (flexible) writer.writeUnsignedVarint(length + 1)
    else writer.writeInt16(length)
    writer.writeText(value, length)
  }
}

function writeRecords(writer: WireWriter, value: RecordsInput, context: Context): void {
  if (value instanceof Uint8Array) {
    writeLength(writer, value.length, context)
    writer.writePiece(value)
    return
  }
  let length = 0
  for (const piece of value) length += piece.length
  writeLength(writer, length, context)
  for (const piece of value) writer.writePiece(piece)
}

function writeArray(element: Type, context: Context): Write {
  const write = writeOf(element, context)
  return (writer, values: readonly unknown[]) => {
    writeLength(writer, values.length, context)
    for (const value of values) write(writer, value)
  }
}

interface TaggedWrite {
  readonly name: string
  readonly tag: number
  readonly type: Type
  readonly byDefault: unknown
  readonly write: WriteAny
}

function writeStruct(fields: Fields, context: Context): WriteAny {
  const plan = fieldPlan(fields, context)
  const steps = plan.present.map(({ name, field }) => ({
    name,
    byDefault: field.default,
    write: writeOf(field.type, context),
  }))
  const refused = plan.refused.map(({ name, field }) => ({ name, type: field.type, byDefault: field.default }))
  const tagged = plan.tagged.map(({ name, field, tag }) => ({
    ...{ name, tag, type: field.type, byDefault: field.default },
    write: writeOf(field.type, context),
  }))
  return (writer, value) => {
    const message = value as Readonly<Record<string, unknown>>
    let name = ''
    try {
      for (const step of steps) {
        name = step.name
        const given = message[name]
        step.write(writer, given === undefined ? step.byDefault : given)
      }
      for (const { name: other, type, byDefault } of refused) {
        name = other
        if (!isDefault(type, message[name], byDefault)) {
          throw new UnencodableMessage(`version ${context.version} does not have it, and it may not be dropped`)
        }
      }
      name = 'tagged fields'
      if (context.flexible) writeTaggedFields(writer, tagged, message)
    } catch (error) {
      throw within(name, error)
    }
  }
}

/** Ascending by tag: the known ones have no gaps (`fieldPlan`), so that unknown ones come after them. */
function writeTaggedFields(
  writer: WireWriter,
  known: readonly TaggedWrite[],
  message: Readonly<Record<string, unknown>>,
): void {
  const unknown = (message.unknownTaggedFields ?? []) as readonly UnknownTaggedField[]
  const sent = known.filter(({ name, type, byDefault }) => !isDefault(type, message[name], byDefault))
  writer.writeUnsignedVarint(sent.length + unknown.length)
  for (const { name, tag, write } of sent) {
    writer.writeUnsignedVarint(tag)
    writer.writeSized(() => write(writer, message[name]))
  }
  for (const { tag, bytes } of unknown) {
    writer.writeUnsignedVarint(tag)
    writer.writeUnsignedVarint(bytes.length)
    writer.writeBytes(bytes)
  }
}

/** Whether a value is what its field has by default, or is left out. */
function isDefault(type: Type, value: unknown, byDefault: unknown): boolean {
  if (value === undefined || value === byDefault) return true
  if (value === null || byDefault === null) return false
  switch (type.kind) {
    case 'nullable':
      return isDefault(type.of, value, byDefault)
    case 'array':
    case 'bytes':
    case 'records':
      return (value as ArrayLike<unknown>).length === 0
    case 'struct':
      return (
        !('unknownTaggedFields' in (value as object)) &&
        Object.entries(type.fields).every(([name, field]) =>
          isDefault(field.type, (value as Record<string, unknown>)[name], (byDefault as Record<string, unknown>)[name]),
        )
      )
    default:
      return false
  }
}
