/** A record as a line: its value for people, all of it as JSON for programs. */
import { isUtf8 } from 'node:buffer'
import type { ConsumerRecord } from '../client/client-types.ts'

export type RecordFormat =
  | { readonly json: true }
  /** Without a separator the key is not printed. */
  | { readonly json: false; readonly keySeparator: string | undefined }

const lineFeed = Buffer.from('\n')

/** The line with its line feed. Bytes of keys and values stay as they are; a null value is an empty line. */
export function recordLine(record: ConsumerRecord, format: RecordFormat): Buffer {
  if (format.json) return Buffer.from(`${JSON.stringify(asJson(record))}\n`)
  const value = record.value ?? Buffer.alloc(0)
  if (format.keySeparator === undefined) return Buffer.concat([value, lineFeed])
  return Buffer.concat([record.key ?? Buffer.alloc(0), Buffer.from(format.keySeparator), value, lineFeed])
}

const asJson = (record: ConsumerRecord) => ({
  topic: record.topic,
  partition: record.partition,
  offset: record.offset,
  timestamp: record.timestamp,
  ...bytesAs('key', record.key),
  ...bytesAs('value', record.value),
  headers: record.headers.map((header) => ({ key: header.key, ...bytesAs('value', header.value) })),
})

/** Text where the bytes are text, else base64 under a name that says so: nothing is replaced or lost. */
const bytesAs = (name: string, bytes: Buffer | null): Record<string, string | null> =>
  bytes === null || isUtf8(bytes)
    ? { [name]: bytes?.toString() ?? null }
    : { [`${name}Base64`]: bytes.toString('base64') }
