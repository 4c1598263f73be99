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

/** Memory for frames that are not views of what was read. */
export interface FrameRoom {
  /**
   * Memory for a frame of `length` bytes that begins with `head` (which may be shorter than it will be), or for a part of one:
   * memory that is not held yet at most for `freshBytesMax`.
   */
  take(length: number, head: Uint8Array, freshBytesMax: number): Buffer
  /** The frame has moved, or nobody wants it. */
  giveBack(frame: Buffer): void
}

export class FrameSplitter {
  readonly #frameBytesMax: number
  readonly #room: FrameRoom | undefined
  /** The length's bytes that have come, while it is incomplete. */
  #lengthValue = 0
  #lengthBytes = 0
  /** The frame under way, of `#frameBytes` bytes, of which `#filledBytes` have come. */
  #frame: Buffer | undefined
  #frameBytes = 0
  #filledBytes = 0
  #failed = false

  /**
   * @param frameBytesMax the longest frame that is taken, without its length
   * @param room where frames lie; chunks are then the caller's again after each `push`
   */
  constructor(frameBytesMax: number, room?: FrameRoom) {
    this.#frameBytesMax = frameBytesMax
    this.#room = room
  }

  /** Memory that is held for a frame whose end has not come. */
  get pendingBytes(): number {
    return this.#frame?.length ?? 0
  }

  /**
   * Where what comes next of the frame under way belongs: who reads it right there says so by `filled`, and saves a copy.
   * Never empty; `undefined` between frames.
   */
  get rest(): Buffer | undefined {
    if (this.#frame === undefined) return undefined
    return this.#grown(this.#frame, this.#filledBytes + 1).subarray(this.#filledBytes)
  }

  /** So many bytes were put where `rest` said. Answers the frame, where they complete it. */
  filled(bytes: number): Buffer | undefined {
    const frame = this.#frame
    assert(frame !== undefined && this.#filledBytes + bytes <= frame.length, 'more bytes than there was room for')
    this.#filledBytes += bytes
    if (this.#filledBytes < this.#frameBytes) return undefined
    this.#frame = undefined
    return frame
  }

  /**
   * The frames that a chunk completes, without their lengths. Without a room they may be views of the chunk, which is the
   * splitter's now.
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
      frames.push(this.#owned(chunk.subarray(at, at + length)))
      return at + length
    }
    this.#frameBytes = length
    this.#filledBytes = 0
    this.#frame = this.#fresh(length, chunk.subarray(at), frameAtOnceBytesMax)
    return at
  }

  #owned(frame: Buffer): Buffer {
    if (this.#room === undefined) return frame
    const own = this.#room.take(frame.length, frame, frame.length)
    frame.copy(own)
    return own
  }

  #fresh(length: number, head: Uint8Array, freshBytesMax: number): Buffer {
    return this.#room?.take(length, head, freshBytesMax) ?? Buffer.allocUnsafeSlow(Math.min(length, freshBytesMax))
  }

  #fill(frame: Buffer, chunk: Buffer, at: number, frames: Buffer[]): number {
    const filled = Math.min(this.#frameBytes - this.#filledBytes, chunk.length - at)
    const target = this.#grown(frame, this.#filledBytes + filled)
    chunk.copy(target, this.#filledBytes, at, at + filled)
    this.#filledBytes += filled
    if (this.#filledBytes === this.#frameBytes) {
      frames.push(target)
      this.#frame = undefined
    }
    return at + filled
  }

  #grown(frame: Buffer, needed: number): Buffer {
    if (needed <= frame.length) return frame
    const length = Math.min(this.#frameBytes, Math.max(needed, 2 * frame.length))
    const grown = this.#fresh(length, frame, length)
    frame.copy(grown, 0, 0, this.#filledBytes)
    this.#room?.giveBack(frame)
    this.#frame = grown
    return grown
  }
}
