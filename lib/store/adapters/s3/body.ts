/** Bodies: one copy on the way out, none but into the buffer of the answer on the way in. */
import type { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'

/** The chunks as one body. A single chunk is sent as it is. */
export function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [first] = chunks
  if (chunks.length === 1 && first !== undefined) return first
  let length = 0
  for (const chunk of chunks) length += chunk.length
  const body = Buffer.allocUnsafeSlow(length)
  let position = 0
  for (const chunk of chunks) {
    body.set(chunk, position)
    position += chunk.length
  }
  return body
}

/**
 * The value of `x-amz-checksum-crc32`. S3 stores nothing whose bytes do not match it. CRC32 and not CRC32C, because
 * Node has the former in native code: 5 GB/s.
 */
export function checksum(body: Uint8Array): string {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32BE(crc32(body))
  return bytes.toString('base64')
}

/** Reads `body` into memory of its own. Throws when it has more or less than `length` bytes, or when aborted. */
export function readBody(body: Readable, length: number, signal: AbortSignal): Promise<Uint8Array> {
  const { buffer } = Buffer.allocUnsafeSlow(length)
  const bytes = new Uint8Array(buffer)
  let filled = 0
  return new Promise((resolve, reject) => {
    const abort = () => body.destroy(new Error('the body of an answer took too long'))
    signal.addEventListener('abort', abort, { once: true })
    body.on('data', (chunk: Uint8Array) => {
      if (filled + chunk.length <= length) bytes.set(chunk, filled)
      filled += chunk.length
    })
    body.on('error', reject)
    body.once('close', () => {
      signal.removeEventListener('abort', abort)
      if (body.readableEnded && filled === length) resolve(bytes)
      else reject(new Error(`the body of an answer had ${filled} of ${length} bytes`))
    })
    if (signal.aborted) abort()
  })
}
