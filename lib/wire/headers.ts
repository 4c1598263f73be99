/**
 * What stands before a message. A request's header has version 2 where its API's version is flexible, else 1; its client
 * id keeps the old two-byte length in both, so that a server can read the header of a version that it does not know. A
 * response's header has version 1 where the version is flexible, except that of ApiVersions, which always has version 0:
 * a client sends that request before it knows what the server speaks.
 */
import { decode } from './decode.ts'
import { encode } from './encode.ts'
import { type Api, field, int16, int32, type Message, nullable, string, struct } from './schema.ts'
import { covers } from './versions.ts'
import type { WireReader } from './wire-reader.ts'
import type { WireWriter } from './wire-writer.ts'

const requestFields = {
  requestApiKey: field('0+', int16),
  requestApiVersion: field('0+', int16),
  correlationId: field('0+', int32),
  clientId: field('1+', nullable(string)),
}
const noFields = struct({}).fields

export type RequestHeader = Message<typeof requestFields>

const apiVersionsKey = 18
const inflexible = { version: 1, flexible: false }
const flexible = { version: 2, flexible: true }

/** The header without its tagged fields, which only the version of the API tells the presence of. */
export const readRequestHeader = (reader: WireReader): RequestHeader => decode(requestFields, inflexible, reader)

export function skipRequestHeaderTags(reader: WireReader, api: Api, version: number): void {
  if (covers(api.flexible, version)) decode(noFields, flexible, reader)
}

export function writeRequestHeader(writer: WireWriter, api: Api, header: RequestHeader): void {
  encode(requestFields, inflexible, header, writer)
  if (covers(api.flexible, header.requestApiVersion)) encode(noFields, flexible, {}, writer)
}

const responseHasTags = (api: Api, version: number) => covers(api.flexible, version) && api.key !== apiVersionsKey

/** The correlation id. */
export function readResponseHeader(reader: WireReader, api: Api, version: number): number {
  const correlationId = reader.readInt32()
  if (responseHasTags(api, version)) decode(noFields, flexible, reader)
  return correlationId
}

export function writeResponseHeader(writer: WireWriter, api: Api, version: number, correlationId: number): void {
  writer.writeInt32(correlationId)
  if (responseHasTags(api, version)) encode(noFields, flexible, {}, writer)
}
