/**
 * gzip and zstd by Node's zlib. It hands out chunks and counts them against `maxOutputLength`, so a bomb costs at most
 * the limit and one chunk.
 */
import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { Codec } from '../header.ts'
import { bomb, malformed } from './refusals.ts'

/** Larger chunks cost memory for small batches, smaller ones time for large ones. */
const chunkBytesMin = 4 * 1024
const chunkBytesMax = 1024 * 1024
/** What text shrinks to at best, usually: then the first chunk is the only one. */
const usualRatio = 4

/** `level` 1 to 9; -1 is zlib's default, and ours. */
export function compressGzip(bytes: Uint8Array, level = -1): Uint8Array {
  return gzipSync(bytes, { level, chunkSize: chunkBytes(bytes.length) })
}

/** `level` -131,072 to 22; default 3, as in Kafka. */
export function compressZstd(bytes: Uint8Array, level = 3): Uint8Array {
  return zstdCompressSync(bytes, {
    chunkSize: chunkBytes(bytes.length),
    pledgedSrcSize: bytes.length,
    params: { [constants.ZSTD_c_compressionLevel]: level },
  })
}

/** Throws `InvalidBatch`: `too-large` past `bytesMax`, else `invalid`. */
export function decompressGzip(bytes: Uint8Array, bytesMax: number): Uint8Array {
  return limited('gzip', bytesMax, () => gunzipSync(bytes, decompressOptions(bytes.length, bytesMax)))
}

/** Throws `InvalidBatch`: `too-large` past `bytesMax`, else `invalid`. */
export function decompressZstd(bytes: Uint8Array, bytesMax: number): Uint8Array {
  return limited('zstd', bytesMax, () => zstdDecompressSync(bytes, decompressOptions(bytes.length, bytesMax)))
}

/** Node takes no limit of 0, so nothing but the result's length can refuse the one byte too many then. */
function decompressOptions(bytes: number, bytesMax: number) {
  return { maxOutputLength: Math.max(1, bytesMax), chunkSize: chunkBytes(Math.min(bytes * usualRatio, bytesMax)) }
}

function chunkBytes(expected: number): number {
  return Math.max(chunkBytesMin, Math.min(expected, chunkBytesMax))
}

function limited(codec: Codec, bytesMax: number, decompress: () => Uint8Array): Uint8Array {
  const result = decompressed(codec, bytesMax, decompress)
  if (result.length > bytesMax) throw bomb(codec, bytesMax)
  // As the other codecs answer: a Buffer's slice is another thing than that of a Uint8Array.
  return new Uint8Array(result.buffer, result.byteOffset, result.length)
}

function decompressed(codec: Codec, bytesMax: number, decompress: () => Uint8Array): Uint8Array {
  try {
    return decompress()
  } catch (error) {
    if (error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
      throw bomb(codec, bytesMax)
    }
    throw malformed(codec, error instanceof Error ? error.message : String(error), error)
  }
}
