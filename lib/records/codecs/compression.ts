/**
 * The four codecs of Kafka behind two functions. A decompressor is handed hostile bytes: each refuses before it holds
 * more than `bytesMax`, and answers `InvalidBatch` (`too-large` or `invalid`) for whatever is wrong, never less.
 * Nothing native is needed, so that function bundles can carry all of it: gzip and zstd are Node's own.
 */
import { unreachable } from '../../base/assert.ts'
import type { Codec } from '../header.ts'
import { compressLz4, decompressLz4 } from './lz4-frame.ts'
import { compressSnappy, decompressSnappy } from './snappy-framing.ts'
import { compressGzip, compressZstd, decompressGzip, decompressZstd } from './zlib.ts'

/**
 * Compresses as Kafka's Java client does, so that every client reads it. `level` is that of `compression.gzip.level`
 * and `compression.zstd.level` (KIP-390); the others have none here.
 */
export function compress(codec: Codec, bytes: Uint8Array, level?: number): Uint8Array {
  switch (codec) {
    case 'gzip':
      return compressGzip(bytes, level)
    case 'snappy':
      return compressSnappy(bytes)
    case 'lz4':
      return compressLz4(bytes)
    case 'zstd':
      return compressZstd(bytes, level)
    default:
      return unreachable(codec)
  }
}

/** The bytes that were compressed, at most `bytesMax` of them. Throws `InvalidBatch`. */
export function decompress(codec: Codec, bytes: Uint8Array, bytesMax: number): Uint8Array {
  switch (codec) {
    case 'gzip':
      return decompressGzip(bytes, bytesMax)
    case 'snappy':
      return decompressSnappy(bytes, bytesMax)
    case 'lz4':
      return decompressLz4(bytes, bytesMax)
    case 'zstd':
      return decompressZstd(bytes, bytesMax)
    default:
      return unreachable(codec)
  }
}
