/** Bytes to lines, without decoding: what is between two line feeds is a value as it stands. */
import { maxMessageBytesMax } from '../base/limits.ts'
import { Failure } from './failure.ts'

const lineFeed = 10
const carriageReturn = 13

/**
 * The lines of a stream of bytes, those of one chunk together, without their line feed (and the carriage return before
 * it). A last line without a line feed counts. A line is at most as long as the largest record may be.
 */
export async function* lines(chunks: AsyncIterable<Uint8Array | string>): AsyncGenerator<Buffer[], void, undefined> {
  let rest: Buffer[] = []
  let restBytes = 0
  for await (const chunk of chunks) {
    const bytes =
      typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    const found: Buffer[] = []
    let start = 0
    for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, start)) {
      const piece = bytes.subarray(start, end)
      found.push(line(rest.length === 0 ? piece : Buffer.concat([...rest, piece])))
      rest = []
      restBytes = 0
      start = end + 1
    }
    if (start < bytes.length) {
      rest.push(bytes.subarray(start))
      restBytes += bytes.length - start
      if (restBytes > maxMessageBytesMax) throw tooLong()
    }
    if (found.length > 0) yield found
  }
  if (rest.length > 0) yield [line(Buffer.concat(rest))]
}

const line = (bytes: Buffer): Buffer => (bytes.at(-1) === carriageReturn ? bytes.subarray(0, -1) : bytes)

const tooLong = () =>
  new Failure(`A line is longer than a record may be (${maxMessageBytesMax} bytes).`, {
    nextStep: 'Is the input text with a record a line?',
  })
