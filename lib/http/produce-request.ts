/**
 * The records of a produce request: from JSON to bytes, all judged before any is stored. A request of a wrong shape is
 * refused as a whole, with a sentence that names the place; so is a misspelt field, which would otherwise become a null.
 */
import { produceRecordsMax } from '../base/limits.ts'
import type { NewRecord } from '../records/build.ts'
import type { RecordHeader } from '../records/iterate.ts'
import type { RecordFormat } from './media-types.ts'
import { isObject } from './request-body.ts'
import { errorCode, quoted, RestError } from './rest-error.ts'

export interface RequestedRecord extends NewRecord {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly RecordHeader[]
  /** As asked for; it may not exist. Undefined: the partitioner decides. */
  readonly partition: number | undefined
}

/** The last four are the REST Proxy's for schemas, which JSON and binary do not have; it lets them stand. */
const bodyFields = new Set(['records', 'key_schema', 'key_schema_id', 'value_schema', 'value_schema_id'])
const recordFields = new Set(['key', 'value', 'partition', 'timestamp', 'headers'])
const noHeaders: readonly RecordHeader[] = []

/** `partition`: that of the path, which every record then goes to. Throws `RestError`. */
export function requestedRecords(
  body: Record<string, unknown>,
  format: RecordFormat,
  partition?: number,
): RequestedRecord[] {
  for (const field of Object.keys(body)) if (!bodyFields.has(field)) throw unknownField('The body', field)
  const { records } = body
  if (!Array.isArray(records) || records.length === 0) {
    throw shape('records must be an array of at least one record.')
  }
  if (records.length > produceRecordsMax) {
    const message = `One request takes at most ${produceRecordsMax} records; this one has ${records.length}.`
    throw new RestError(errorCode.tooLarge, message)
  }
  const bytesOf = format === 'binary' ? base64Bytes : jsonBytes
  return records.map((record: unknown, index) => requestedRecord(record, `records[${index}]`, bytesOf, partition))
}

type BytesOf = (value: unknown, where: string) => Uint8Array | null

function requestedRecord(
  record: unknown,
  where: string,
  bytesOf: BytesOf,
  partition: number | undefined,
): RequestedRecord {
  if (!isObject(record)) throw shape(`${where} must be an object.`)
  for (const field in record) if (!recordFields.has(field)) throw unknownField(where, field)
  const asked = integer(record.partition, `${where}.partition`)
  if (partition !== undefined && asked !== undefined && asked !== partition) {
    throw shape(`${where}.partition is ${asked}, but the path says ${partition}.`)
  }
  const timestamp = integer(record.timestamp, `${where}.timestamp`)
  return {
    key: bytesOf(record.key, `${where}.key`),
    value: bytesOf(record.value, `${where}.value`),
    headers: headersOf(record.headers, `${where}.headers`),
    partition: partition ?? asked,
    ...(timestamp === undefined ? {} : { timestamp }),
  }
}

function headersOf(headers: unknown, where: string): readonly RecordHeader[] {
  if (headers === undefined || headers === null) return noHeaders
  if (!Array.isArray(headers)) throw shape(`${where} must be an array of {"key", "value"}.`)
  return headers.map((header: unknown, index) => {
    const at = `${where}[${index}]`
    if (!isObject(header)) throw shape(`${at} must be an object.`)
    const { key } = header
    if (typeof key !== 'string') throw shape(`${at}.key must be a string.`)
    for (const field in header) if (field !== 'key' && field !== 'value') throw unknownField(at, field)
    return { key, value: base64Bytes(header.value, `${at}.value`) }
  })
}

function jsonBytes(value: unknown, where: string): Uint8Array | null {
  if (value === undefined || value === null) return null
  try {
    return Buffer.from(JSON.stringify(value))
  } catch (fault) {
    if (fault instanceof RangeError) throw shape(`${where} is nested too deeply.`)
    throw fault
  }
}

/** Standard base64 with its padding. The decoder skips what is not of its alphabet, so the length tells. */
function base64Bytes(value: unknown, where: string): Uint8Array | null {
  if (value === undefined || value === null) return null
  if (typeof value === 'string') {
    const padding = value.endsWith('==') ? 2 : value.endsWith('=') ? 1 : 0
    const bytes = Buffer.from(value, 'base64')
    // No integer, and so never equal, when the length is not a multiple of four.
    if (bytes.length === (value.length / 4) * 3 - padding) return bytes
  }
  const what = typeof value === 'string' ? quoted(value) : `a ${Array.isArray(value) ? 'array' : typeof value}`
  const message = `${where} must be base64 or null; it is ${what}.`
  throw new RestError(errorCode.notBase64, message)
}

function integer(value: unknown, where: string): number | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw shape(`${where} must be an integer from 0 to ${Number.MAX_SAFE_INTEGER}.`)
  }
  return value
}

const shape = (message: string) => new RestError(errorCode.unprocessable, message)
const unknownField = (where: string, field: string) =>
  shape(`${where} has a field ${quoted(field)} that is not known here.`)
