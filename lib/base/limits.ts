/**
 * Every limit in one place, with how it was derived. What grows without one of these is a defect.
 */

const KiB = 1024
const MiB = 1024 * KiB

// --- stores -----------------------------------------------------------------------------------------------------------

/** DynamoDB: an item, names and values, is at most 400 KB. Every adapter refuses more, so that all behave alike. */
export const itemBytesMax = 400 * KiB
/** DynamoDB: one page of a query carries at most 1 MB of items. */
export const queryPageBytesMax = MiB
/** DynamoDB: BatchGetItem takes at most 100 keys; S3: DeleteObjects at most 1,000, ListObjectsV2 answers at most 1,000. */
export const batchGetKeysMax = 100
export const objectDeleteKeysMax = 1_000
export const objectListMax = 1_000
/** DynamoDB: one write unit is 1 KiB, one strong read unit 4 KiB. */
export const writeUnitBytes = KiB
export const readUnitBytes = 4 * KiB

// --- records ----------------------------------------------------------------------------------------------------------

/** Kafka's default of `max.message.bytes` (1 MiB and the 12 bytes of log overhead). */
export const maxMessageBytesDefault = MiB + 12
/** The largest `max.message.bytes` a topic may ask for: fits one flush, one frame and one range read. */
export const maxMessageBytesMax = 64 * MiB
/** What one batch may become when it is decompressed: 32 times the default batch; a bomb is refused here. */
export const decompressedBytesMax = 256 * MiB

// --- topics -----------------------------------------------------------------------------------------------------------

/** Kafka's own rule (`Topic.MAX_NAME_LENGTH`), which leaves room for a partition's folder name. */
export const topicNameLengthMax = 249
/** Stated in the design; a topic's item does not grow with it, heads are made when first written to. */
export const partitionsPerTopicMax = 10_000
