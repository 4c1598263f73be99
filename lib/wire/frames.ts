/**
 * Cuts a connection's bytes into frames: four bytes of length, then so many bytes. A frame that lies within one chunk is
 * a view of it; one that spans chunks is copied once, into a buffer of its length, never joined chunk by chunk (which
 * costs three times as much at 1 MB). A length alone takes no memory beyond `frameAtOnceBytesMax`: a longer frame's
 * buffer doubles as its bytes come, so that a peer is never given more than twice what it has sent.
 */
import { assert } from '../base/assert.ts'
import { frameAtOnceBytesMax } from '../base/limits.ts'
import { MalformedFrame } from './wire-errors.ts'
import { frameLengthBytes } from './wire-writer.ts'

export class FrameSplitter {
  readonly #frameBytesMax: number
  /** The length's bytes that have come, while it is incomplete. */
  #lengthValue = 0
  #lengthBytes = 0
  /** The frame under way, of `#frameBytes` bytes, of which `#filledBytes` have come. */
  #frame: Buffer | undefined
  #frameBytes = 0
  #filledBytes = 0
  #failed = false

  /** @param frameBytesMax the longest frame that is taken, without its length. */
  constructor(frameBytesMax: number) {
    this.#frameBytesMax = frameBytesMax
  }

  /** Memory that is held for a frame whose end has not come. */
  get pendingBytes(): number {
    return this.#frame?.length ?? 0
  }

  /**
   * The frames that a chunk completes, without their lengths. They may be views of the chunk, which is the splitter's now.
   * @throws MalformedFrame where a length is negative or too large; nothing after it can be read, the splitter is spent.
   */
  push(chunk: Buffer): Buffer[] {
    assert(!this.#failed, 'nothing is read after a length that is wrong')
    const frames: Buffer[] = []
    let at = 0
    while (at < chunk.length) {
      if (this.#frame !== undefined) {
        at = this.#fill(this.#frame, chunk, at, frames)
      } else if (this.#lengthBytes < frameLengthBytes) {
        this.#lengthValue = (this.#lengthValue << 8) | (chunk[at++] as number)
        if (++this.#lengthBytes === frameLengthBytes) at = this.#begin(chunk, at, frames)
      }
    }
    return frames
  }

  /** Takes a frame that lies here as a whole, or makes room for one. */
  #begin(chunk: Buffer, at: number, frames: Buffer[]): number {
    const length = this.#lengthValue
    this.#lengthValue = 0
    this.#lengthBytes = 0
    if (length < 0 || length > this.#frameBytesMax) {
      this.#failed = true
      throw new MalformedFrame(`a frame of ${length} bytes, where at most ${this.#frameBytesMax} are taken`)
    }
    if (length <= chunk.length - at) {
      frames.push(chunk.subarray(at, at + length))
      return at + length
    }
    this.#frameBytes = length
    this.#filledBytes = 0
    this.#frame = Buffer.allocUnsafeSlow(Math.min(length, frameAtOnceBytesMax))
    return at
  }

  #fill(frame: Buffer, chunk: Buffer, at: number, frames: Buffer[]): number {
    const filled = Math.min(this.#frameBytes - this.#filledBytes, chunk.length - at)
    const target = this.#room(frame, this.#filledBytes + filled)
    chunk.copy(target, this.#filledBytes, at, at + filled)
    this.#filledBytes += filled
    if (this.#filledBytes === this.#frameBytes) {
      frames.push(target)
      this.#frame = undefined
    }
    return at + filled
  }

  #room(frame: Buffer, needed: number): Buffer {
    if (needed <= frame.length) return frame
    const grown = Buffer.allocUnsafeSlow(Math.min(this.#frameBytes, Math.max(needed, 2 * frame.length)))
    frame.copy(grown, 0, 0, this.#filledBytes)
    this.#frame = grown
    return grown
  }
}
