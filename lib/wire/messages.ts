/**
 * Whole frames: a header and a message. A request is opened first, which reads its header and finds its API, and decoded
 * then by whoever serves that API, so that its message has that API's type. A frame that is decoded has no length before
 * it (`frames.ts` took it off), one that is encoded has.
 */
import { assert } from '../base/assert.ts'
import { apiByKey } from './apis.ts'
import { decode } from './decode.ts'
import { encode } from './encode.ts'
import {
  type RequestHeader,
  readRequestHeader,
  readResponseHeader,
  skipRequestHeaderTags,
  writeRequestHeader,
  writeResponseHeader,
} from './headers.ts'
import type { Api, RequestInput, RequestOf, ResponseInput, ResponseOf } from './schema.ts'
import { covers } from './versions.ts'
import { WireReader } from './wire-reader.ts'
import { WireWriter } from './wire-writer.ts'

/** A request whose header was read. `body` stands at its message, and is read once. */
export type OpenedRequest =
  | { readonly kind: 'request'; readonly header: RequestHeader; readonly api: Api; readonly body: WireReader }
  /** The API has no table, or its table not this version: `api` is there in the second case. */
  | { readonly kind: 'unsupported'; readonly header: RequestHeader; readonly api: Api | undefined }

/** @throws MalformedFrame */
export function openRequest(frame: Buffer): OpenedRequest {
  const body = new WireReader(frame)
  const header = readRequestHeader(body)
  const api = apiByKey(header.requestApiKey)
  if (api === undefined || !covers(api.versions, header.requestApiVersion)) return { kind: 'unsupported', header, api }
  skipRequestHeaderTags(body, api, header.requestApiVersion)
  return { kind: 'request', header, api, body }
}

const context = (api: Api, version: number) => {
  assert(covers(api.versions, version), `${api.name} has no version ${version}`)
  return { version, flexible: covers(api.flexible, version) }
}

/** The message of a request that was opened as one of `api`. @throws MalformedFrame */
export function decodeRequest<A extends Api>(api: A, version: number, body: WireReader): RequestOf<A> {
  return decode(api.request as A['request'], context(api, version), body)
}

/** A frame with its length, in pieces that follow each other. @throws UnencodableMessage */
export function encodeResponse<A extends Api>(
  api: A,
  version: number,
  correlationId: number,
  response: ResponseInput<A>,
): Uint8Array[] {
  const writer = new WireWriter()
  writeResponseHeader(writer, api, version, correlationId)
  encode(api.response as A['response'], context(api, version), response, writer)
  return writer.finish()
}

/** What a client sends: a frame with its length, in pieces. @throws UnencodableMessage */
export function encodeRequest<A extends Api>(
  api: A,
  version: number,
  sender: { readonly correlationId: number; readonly clientId: string | null },
  request: RequestInput<A>,
): Uint8Array[] {
  const writer = new WireWriter()
  writeRequestHeader(writer, api, { requestApiKey: api.key, requestApiVersion: version, ...sender })
  encode(api.request as A['request'], context(api, version), request, writer)
  return writer.finish()
}

/** What a client receives. @throws MalformedFrame */
export function decodeResponse<A extends Api>(
  api: A,
  version: number,
  frame: Buffer,
): { readonly correlationId: number; readonly response: ResponseOf<A> } {
  const reader = new WireReader(frame)
  const correlationId = readResponseHeader(reader, api, version)
  return { correlationId, response: decode(api.response as A['response'], context(api, version), reader) }
}
