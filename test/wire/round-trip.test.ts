/** What is encoded decodes to the same, in every version of every API, both ways. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse, openRequest } from '../../lib/wire/messages.ts'
import { struct } from '../../lib/wire/schema.ts'
import { covers } from '../../lib/wire/versions.ts'
import { completed, everyVersion, messageOf } from './arbitraries.ts'

const sender = { correlationId: 7, clientId: 'a client' }
const numRuns = 30

const joined = (chunks: readonly Uint8Array[]): Buffer => {
  const frame = Buffer.concat(chunks)
  expect(frame.readInt32BE(0)).toBe(frame.length - 4)
  return frame.subarray(4)
}

describe('every version of every API', () => {
  test('there are some', () => {
    expect(everyVersion.length).toBeGreaterThan(200)
  })

  test('a request comes back as it was sent, to its last byte', () => {
    for (const { name, api, version } of everyVersion) {
      const messages = messageOf(api.request, version, covers(api.flexible, version))
      const property = fc.property(messages, (message) => {
        const opened = openRequest(joined(encodeRequest(api, version, sender, message)))
        if (opened.kind !== 'request') throw new Error(`${name} is not opened`)
        expect(opened.header).toMatchObject({ requestApiKey: api.key, requestApiVersion: version, ...sender })
        const decoded = decodeRequest(api, version, opened.body)
        expect(decoded, name).toEqual(completed(struct(api.request), message))
        expect(opened.body.position, name).toBe(opened.body.end)
        expect(joined(encodeRequest(api, version, sender, decoded)).equals(opened.body.bytes), name).toBe(true)
      })
      fc.assert(property, { numRuns })
    }
  })

  test('a response comes back as it was sent, to its last byte', () => {
    for (const { name, api, version } of everyVersion) {
      const messages = messageOf(api.response, version, covers(api.flexible, version))
      const property = fc.property(messages, fc.integer(), (message, correlationId) => {
        const frame = joined(encodeResponse(api, version, correlationId, message))
        const decoded = decodeResponse(api, version, frame)
        expect(decoded.correlationId, name).toBe(correlationId)
        expect(decoded.response, name).toEqual(completed(struct(api.response), message))
        expect(joined(encodeResponse(api, version, correlationId, decoded.response)).equals(frame), name).toBe(true)
      })
      fc.assert(property, { numRuns })
    }
  })
})
