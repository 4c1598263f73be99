/**
 * CRC32C (Castagnoli), the checksum of record batches. Here is the portable one, which function bundles carry: sixteen
 * tables, sixteen bytes a step read as words, 2.7 GB/s where it was measured. Processes that can load a native module
 * install it with `useNativeCrc32c`; it wins from about 256 bytes on (8 GB/s at 1 MB), below that its call costs more.
 */

/** Filled with the first checksum: a process that needs none starts sooner. */
const tables = new Int32Array(16 * 256)
const isLittleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1
/** Where native code and portable code took the same time. */
const nativeBytesMin = 256

let native: ((bytes: Uint8Array) => number) | undefined

/** The unsigned checksum of `bytes` from `start` to `end`. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  if (native !== undefined && end - start >= nativeBytesMin) return native(bytes.subarray(start, end))
  return portableCrc32c(bytes, start, end)
}

/** Replaces the code for long inputs, for the whole process; `undefined` brings the portable code back. */
export function installCrc32c(implementation: ((bytes: Uint8Array) => number) | undefined): void {
  native = implementation
}

export function portableCrc32c(bytes: Uint8Array, start: number, end: number): number {
  if (tables[1] === 0) fillTables()
  let crc = -1
  let next = start
  // Words must begin at a multiple of four in the underlying buffer.
  for (; next < end && ((bytes.byteOffset + next) & 3) !== 0; next++) crc = step(crc, bytes[next] as number)
  const wordCount = isLittleEndian ? ((end - next) >>> 4) * 4 : 0
  if (wordCount > 0) {
    crc = stepWords(crc, new Int32Array(bytes.buffer, bytes.byteOffset + next, wordCount))
    next += wordCount * 4
  }
  for (; next < end; next++) crc = step(crc, bytes[next] as number)
  return ~crc >>> 0
}

function step(crc: number, byte: number): number {
  return (crc >>> 8) ^ (tables[(crc ^ byte) & 0xff] as number)
}

/** Four words a turn: table k holds what a byte contributes when k more bytes follow it. */
function stepWords(start: number, words: Int32Array): number {
  let crc = start
  for (let index = 0; index < words.length; index += 4) {
    const a = crc ^ (words[index] as number)
    const b = words[index + 1] as number
    const c = words[index + 2] as number
    const d = words[index + 3] as number
    crc =
      (tables[3840 + (a & 0xff)] as number) ^
      (tables[3584 + ((a >>> 8) & 0xff)] as number) ^
      (tables[3328 + ((a >>> 16) & 0xff)] as number) ^
      (tables[3072 + (a >>> 24)] as number) ^
      (tables[2816 + (b & 0xff)] as number) ^
      (tables[2560 + ((b >>> 8) & 0xff)] as number) ^
      (tables[2304 + ((b >>> 16) & 0xff)] as number) ^
      (tables[2048 + (b >>> 24)] as number) ^
      (tables[1792 + (c & 0xff)] as number) ^
      (tables[1536 + ((c >>> 8) & 0xff)] as number) ^
      (tables[1280 + ((c >>> 16) & 0xff)] as number) ^
      (tables[1024 + (c >>> 24)] as number) ^
      (tables[768 + (d & 0xff)] as number) ^
      (tables[512 + ((d >>> 8) & 0xff)] as number) ^
      (tables[256 + ((d >>> 16) & 0xff)] as number) ^
      (tables[d >>> 24] as number)
  }
  return crc
}

function fillTables(): void {
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
    tables[byte] = crc
  }
  for (let index = 256; index < tables.length; index++) {
    const previous = tables[index - 256] as number
    tables[index] = (previous >>> 8) ^ (tables[previous & 0xff] as number)
  }
}
