/**
 * The footer of an object says which indexes could name it, so that a sweep can change those items before it deletes the
 * bytes. It lies behind the batches: JSON, then its length (4 B), then a mark (4 B). One ranged read of the object's end
 * finds it.
 */
import { type Offset, offset, type TopicId, topicId } from '../base/ids.ts'

const mark = Buffer.from('GRG1', 'latin1')
const trailerBytes = 4 + mark.length

/** Where one partition's batches lie in an object, and the log end offset that their writer saw before its first try. */
export interface FooterEntry {
  readonly topicId: TopicId
  readonly partition: number
  /** The pointer, if it ever lands, lands at or after this offset: a sweep looks from here on. */
  readonly seenNext: Offset
}

export function encodeFooter(entries: readonly FooterEntry[]): Buffer {
  const json = Buffer.from(JSON.stringify(entries.map((entry) => [entry.topicId, entry.partition, entry.seenNext])))
  const length = Buffer.allocUnsafe(4)
  length.writeUInt32BE(json.length)
  return Buffer.concat([json, length, mark])
}

/** Reads the footer from an object's last bytes. `more`: that many bytes from the end are needed. */
export function parseFooter(end: Uint8Array): { entries: FooterEntry[] } | { more: number } | { corrupt: string } {
  const view = Buffer.from(end.buffer, end.byteOffset, end.byteLength)
  if (view.length < trailerBytes || !view.subarray(-mark.length).equals(mark)) return { corrupt: 'no mark at the end' }
  const length = view.readUInt32BE(view.length - trailerBytes)
  if (view.length < length + trailerBytes) return { more: length + trailerBytes }
  const json = view.subarray(view.length - trailerBytes - length, view.length - trailerBytes).toString()
  try {
    const entries = JSON.parse(json) as [string, number, number][]
    return {
      entries: entries.map(([id, partition, seenNext]) => ({
        topicId: topicId(id),
        partition,
        seenNext: offset(seenNext),
      })),
    }
  } catch (cause) {
    return { corrupt: cause instanceof Error ? cause.message : 'not JSON' }
  }
}
