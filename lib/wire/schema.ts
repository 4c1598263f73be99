/**
 * What a schema table is made of, and nothing that runs on a request: a field is a type, a range of versions and a
 * default; a struct is a record of fields in the order of the wire; an API is a key, a range, a first flexible version, a
 * request and a response. The types of messages are inferred from the tables. `decode.ts` and `encode.ts` interpret them.
 *
 * A 64-bit integer is a bigint where a client chooses it (`int64`: any value is legal, and a handler answers it with an
 * error code), and a safe integer where Gregor does (`safeInt64`: what would lose a digit is refused). Reading one costs
 * 29 ns as a bigint and 2 ns as a number.
 */
import { type VersionRange, type Versions, versionRange } from './versions.ts'

interface Primitives {
  bool: boolean
  int8: number
  int16: number
  uint16: number
  int32: number
  int64: bigint
  safeInt64: number
  float64: number
  /** 16 bytes as base64url without padding, 22 characters: Kafka's own text form, and `TopicId`'s. */
  uuid: string
  string: string
  /** Decoded: a view of the frame, which it keeps alive. */
  bytes: Buffer
  /** Opaque: record batches. Decoded: a view of the frame, which it keeps alive. */
  records: Buffer
}

export type PrimitiveName = keyof Primitives

export interface PrimitiveType<N extends PrimitiveName = PrimitiveName> {
  readonly kind: N
}
export interface ArrayType<E extends Type = Type> {
  readonly kind: 'array'
  readonly element: E
}
export interface StructType<F extends Fields = Fields> {
  readonly kind: 'struct'
  readonly fields: F
}
export interface NullableType<T extends PlainType = PlainType> {
  readonly kind: 'nullable'
  readonly of: T
  /** Versions in which null may be sent; in the others of the field it is refused. */
  readonly versions: VersionRange
}
export type PlainType = PrimitiveType | ArrayType | StructType
export type Type = PlainType | NullableType

export type Fields = Readonly<Record<string, Field>>

export interface Field<T extends Type = Type, Presence extends 'required' | 'optional' = 'required' | 'optional'> {
  readonly type: T
  readonly versions: VersionRange
  readonly default: unknown
  /** In a version without the field a value is dropped; without this mark anything but the default is refused there. */
  readonly ignorable: boolean
  /** A tagged field (KIP-482): sent only where it differs from its default. */
  readonly tag: number | undefined
  /** Whether an encoded message may leave it out. Types only. */
  readonly presence?: Presence
}

/** A field that a version does not have decodes to its default. */
type Value<T extends Type> = T extends NullableType<infer O> ? PlainValue<O> | null : PlainValue<T>

type PlainValue<T extends Type> =
  T extends PrimitiveType<infer N>
    ? Primitives[N]
    : T extends ArrayType<infer E>
      ? readonly Value<E>[]
      : T extends StructType<infer F>
        ? Message<F>
        : never

/** What the encoder takes: any bytes, records in pieces, and structs without what has a default. */
type InputValue<T extends Type> = T extends NullableType<infer O> ? PlainInputValue<O> | null : PlainInputValue<T>

type PlainInputValue<T extends Type> =
  T extends PrimitiveType<infer N>
    ? N extends 'bytes'
      ? Uint8Array
      : N extends 'records'
        ? RecordsInput
        : Primitives[N]
    : T extends ArrayType<infer E>
      ? readonly InputValue<E>[]
      : T extends StructType<infer F>
        ? Input<F>
        : never

/** Batches in pieces, as they lie in caches: large ones are not copied. */
export type RecordsInput = Uint8Array | readonly Uint8Array[]

/** A tagged field that the schema does not know; kept, so that what was decoded encodes to the same bytes. */
export interface UnknownTaggedField {
  readonly tag: number
  readonly bytes: Uint8Array
}

interface UnknownTaggedFields {
  /** Absent where there are none; in the order of the wire, which is ascending. */
  readonly unknownTaggedFields?: readonly UnknownTaggedField[]
}

/** A decoded struct: every field, whatever the version. */
export type Message<F extends Fields> = string extends keyof F
  ? Readonly<Record<string, unknown>> // Some struct: where TypeScript must not look for the end of all that could be in it.
  : { readonly [K in keyof F]: Value<F[K]['type']> } & UnknownTaggedFields

