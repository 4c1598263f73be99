/**
 * Records as JSON, written as text: values that are JSON already are checked and put in as they are, so what is read is
 * exactly what was stored, to the last digit, and nothing is parsed only to be written again.
 *
 * In the JSON format bytes that are JSON are that JSON, other UTF-8 is a JSON string, and anything else cannot be given.
 */
import { isUtf8 } from 'node:buffer'
import type { KafkaRecord } from '../records/iterate.ts'
import type { RecordFormat } from './media-types.ts'

/** The record's JSON; `not-text`: its key or value is neither JSON nor UTF-8, ask for the binary format. */
export function recordJson(
  record: KafkaRecord,
  place: { readonly topic: string; readonly partition: number },
  format: RecordFormat,
): string | 'not-text' {
  const key = format === 'binary' ? base64Json(record.key) : textJson(record.key)
  const value = format === 'binary' ? base64Json(record.value) : textJson(record.value)
  if (key === undefined || value === undefined) return 'not-text'
  const headers = record.headers.map(
    (header) => `{"key":${JSON.stringify(header.key)},"value":${base64Json(header.value)}}`,
  )
  // A topic's name needs no escapes.
  return `{"topic":"${place.topic}","partition":${place.partition},"offset":${record.offset},"timestamp":${record.timestamp},"key":${key},"value":${value},"headers":[${headers.join(',')}]}`
}

function base64Json(bytes: Uint8Array | null): string {
  return bytes === null ? 'null' : `"${bufferOf(bytes).toString('base64')}"`
}

function textJson(bytes: Uint8Array | null): string | undefined {
  if (bytes === null) return 'null'
  if (!isUtf8(bytes)) return undefined
  const text = bufferOf(bytes).toString()
  return isJson(text) ? text : JSON.stringify(text)
}

/** Most text that is not JSON is told by its first character, which spares the cost of an exception. */
const mayBeJson = /^[\t\n\r ]*[[{"\-0-9tfn]/

function isJson(text: string): boolean {
  if (!mayBeJson.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    // The one question here is whether it parses.
    return false
  }
}

const bufferOf = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
