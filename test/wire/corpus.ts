/** Frames to break: made ones in every version of every API, and recorded ones where they are. */
import fc from 'fast-check'
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse, openRequest } from '../../lib/wire/messages.ts'
import type { Api } from '../../lib/wire/schema.ts'
import { covers } from '../../lib/wire/versions.ts'
import { MalformedFrame } from '../../lib/wire/wire-errors.ts'
import { everyVersion, messageOf } from './arbitraries.ts'
import { recordedFrame, recordedPairs, recordedResponses } from './recorded.ts'

/** Without its length. */
export interface CorpusFrame {
  readonly name: string
  readonly bytes: Buffer
  /** Undefined for a request, whose header names its API. */
  readonly responseTo: { readonly api: Api; readonly version: number } | undefined
}

const sampleSeed = 20_261
const joined = (chunks: readonly Uint8Array[]) => Buffer.concat(chunks).subarray(4)

const madeFrames: readonly CorpusFrame[] = everyVersion.flatMap(({ name, api, version }) => {
  const flexible = covers(api.flexible, version)
  const sample = (fields: Api['request']) =>
    fc.sample(messageOf(fields, version, flexible), { numRuns: 2, seed: sampleSeed })
  const sender = { correlationId: 1, clientId: 'fuzz' }
  return [
    ...sample(api.request).map((message) => ({
      name: `${name} request`,
      bytes: joined(encodeRequest(api, version, sender, message)),
      responseTo: undefined,
    })),
    ...sample(api.response).map((message) => ({
      name: `${name} response`,
      bytes: joined(encodeResponse(api, version, 1, message)),
      responseTo: { api, version },
    })),
  ]
})

const recordedFrames: readonly CorpusFrame[] = [
  ...recordedPairs.map(({ request, requestTrailingBytes }) => {
    const bytes = recordedFrame(request)
    return {
      name: request,
      bytes: bytes.subarray(0, bytes.length - (requestTrailingBytes ?? 0)),
      responseTo: undefined,
    }
  }),
  ...recordedResponses.map(({ response, table, version }) => ({
    name: response,
    bytes: recordedFrame(response),
    responseTo: { api: table, version },
  })),
]

export const corpus: readonly CorpusFrame[] = [...madeFrames, ...recordedFrames]

/** What becomes of a frame's bytes. Anything but these three is an error of ours, and thrown. */
export function outcomeOf(frame: CorpusFrame, bytes: Buffer): 'decoded' | 'unsupported' | 'malformed' {
  try {
    if (frame.responseTo !== undefined) {
      decodeResponse(frame.responseTo.api, frame.responseTo.version, bytes)
      return 'decoded'
    }
    const opened = openRequest(bytes)
    if (opened.kind === 'unsupported') return 'unsupported'
    decodeRequest(opened.api, opened.header.requestApiVersion, opened.body)
    return 'decoded'
  } catch (error) {
    if (error instanceof MalformedFrame) return 'malformed'
    throw error
  }
}
