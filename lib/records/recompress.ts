/**
 * Brings a batch to the codec that a topic asks for (`compression.type`). In a batch v2 nothing but the records' bytes
 * depends on the codec: offsets, timestamps and the producer stay as they are.
 */

import { crc32c } from '../base/crc32c.ts'
import { compress } from './codecs/compression.ts'
import {
  at,
  attribute,
  batchOverheadBytes,
  type Compression,
  compressions,
  logOverheadBytes,
  readHeader,
} from './header.ts'
import { decompressedRecords, type IterateOptions } from './iterate.ts'

/**
 * The same batch in another codec, or the very same bytes when it has that codec already. It may be larger than before:
 * `max.message.bytes` holds for the result. Throws `InvalidBatch` when the records cannot be decompressed.
 */
export function recompress(
  batch: Uint8Array,
  codec: Compression,
  options: IterateOptions & { readonly compressionLevel?: number } = {},
): Uint8Array {
  const header = readHeader(batch)
  if (header.compression === codec) return batch
  const records = decompressedRecords(batch, header, options.decompressedBytesMax)
  const content = codec === 'none' ? records : compress(codec, records, options.compressionLevel)
  const changed = new Uint8Array(batchOverheadBytes + content.length)
  changed.set(batch.subarray(0, batchOverheadBytes))
  changed.set(content, batchOverheadBytes)
  const view = new DataView(changed.buffer)
  view.setInt32(at.batchLength, changed.length - logOverheadBytes)
  view.setUint16(at.attributes, (header.attributes & ~attribute.compressionMask) | compressions.indexOf(codec))
  view.setUint32(at.crc, crc32c(changed, at.attributes))
  return changed
}
