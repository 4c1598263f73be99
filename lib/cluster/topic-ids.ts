/**
 * Topic ids: Kafka's UUIDs as 22 characters of base64url. They are random, so none is used twice; every item and object
 * of a topic is filed under its id, so a new topic of an old name shares nothing with the old one.
 */
import { assert } from '../base/assert.ts'
import type { Entropy } from '../base/entropy.ts'
import { type TopicId, topicId } from '../base/ids.ts'
import { topicIdDrawsMax } from '../base/limits.ts'

/** `Uuid.ZERO_UUID` (no id) and `Uuid.ONE_UUID` (the metadata topic) have a meaning of their own in Kafka's protocol. */
const reserved: ReadonlySet<string> = new Set(['AAAAAAAAAAAAAAAAAAAAAA', 'AAAAAAAAAAAAAAAAAAAAAQ'])

/**
 * A fresh random UUID (version 4, RFC 9562). As in Kafka's `Uuid.randomUuid` it never begins with '-', which a command
 * line would read as an option, and is none of the reserved ones.
 */
export function randomUuid(entropy: Entropy): TopicId {
  for (let draw = 0; draw < topicIdDrawsMax; draw++) {
    const bytes = entropy.bytes(16)
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
    const text = Buffer.from(bytes).toString('base64url')
    if (!text.startsWith('-') && !reserved.has(text)) return topicId(text)
  }
  assert(false, 'the source of randomness repeats itself')
}
