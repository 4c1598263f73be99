/**
 * xxHash32 with seed 0 (Cyan4973/xxHash, doc/xxhash_spec.md): the checksum of LZ4 frames, of two to fourteen bytes in
 * each header and, where a client asked for it, of blocks and content.
 */

const prime1 = 0x9e3779b1
const prime2 = 0x85ebca77
const prime3 = 0xc2b2ae3d
const prime4 = 0x27d4eb2f
const prime5 = 0x165667b1

/** The unsigned hash of `bytes` from `start` to `end`. */
export function xxhash32(bytes: Uint8Array, start: number, end: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let next = start
  let hash = prime5
  if (end - start >= 16) {
    let a = (prime1 + prime2) | 0
    let b = prime2 | 0
    let c = 0
    let d = -prime1 | 0
    for (; next + 16 <= end; next += 16) {
      a = round(a, view.getInt32(next, true))
      b = round(b, view.getInt32(next + 4, true))
      c = round(c, view.getInt32(next + 8, true))
      d = round(d, view.getInt32(next + 12, true))
    }
    hash = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18)
  }
  hash = (hash + (end - start)) | 0
  for (; next + 4 <= end; next += 4) {
    hash = Math.imul(rotate((hash + Math.imul(view.getInt32(next, true), prime3)) | 0, 17), prime4)
  }
  for (; next < end; next++) {
    hash = Math.imul(rotate((hash + Math.imul(view.getUint8(next), prime5)) | 0, 11), prime1)
  }
  hash = Math.imul(hash ^ (hash >>> 15), prime2)
  hash = Math.imul(hash ^ (hash >>> 13), prime3)
  return (hash ^ (hash >>> 16)) >>> 0
}

function round(lane: number, input: number): number {
  return Math.imul(rotate((lane + Math.imul(input, prime2)) | 0, 13), prime1)
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}
