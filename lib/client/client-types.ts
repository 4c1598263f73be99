/**
 * What the client takes and gives. Keys, values and headers are bytes: a string that goes in is its UTF-8, and what comes
 * out is never decoded for you. Offsets and timestamps are safe integers (`lib/base/ids.ts` says why that is enough).
 */

/** A record to produce. */
export interface ProducerRecord {
  /** A string is its UTF-8. Absent and null are the same: a record without a key. */
  readonly key?: Uint8Array | string | null
  /** Null is a tombstone in a compacted topic. */
  readonly value: Uint8Array | string | null
  readonly headers?: readonly ProducerHeader[]
  /** Milliseconds since the epoch; absent: the time at which the cluster takes it. */
  readonly timestamp?: number
  /** Absent: the partitioner decides. */
  readonly partition?: number
}

/** A text is stored as UTF-8. */
export interface ProducerHeader {
  readonly key: string
  readonly value: Uint8Array | string | null
}

/** What happened to one record, in the order of the records. */
export type ProduceResult =
  /** Durable, at this offset, for ever. */
  | { readonly outcome: 'produced'; readonly partition: number; readonly offset: number }
  /** `acks: 0`: taken, and nothing more is known. */
  | { readonly outcome: 'accepted'; readonly partition: number }
  /** `retriable`: every try that was allowed has been used up, and it may yet have been stored. */
  | {
      readonly outcome: 'failed'
      readonly partition: number
      readonly errorCode: number
      readonly message: string
      readonly retriable: boolean
    }

export interface ProduceOptions {
  /** 0: the cluster answers before it has stored anything. Default `'all'`; 1 is the same here, as in a topic of one replica. */
  readonly acks?: 0 | 1 | 'all'
  readonly signal?: AbortSignal
}

/** A record as it was stored. */
export interface ConsumerRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Milliseconds since the epoch; -1: it has none. */
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly { readonly key: string; readonly value: Buffer | null }[]
}

/** Where to begin. A number is an offset; a timestamp finds the first record at or after it, or the end. */
export type StartPosition = 'earliest' | 'latest' | number | { readonly timestamp: number }

export interface ReadOptions {
  /** Default `'earliest'`. */
  readonly from?: StartPosition
  /** Go on waiting at the end. Default false: stop at the log end offset as it was at the start. */
  readonly follow?: boolean
  /** Bytes of one answer; default 1 MiB. The first record comes even when it is larger. */
  readonly maxBytes?: number
  readonly signal?: AbortSignal
}

export interface ReadOnceOptions {
  readonly offset: number
  readonly maxBytes?: number
  /** How long the cluster waits for a record at the end of the log: 0 to 25,000. Default 0. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** One answer; it may hold no record although there are more: go on at `nextOffset`. */
export interface ReadAnswer {
  readonly records: readonly ConsumerRecord[]
  /** Where to go on: after the last record, and after what no consumer sees (markers, compacted records). */
  readonly nextOffset: number
  readonly highWatermark: number
  readonly logStartOffset: number
}

export interface ConsumeOptions extends Omit<ReadOptions, 'from'> {
  /** Default `'earliest'`. One number is an offset in every partition; a map gives each its own. */
  readonly from?: StartPosition | ReadonlyMap<number, StartPosition>
  /** Default: all. */
  readonly partitions?: readonly number[]
}

/** `replicationFactor` is 1: durability is the store’s. */
export interface TopicDescription {
  readonly name: string
  readonly partitionsCount: number
  readonly replicationFactor: number
  readonly isInternal: boolean
}

/** `value` is text, as Kafka’s AdminClient has it; `isDefault`: nobody has set it. */
export interface TopicConfigEntry {
  readonly name: string
  readonly value: string | null
  readonly isDefault: boolean
}

/** Kafka’s bounds of a partition: the first offset that can be read, and the one after the last. */
export interface PartitionOffsets {
  readonly partition: number
  readonly logStartOffset: number
  readonly highWatermark: number
}

/** What a group has committed: `offset` is the next one it wants. */
export interface CommittedOffset {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly metadata?: string
}

export interface GroupDescription {
  readonly group: string
  /** Kafka's names: `EMPTY`, `STABLE`, `DEAD`, ... */
  readonly state: string
}

/** A consumer that is in a group now. */
export interface GroupMember {
  readonly memberId: string
  /** Of a static member (KIP-345). */
  readonly instanceId: string | null
  readonly clientId: string
}

/** How far a group is behind, in offsets: `lag` is `logEndOffset - currentOffset`, 0 at least. */
export interface GroupLag {
  readonly topic: string
  readonly partition: number
  readonly currentOffset: number
  readonly logEndOffset: number
  readonly lag: number
}

/** Where a reset puts a group; `shift` moves by records, either way, and stays within the log. */
export type ResetTarget = StartPosition | { readonly shift: number }
