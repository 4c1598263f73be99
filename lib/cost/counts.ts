/**
 * How many store calls and units the operations of a cluster cost. Each number is counted by `test/cost` on the real log,
 * functions and janitor, so that one that drifts makes a test red; what cannot be counted without AWS (times of functions,
 * bytes of log lines) is at the end and says where it comes from.
 */
import {
  brokerHeartbeatIntervalMsDefault,
  consolidateAgeMsMin,
  consolidateBytesMin,
  hedgeQuantile,
  inlineUnitsMaxDefault,
  janitorQuietPauseMsMax,
  janitorRoundPauseMs,
  janitorSweepPauseMs,
  longPollMsMax,
  objectPartBytes,
  readUnitBytes,
  segmentBytesMax as segmentBytesLimit,
  sweepAgeMsMin,
  topicCacheMsMax,
  viewAgeMsMax,
  watchPauseMsMax,
  watchPauseMsMin,
  writeUnitBytes,
} from '../base/limits.ts'

// --- bytes -----------------------------------------------------------------------------------------------------------

/** Of a record batch v2 around its records, and of a record around its key and value. */
export const batchHeaderBytes = 61
export const recordOverheadBytes = 9
/** Keys, attribute names and the number beside the bytes of an inline item. */
export const inlineOverheadBytes = 100
/** One pointer in a page, as an item: a page of 17 pointers has about 700 bytes. */
export const pagePointerBytes = 40

// --- calls of S3 ------------------------------------------------------------------------------------------------------

/** Puts and gets that are slow are sent twice (`store/hedged.ts`): a twentieth, and a tenth more for how roughly that is learnt. */
export const hedgedShare = (1 - hedgeQuantile) * 1.1

// --- writing ---------------------------------------------------------------------------------------------------------

/** Pointers that one page takes from a head: a write unit, and no more, since its drop goes with an append. */
export const pointersPerPage = 17
/** Write units of a head's update. */
export const headUnits = 1
/** What an instance reads anew when it is older than `topicCacheMsMax`: the topic, and two items of broker configs. */
export const cachedReadUnits = 1.5
export const cacheMs = topicCacheMsMax
/** A head that was not seen for so long is read again, strongly. */
export const viewMs = viewAgeMsMax
/** A flush of at most so many write units lies in DynamoDB. */
export const inlineUnitsMax = inlineUnitsMaxDefault

// --- reading ---------------------------------------------------------------------------------------------------------

/** The head, strongly consistent, when a read begins. */
export const headReadUnits = 1
/** Each look of a long poll at the head, and each inline item of up to 4 KiB. */
export const eventualUnits = 0.5
export const pollFirstMs = watchPauseMsMin
export const pollPauseMsMax = watchPauseMsMax
export const longPollMs = longPollMsMax
/** A commit reads the topic, the group and its fence, and writes one item. */
export const commitReadUnits = 4.5
export const commitWriteUnits = 1
/** Kafka's default of `auto.commit.interval.ms`. */
export const commitIntervalMs = 5_000
/** A commit that reaches a gateway is the same item. */
export const gatewayCommitWriteUnits = 1

// --- cleaning up -----------------------------------------------------------------------------------------------------

export const roundMs = janitorRoundPauseMs
/** Between rounds where nothing happens; the calls in between are one strong read each. */
export const quietRoundMs = janitorQuietPauseMsMax
export const lookReadUnits = 1
export const sweepMs = janitorSweepPauseMs
/** The cursor, at the end of a step, and of a phase that was dear. */
export const roundWriteUnits = 1
/** Cursor, topics, deleted topics. */
export const roundReadUnits = 5
/** Of each partition that has records: head, index, and what may have expired. */
export const partitionRoundReadUnits = 9
/** A page is rewritten when it is consolidated, and deleted when it has expired. */
export const pageCleaningUnits = 2
/** An inline item is deleted at its size, and read twice: strongly to be consolidated, in a query to be swept. */
export const inlineReads = { strong: 1, eventual: 1 } as const
/** A GET for each of its partitions to consolidate an object at most (neighbours in one object may share one), and one to sweep it. */
export const consolidationGetsPerPointer = 1
export const sweepGetsPerObject = 1
/** An object lies twice until it is swept: a day, and half the pause between two sweeps on average. */
export const garbageMs = sweepAgeMsMin + sweepMs / 2
/** A segment is written when so much of a partition has gathered, or what has is so old. */
export const segmentBytesMin = consolidateBytesMin
export const segmentAgeMs = consolidateAgeMsMin
export const segmentBytesMax = segmentBytesLimit
/** Parts of a segment's upload are requests; a small segment is one. */
export const partBytes = objectPartBytes
export const writeUnitSize = writeUnitBytes
export const readUnitSize = readUnitBytes

// --- gateways --------------------------------------------------------------------------------------------------------

/** A gateway renews its lease, a write unit, and looks at the others, half a read unit. */
export const leaseMs = brokerHeartbeatIntervalMsDefault
export const leaseWriteUnits = 1
export const leaseReadUnits = 0.5

// --- assumed ---------------------------------------------------------------------------------------------------------

/** GB of memory of the functions, as `cdk/` makes them. */
export const functionGb = { produce: 0.5, fetch: 0.5, commit: 0.25, janitor: 0.5 } as const
/** Near the medians of `npm run bench:latency`, which rest on assumed distributions, with 10 to 20 ms for the function's own work. */
export const produceMs = { inline: 25, object: 60 } as const
export const fetchMs = { inline: 25, object: 45 } as const
export const commitMs = 30
export const bytesPerMs = 50_000
/** A round that finds nothing to do, and what consolidation reads and writes in a second with half a gigabyte of memory. */
export const roundWorkMs = 300
export const lookMs = 30
export const consolidationBytesPerSecond = 30_000_000
/** A line of the access log, of ten fields, and its 26 bytes of overhead. */
export const accessLogBytes = 450
/** The line of metrics (EMF) of each call of a function; CloudWatch's ten free metrics are enough for a cluster over HTTP. */
export const metricsLogBytes = 450
/** API Gateway counts an HTTP API's requests in pieces of this size. */
export const apiCallBytes = 512 * 1024