type OptionalNames<F extends Fields> = {
  [K in keyof F]: F[K] extends Field<Type, 'optional'> ? K : never
}[keyof F]

/**
 * A struct to encode. May be left out, and is then its default: what has an explicit default or a tag, is ignorable, or
 * ends before the newest version.
 */
export type Input<F extends Fields> = string extends keyof F
  ? Readonly<Record<string, unknown>>
  : {
      readonly [K in Exclude<keyof F, OptionalNames<F>>]: InputValue<F[K]['type']>
    } & { readonly [K in OptionalNames<F>]?: InputValue<F[K]['type']> } & UnknownTaggedFields

interface FieldOptions<T extends Type> {
  readonly default?: Value<T>
  readonly ignorable?: true
  readonly tag?: number
}

type PresenceOf<V extends Versions, O> = V extends `${number}+`
  ? keyof O extends never
    ? 'required'
    : 'optional'
  : 'optional'

// biome-ignore lint/complexity/noBannedTypes: an object type without a key is what "no options" is.
type NoOptions = {}

export function field<const V extends Versions, T extends Type, const O extends FieldOptions<T> = NoOptions>(
  versions: V,
  type: T,
  options?: O,
): Field<T, PresenceOf<V, O>> {
  return {
    type,
    versions: versionRange(versions),
    default: options !== undefined && 'default' in options ? options.default : defaultOf(type),
    ignorable: options?.ignorable ?? false,
    tag: options?.tag,
  }
}

const primitive = <N extends PrimitiveName>(kind: N): PrimitiveType<N> => ({ kind })

export const bool = primitive('bool')
export const int8 = primitive('int8')
export const int16 = primitive('int16')
export const uint16 = primitive('uint16')
export const int32 = primitive('int32')
export const int64 = primitive('int64')
export const safeInt64 = primitive('safeInt64')
export const float64 = primitive('float64')
export const uuid = primitive('uuid')
export const string = primitive('string')
export const bytes = primitive('bytes')
export const records = primitive('records')

export const arrayOf = <E extends Type>(element: E): ArrayType<E> => ({ kind: 'array', element })
export const struct = <F extends Fields>(fields: F): StructType<F> => ({ kind: 'struct', fields })
/** Null may be sent in `versions`, which is every version of the field where they are not given. */
export const nullable = <T extends PlainType>(of: T, versions: Versions = '0+'): NullableType<T> => ({
  kind: 'nullable',
  of,
  versions: versionRange(versions),
})

/** Kafka's uuid of no topic: sixteen zeros. */
export const zeroUuid = 'AAAAAAAAAAAAAAAAAAAAAA'

/** What Kafka's generator takes where a definition names no default: zero, empty, and null for records only. */
export function defaultOf(type: Type): unknown {
  switch (type.kind) {
    case 'nullable':
      return defaultOf(type.of)
    case 'struct':
      return Object.freeze(
        Object.fromEntries(Object.entries(type.fields).map(([name, { default: value }]) => [name, value])),
      )
    case 'array':
      return Object.freeze([])
    case 'bool':
      return false
    case 'int64':
      return 0n
    case 'uuid':
      return zeroUuid
    case 'string':
      return ''
    case 'bytes':
      return Buffer.alloc(0)
    case 'records':
      return null
    default:
      return 0
  }
}

export interface Api<Request extends Fields = Fields, Response extends Fields = Fields> {
  readonly key: number
  /** Kafka's name, without `Request` and `Response`. */
  readonly name: string
  /** What the table describes; what is served is for the handlers to say. */
  readonly versions: VersionRange
  /** KIP-482: compact lengths, tagged fields, and headers with tagged fields. */
  readonly flexible: VersionRange
  readonly request: Request
  readonly response: Response
}

export type RequestOf<A extends Api> = Message<A['request']>
export type ResponseOf<A extends Api> = Message<A['response']>
export type RequestInput<A extends Api> = Input<A['request']>
export type ResponseInput<A extends Api> = Input<A['response']>

interface ApiTable<Request extends Fields, Response extends Fields> {
  readonly key: number
  readonly name: string
  readonly versions: Versions
  readonly flexible: Versions
  readonly request: Request
  readonly response: Response
}

export const api = <Request extends Fields, Response extends Fields>(
  table: ApiTable<Request, Response>,
): Api<Request, Response> => ({
  ...table,
  versions: versionRange(table.versions),
  flexible: versionRange(table.flexible),
})
