/**
 * Every limit of the log, from the stores up to the janitor, each with how it was derived; those of the edges (HTTP, client,
 * roots) are in `edge-limits.ts`. What grows without one of these is a defect.
 */

const KiB = 1024
const MiB = 1024 * KiB

// --- messages --------------------------------------------------------------------------------------------------------

/** What somebody sent is cut after this in a message to a person: longer than any legal topic name. */
export const quotedLengthMax = 256
/** Causes of a fault that are looked at: deeper than any chain we make, and a chain may be a circle. */
export const causesMax = 8

// --- stores ----------------------------------------------------------------------------------------------------------

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
/** DynamoDB: a partition key has 1 to 2,048 bytes, a sort key 1 to 1,024. */
export const partitionKeyBytesMax = 2 * KiB
export const sortKeyBytesMax = KiB
/** DynamoDB: a name has at most 65,535 bytes, a path at most 32 names, an attribute at most 31 maps and lists in each other. */
export const attributeNameBytesMax = 64 * KiB - 1
export const pathLengthMax = 32
export const itemDepthMax = 31
/** DynamoDB: an expression has at most 4 KB and 300 operators and functions. That is about 340 plain nested assignments. */
export const expressionBytesMax = 4 * KiB
export const expressionOperatorsMax = 300
/**
 * DynamoDB answers within 10 ms; after 3 s a try is lost. The process tries for 10 s in all, a third of Kafka's
 * `request.timeout.ms`, with pauses from 25 ms (a throttled partition has new units every second) to 1 s, at most 20 times.
 */
export const itemCallMsMax = 3_000
export const itemPatienceMs = 10_000
export const itemPauseMs = 25
export const itemPauseMsMax = 1_000
export const itemTriesMax = 20
/** Connections to DynamoDB from one process: one request each; 128 at 5 ms are 25,000 requests a second. */
export const itemSocketsMax = 128
/** Batches of a read of many items on their way at once: 4 of at most 16 MB bound the memory. */
export const batchGetsAtOnceMax = 4
/** Items whose size a meter remembers, the longest unseen out first: about 200 bytes each, 20 MB in tests and benchmarks. */
export const meteredItemsMax = 100_000
/** A new table is active after some seconds; a minute of looking twice a second. */
export const tablePollMs = 500
export const tablePollsMax = 120
/** SQLite: parsed items that are kept, heads above all: about 4 KiB each in memory, 16 MiB, for 4,096 busy partitions. */
export const sqliteItemsCachedMax = 4_096
/** SQLite: writes of one transaction, some 20 µs each: what is asked for in one turn takes a millisecond or two at most. */
export const sqliteWritesPerCommitMax = 64
/**
 * SQLite: pages of 4 KiB that its log gathers before they are copied into the database, 16 MiB. A head that is written a
 * thousand times is copied once; reading the log again after a crash takes less than 50 ms.
 */
export const sqliteCheckpointPages = 4_096
/** It may gather so many, 64 MiB, while the disk is slow: then writes wait until they are copied. */
export const sqliteLogPagesMax = 4 * sqliteCheckpointPages

// --- objects ---------------------------------------------------------------------------------------------------------

/** S3 allows 1,024 bytes; ours have at most about 80, and half leaves room for a bucket's prefix. */
export const objectKeyLengthMax = 512
/** File systems allow 255 bytes in a name; the files adapter adds at most one. */
export const objectKeySegmentLengthMax = 200
/**
 * Objects up to this size are written to the page cache on the main thread: copying 256 KiB takes about 0.1 ms, a way
 * to a thread and back 0.04 ms and twice the CPU of a small write.
 */
export const fileWriteInlineBytesMax = 256 * KiB
/** The same for reads; a read may wait for the disk, so it is smaller. */
export const fileReadInlineBytesMax = 64 * KiB
/**
 * Bytes that one call writes, unless they are one chunk. For more Linux takes larger pieces of memory (folios), which have
 * mostly not been used lately: 1 MB flushes 1.75 CPU s/GB in one call, 1.16 in calls of 256 KiB, 1.2 of 512, 1.35 of 64.
 */
export const fileWriteBytesMax = 256 * KiB
/** Linux: one writev takes at most IOV_MAX buffers. */
export const fileWriteChunksMax = 1_024
/** Folders remembered as made and synced, oldest out first: about 200 bytes each, 2 MB. */
export const fileDirectoriesKnownMax = 10_000
/** Files removed at once: the thread pool has four threads. */
export const fileDeletesAtOnceMax = 8
/** A temporary file that nobody wrote to for an hour has no writer, whoever has its process id today. */
export const fileTemporaryAgeMsMax = 3_600_000
/** A put whose folder was removed, because a deletion had just emptied it, makes it again; five in a row do not happen. */
export const fileTriesMax = 5
/**
 * Calls in a row that are done on the main thread before everything else has its turn: at 40 µs each less than 1 ms, at
 * worst (256 KiB each) 4 ms.
 */
export const fileInlineCallsMax = 16
/**
 * Objects up to this size, that of a flush, are appended to a pack, on the main thread: 1 MB takes 0.2 to 0.3 ms to copy. At
 * 12 partitions of 128 KiB batches 1.9 CPU s/GB, with 1 MiB (a file for most flushes, in the thread pool) 2.2.
 */
export const packObjectBytesMax = 8 * MiB
/** A pack ends here: read in 50 ms where a crash left no index. With so many records its index takes 2.5 MB of memory. */
export const packBytesMax = 64 * MiB
export const packRecordsMax = 16_384
/**
 * Reads of packs up to this size are done on the main thread: five batches of 16 KiB lie side by side, and are as a rule in the
 * page cache. With 64 KiB a fetch takes 1.7 CPU s/GB, with this 1.4.
 */
export const packReadInlineBytesMax = 256 * KiB
/** Packs whose index is in memory and whose file is open: the last 2 GiB, 5 MB with 16 KiB an object, at most 80 MB. */
export const packsOpenMax = 32
/** How long one call to S3 is tried for by default: longer than the ten seconds that a store may answer 503. */
export const objectPatienceMsDefault = 30_000
/** Tries of one request: at the full pause, half of which is waited on average, 30 seconds hold 20 to 30. */
export const objectTriesMax = 60
/** The first pause between two tries, which doubles up to the largest; a random part of it is waited. */
export const objectPauseMs = 50
export const objectPauseMsMax = 2_000
/** One try: 5 seconds (S3 answers 99.9 % of small requests in one), and more for a body, at 1 MB/s at the slowest. */
export const objectCallMsMax = 5_000
export const objectBytesPerMsMin = 1_000
/** Connections to S3: a flush in each of 50 partitions, reads beside it, and what is slow. */
export const objectSocketsMax = 256
/** S3: parts have at least 5 MiB, an upload at most 10,000 of them. With 8 MiB an object may have 78 GiB. */
export const objectPartBytes = 8 * MiB
export const objectPartsMax = 10_000
/** Parts of one object on their way at once; with those being filled and held back, 40 MiB of memory. */
export const objectPartsInFlightMax = 3
/**
 * A call of S3 that takes longer than this share of the last so many is sent again beside it: a twentieth more calls, $0.25 a
 * million PUTs. Before there are enough to tell by, 100 ms; never sooner than 5 ms. Sorting 128 numbers takes some 10 µs.
 */
export const hedgeQuantile = 0.95
export const hedgeSamples = 128
export const hedgeSamplesMin = 20
export const hedgeMsDefault = 100
export const hedgeMsMin = 5
/** At most a tenth more calls in the long run, and so many at once: a store that is slow as a whole is not helped by more. */
export const hedgeShareMax = 0.1
export const hedgesSavedMax = 8
/** Larger bodies take their time by their size: 1 MiB is 12 ms at 90 MB/s. */
export const hedgeBytesMax = MiB

// --- records ---------------------------------------------------------------------------------------------------------

/** Kafka's default of `max.message.bytes` (1 MiB and the 12 bytes of log overhead). */
export const maxMessageBytesDefault = MiB + 12
/** The largest `max.message.bytes` a topic may ask for: fits one flush, one frame and one range read. */
export const maxMessageBytesMax = 64 * MiB
/**
 * What one batch may become when it is decompressed: four times the largest batch that a topic may allow, 256 times the
 * default one, which text does not reach; a bomb is refused here. A process needs this much memory to spare.
 */
export const decompressedBytesMax = 256 * MiB
/** Kafka's default of `batch.size`: after so many bytes records without a key go on to another partition (KIP-794). */
export const stickyBytesDefault = 16_384
/** Topics whose next partition a client remembers for records without a key: about 1 MB. */
export const partitionerTopicsMax = 10_000

// --- wire ------------------------------------------------------------------------------------------------------------

/** A request frame: Kafka's `socket.request.max.bytes`. */
export const frameBytesMax = 100 * MiB
/**
 * Array elements and unknown tagged fields that one frame may make: a cluster of 200,000 partitions, named twice. An object
 * takes up to some 200 bytes however few it had on the wire, so this bounds what a frame of tiny elements becomes: 100 MB.
 */
export const frameElementsMax = 500_000
/** Memory is taken at once for a frame that says it is so long, the default of `max.request.size`; for more, as it comes. */
export const frameAtOnceBytesMax = MiB
/** The first buffer of an encoded frame: most answers, and a Fetch of ten partitions without their records. */
export const frameScratchBytes = 512
/** Records of at most so many bytes are copied between the fields around them; a chunk costs a socket about as much. */
export const recordsCopiedBytesMax = KiB

// --- topics ----------------------------------------------------------------------------------------------------------

/** Kafka's own rule (`Topic.MAX_NAME_LENGTH`), which leaves room for a partition's folder name. */
export const topicNameLengthMax = 249
/** Stated in the design; a topic's item does not grow with it, heads are made when first written to. */
export const partitionsPerTopicMax = 10_000
/**
 * How long a process may act on a topic's config and partition count as it last read them: an altered config takes hold
 * everywhere within it. At most one read of 0.5 units in this time, $0.002 a topic, process and day.
 */
export const topicCacheMsMax = 5_000
/** Topics a process remembers, oldest out first: about 500 bytes each, 5 MB. */
export const topicsCachedMax = 10_000
/** Topics in one page of a list: well inside one 1 MB page of a query when each sets a few configs. */
export const topicListMax = 1_000
/** Pages of 1 MB (about 4,000 topics each) read to find a topic by its id alone, before the answer is "none". */
export const topicScanPagesMax = 100
/** A config's value in Kafka's metadata log is a string with a 16-bit length. */
export const topicConfigValueLengthMax = 32_767
/** Entries in one alteration or creation: Kafka has 33 topic configs, and each may be named once. */
export const topicConfigEntriesMax = 64
/** A guarded change of one topic that loses to this many others in a row gives up: people do not alter that fast. */
export const topicChangeTriesMax = 10
/** A replication factor above this would say more than is so: an object lies in three zones. */
export const replicationFactorMax = 3
/** One draw of a topic id in 64 begins with '-' and is not taken: 16 such in a row are a broken source of randomness. */
export const topicIdDrawsMax = 16
/** Words compared with the names of configs, the longest of which has 47 characters: the work is the product of both. */
export const comparedWordLengthMax = 64

// --- writes whose outcome is unknown ---------------------------------------------------------------------------------

/** An identical guarded write is sent this often, with pauses of 50, 100, 200 and 400 ms: past a store's short outage. */
export const unknownTriesMax = 5
export const unknownPauseMs = 50

// --- appending to the log --------------------------------------------------------------------------------------------

/**
 * A head is folded when it weighs this: at 1,024 bytes every append costs a second write unit. The slack is for the appends
 * of this process while the page is put (41 bytes a pointer).
 */
export const headFoldBytes = 900
/**
 * The same where other processes append too: of four, each three while a page is put and until its drop lands. Simulated
 * with calls of 4 to 12 ms, two processes then pay 1.09 write units an append, four 1.12, eight 1.7.
 */
export const headFoldBytesContended = 560
/** Pointers that stay: they save the next writers' read-backs, and readers at the end of the log a query. */
export const foldKeepPointers = 4
/** If the process that was to fold has died, or is busy with the fold before, one does after this many pointers more. */
export const foldAgainPointers = 12
/** A process that has met another writer's append expects more of them for so many appends of its own. */
export const othersExpectedAppends = 8
/** The tail's bound, should every folder die: 32 pointers are 1.5 KB, two write units an append. */
export const tailPointersMax = 32
/** A pointer costs 41 bytes of head: more of them in one update would cost a write unit more than two updates do. */
export const pointersPerUpdateMax = 16
/** Two assignments and a clause each: 80 producers fill DynamoDB's 4 KB of expression. */
export const producersPerUpdateMax = 40
/**
 * An eviction takes 54 bytes of a guard's 4,096, a producer at most 35, a pointer 35: with 40 producers and 16 pointers in the
 * update, 37 fit.
 */
export const evictionsPerAppendMax = 32
/** Of a drop in an update of its own: 75 fit. */
export const evictionsPerFoldMax = 64
/**
 * 26 bytes each, so 192 cost five write units an update, which then carries the batches of up to 40 of them. Past it a
 * newcomer waits for a fold to evict others. Simulated, 100 busy producers on a partition with room for 64 paid 1.17 write
 * units a batch and took 5.2 s for 2,000 of them; with this, 0.16 and 0.3 s.
 */
export const headProducersMax = 192
/** What a fold evicts idle producers for: with the pointers that stay, a head has half its kilobyte left again. */
export const headEvictBytes = 600
/** Kafka's brokers remember the last five batches of a producer: what `max.in.flight.requests.per.connection` allows. */
export const rememberedBatches = 5
/** Producers whose last batches a partition's writer remembers: 5 entries of about 100 bytes each. */
export const rememberedProducersMax = 1_000
/** How long what follows a failed batch of an unknown producer waits for it: Kafka's `delivery.timeout.ms`, after which nobody retries. */
export const missingBatchMsMax = 120_000
/** Partitions whose writers a process keeps while they are idle. */
export const idleWritersMax = 10_000
/** Kafka's default of `request.timeout.ms`: how long an append may take before its caller is told that it is unknown. */
export const appendTimeoutMsDefault = 30_000
/**
 * How old a writer's view of a head may be when it begins anew: pages that were folded after it may be consolidated, and then
 * nobody can tell whether a refused update had landed. A minute is well below an hour, after which the janitor consolidates
 * in any case; a read a minute costs a fifth of an append.
 */
export const viewAgeMsMax = 60_000
/** Pauses between tries of one update: full jitter below a bound that doubles from the first to the second. */
export const retryPauseMsMin = 10
export const retryPauseMsMax = 1_000
/**
 * Tries of one update whatever its deadline, which a clock that is set back may move away: by their pauses 50 seconds without
 * an answer, and some 20 seconds without room.
 */
export const unansweredTriesMax = 100
export const roomTriesMax = 1_000
/** How often a cancel of an unknown update is tried before the update stays unknown. */
export const cancelTriesMax = 5
/** Refused attempts in a row before a batch is answered as unavailable; each of them means that another writer got on. */
export const refusalsInARowMax = 1_000
/** Bytes of one flush: a PUT costs the same at any size, and this is where its throughput no longer grows. */
export const flushBytesMaxDefault = 8 * MiB
/** Flushes whose bytes are being put at once. */
export const flushesInFlightMaxDefault = 4
/** A flush of less does not wait for what its senders have under way besides: they send a little, and want it soon. */
export const gatherBytesMin = 8 * KiB
/** A flush of less waits for a millisecond only: enough for what is on its way. So much in every 5 ms is 13 MB/s. */
export const gatherLongerBytesMin = 64 * KiB
/** A flush of so many bytes waits for nobody: with more they leave the processor's cache before they are written. */
export const gatherBytesMax = MiB
/**
 * The share of an update's time that it waits for bytes that are about to be durable: what misses it waits for all of it. Of
 * 30 ms that is 7, in which five requests of one connection come together again; locally it is nothing.
 */
export const gatherShareOfUpdate = 1 / 4
/** Bytes of batches that wait for a flush or for an update; past it appends are refused as unavailable. */
export const appendBytesPendingMax = 256 * MiB
/**
 * A PUT with its two later GETs costs $5.8 a million, a write unit $0.625, and an inline item takes its units twice: when it is
 * put and when it is deleted. So a flush of at most 4 units ($5.2 with its reads) lies in DynamoDB; 5 would be $6.6.
 */
export const inlineUnitsMaxDefault = 4
/**
 * The same on SQLite and packs. A row is written twice, to SQLite's log and to its table, an append to a pack once: at 16 KB a
 * batch 5.8 against 8.9 CPU s/GB. But what waits for the disk waits a second time for a pack; the smallest stay rows.
 */
export const inlineUnitsMaxLocal = 8
/** An inline item with its keys stays below DynamoDB's 400 KB. */
export const inlineBytesMax = 384 * KiB
/** Pages of a query that a read-back asks for: with 1 MB each it never needs a second one. */
export const queryPagesMax = 16
/** Of the writers that find no room one in so many folds at once, each of the others a try later with a higher chance. */
export const writersToAFold = 8
/** Tries to make a head whose answer is lost: ten seconds with the pauses between. */
export const headMakeTriesMax = 16

// --- reading the log -------------------------------------------------------------------------------------------------

/** How old a head may be that data is served from: a consumer that works off a backlog asks for it once a second. */
export const headHintAgeMsMax = 1_000
/** Keys of partitions that are made once: 50 bytes each, for all that a process may have writers of. */
export const partitionKeysKeptMax = 10_000
/** Heads that a process remembers: about 3 KB each in memory, so 12 MB. */
export const headHintsMax = 4_096
/** Bytes of recent batches that a process keeps: a quarter of a small Lambda function's 256 MB. */
export const bytesCacheBytesMax = 64 * MiB
/** One entry takes at most an eighth of them. */
export const bytesCacheEntryShare = 8
/** What was written where nobody reads takes at most a 32nd, for whoever begins to: more would only be collected later. */
export const bytesCacheUnreadShare = 32
/**
 * How far ahead of one reader is read at most: a store that answers after 40 ms, at 90 MB/s a connection, is kept busy by two
 * GETs of 4 MiB. Of all readers half of the cache, so that what was read ahead is there when its reader comes.
 */
export const readAheadBytesMax = 8 * MiB
/** Partitions whose readers a process remembers, and readers of one: some 300 bytes each. */
export const followedPartitionsMax = 4_096
export const followersPerPartitionMax = 8
/** A consumer asks again after `fetch.max.wait.ms`, half a second, or a long poll of 25 s; one that has not is gone. */
export const followerIdleMsMax = 30_000
/**
 * The same for bytes that must be copied to be kept (`AppendOptions.isLent`), in front of a store on this machine: who has to
 * read them from its page cache loses little. A consumer asks again every `fetch.max.wait.ms`, 500 by default.
 */
export const lentKeptMsMax = 1_000
/** For so long what another reader has passed is kept for one behind it: one that read the same twice may have left no other. */
export const followerBehindMsMax = 5_000
/**
 * Steps of the event loop's turn that a ranged read waits for others of the same object: a read that finds its page in memory
 * gets there some steps before one that has to ask SQLite for it.
 */
export const gatherMicrotasks = 8
/**
 * Reads of at most a slab are made side by side into one, longer ones into memory of their own, up to the longest range that is
 * read at once. A slab is what a slow reader of one batch keeps, so it is a small part of the cache; at 1 MiB it mostly stays
 * in the processor's.
 */
export const readSlabBytesMax = MiB
export const readSlabCacheShare = 64
export const readAloneBytesMax = 8 * MiB
/**
 * Memory for reads that waits to be used again takes at most half of what the cache may: as much as all readers are ahead. A
 * fetch of twelve partitions gives 12 MiB back at once; with a quarter one slab in six was fresh.
 */
export const readFreeCacheShare = 2
/** Waiting for other processes' appends: the first pause, and what it doubles to. See `log/watch.ts` for the cost. */
export const watchPauseMsMin = 50
export const watchPauseMsMax = 1_000
/** Partitions waited for at once in a process: 1,000 connections of 100 partitions each; about 100 bytes each. */
export const watchersMax = 100_000
/** Times a read begins again with the head when the index moves under it: each needs a fold, a consolidation and a sweep. */
export const readTriesMax = 5
/** Pages of one read-ahead query: of 16 small flushes each when young, of a megabyte or more once consolidated. */
export const pagesReadAheadMax = 16
/**
 * Pages that a process remembers: those of a read-ahead query and the ones before it, of 512 partitions; at about 5 KB each
 * in memory 50 MB, were all of them in the middle of a backlog of small flushes.
 */
export const pageHintsPerPartitionMax = 20
export const pageHintPartitionsMax = 512
/** One ranged GET: neighbours are read together up to this. S3 gives about 90 MB/s a connection, so larger ones run beside. */
export const rangeBytesMax = 8 * MiB
/** Bytes between two ranges that are read along rather than asked for apart: a request costs what 100 KB do in time. */
export const rangeGapBytesMax = 64 * KiB
/** Store calls of one read under way at once. */
export const readCallsAtOnceMax = 8
/** What one read may gather, whatever its caller asks for: Kafka's default of `fetch.max.bytes`. */
export const readBytesMax = 50 * MiB
/** A guarded raise of logStart that meets a new epoch each time gives up: leaders do not change that fast. */
export const trimTriesMax = 10

// --- brokers and leaders ---------------------------------------------------------------------------------------------

/** Kafka's defaults of `broker.session.timeout.ms` and `broker.heartbeat.interval.ms`. Cost: see `leased-brokers.ts`. */
export const brokerSessionTimeoutMsDefault = 9_000
export const brokerHeartbeatIntervalMsDefault = 2_000
/** A lease that has lapsed for a day is deleted by whoever sees it, one in each look. */
export const brokerForgottenMs = 24 * 3_600_000
/** Queries of one look at the leases: 5,000 brokers each. */
export const brokerQueriesMax = 4
/**
 * How long a broker that leads a partition goes on to believe so without having heard of its head: another one may have been
 * elected meanwhile, whom the next append meets. Appends and waiting readers hear of it all the time, so nothing is asked
 * where something happens.
 */
export const ledHintAgeMsMax = 30_000
/**
 * The same of partitions that others lead, when a client insists that it is this one; and when it asks who does. At most a
 * read of half a unit for each partition in this time; a client that was sent to the wrong broker asks again.
 */
export const otherLeaderAgeMsMax = 1_000
export const metadataLeaderAgeMsMax = 5_000
/** Elections under way at once: 1,000 partitions of a dead broker take 32 rounds of a call, a third of a second. */
export const electionsAtOnceMax = 32
/**
 * Partitions that a broker hands to others in one step of `leader-balance.ts`, and the pause between two: a broker that joins
 * 10,000 partitions on three has its quarter within 40 minutes, and no client meets more than a few moves at a time.
 */
export const leaderMovesPerStepMax = 32
export const leaderBalancePauseMs = 30_000
/**
 * Epochs whose beginnings a head remembers, the newest. With offsets of 7 to 12 digits 8 of them are 60 to 80 bytes of its
 * kilobyte, two pointers' worth; a partition that has had more leaders since its log's start is rare.
 */
export const leaderEpochsMax = 8

// --- background steps on the log -------------------------------------------------------------------------------------

/** Bytes of a segment: a good range to read from, and read and written within seconds by a small function. */
export const segmentBytesMax = 64 * MiB
/** Pages of a segment: as many updates as one step makes; their bases are a footer of 10 KB. */
export const pagesPerSegmentMax = 256
/** Consolidation holds this much of a segment in memory, and at least one pointer's bytes. */
export const consolidateReadBytesMax = 16 * MiB
/** Neighbours in a page become one entry until they have this many bytes: a GET's price is that of 100 KB in time. */
export const mergedEntryBytesMin = 64 * KiB
/** Less than this waits for more, until it is `consolidateAgeMsMin` old: a segment costs a PUT and a write a page. */
export const consolidateBytesMin = 8 * MiB
export const consolidateAgeMsMin = 3_600_000
/** Objects of one step of a sweep: one listing, as many small reads. */
export const sweepObjectsMax = 256
/** Items of one step of a sweep or an expiry. */
export const sweepItemsMax = 256
/** A footer of 100 partitions; a longer one is read by a second call. */
export const footerReadBytes = 4 * KiB
/** Younger bytes are left alone: a writer may well be at work on them. It is about cost only, the floor makes it safe. */
export const sweepAgeMsMin = 24 * 3_600_000
/** Queries of 1 MB for pages below a log's start, in one step: 32,000 pages, the rest goes in the next round. */
export const retentionQueriesMax = 16
/** Pages asked for at a time where most rounds need one: 64 of 600 bytes are 5 read units. */
export const retentionQueryPages = 64
/** Pages that retention by size keeps in mind, 40 bytes each; of more, two count as one. */
export const retentionUnitsMax = 65_536
/** Queries and listings of one step that empties a deleted partition, and items of one query. */
export const deletionQueriesMax = 16
export const deletionQueryItems = 64
/** Footers after which such a step ends: some 2 s of S3, and with what it has begun well below `janitorSpareMs`. */
export const deletionFootersMax = 4_096
/** Names of objects that it has looked at, 100 bytes each: 16 partitions that share them are emptied four at a time. */
export const deletionNamesKeptMax = 65_536
/** Kafka's default of `producer.id.expiration.ms`. */
export const producerExpirationMsDefault = 24 * 3_600_000

// --- broker configs --------------------------------------------------------------------------------------------------

/** Kafka's default of `fetch.max.bytes`. */
export const fetchMaxBytesDefault = 55 * MiB
/** What `gregor.linger.ms` may be: longer than this and producers, five requests at a time, would do nothing but wait. */
export const lingerMsMax = 5_000
/** Characters of a properties file: that of Kafka has 7,000. */
export const propertiesLengthMax = MiB

// --- kafka handlers --------------------------------------------------------------------------------------------------

/**
 * Kafka gives the time-out of a request to replicas, and its own disk as long as it takes. A store is our disk: it has at
 * least the time that one call may take twice.
 */
export const produceTimeoutMsMin = 6_000
/** Partitions of one fetch that are read at once: a default consumer's 50 MB are as many reads of 1 MB. */
export const fetchReadsAtOnceMax = 50
/** A fetch that wants more bytes than there are looks again at most a hundred times a second, however many appends wake it. */
export const fetchGatherMs = 10
/** Partitions of one ListOffsets, DeleteRecords or DescribeLogDirs that are looked at at once: one store call each. */
export const partitionsAtOnceMax = 32
/** Kafka's default of `max.request.partition.size.limit`: partitions in one page of DescribeTopicPartitions. */
export const describedPartitionsMax = 2_000

// --- producer ids ----------------------------------------------------------------------------------------------------

/** Kafka's own (`ProducerIdsBlock.PRODUCER_ID_BLOCK_SIZE`): a write for a thousand producers. */
export const producerIdsPerBlock = 1_000
/** Rounds of taking a block, or of waiting for one that others use up: 16,000 new producers at once in one process. */
export const producerIdTriesMax = 16

// --- groups ----------------------------------------------------------------------------------------------------------

/** DynamoDB: a sort key has at most 1,024 bytes, of which `group#` takes 6. */
export const groupIdBytesMax = 1_000
/** Kafka's default of `offset.metadata.max.bytes`. */
export const offsetMetadataBytesMax = 4_096
/**
 * Partitions in one offsets item. An entry of 10-digit offset, epoch and time has about 30 bytes by DynamoDB's rules, the
 * item's keys and attributes about 150: 25 of them stay below the 1,024 bytes of one write unit.
 */
export const offsetsShardPartitions = 25
/** Partitions in one offset commit or fetch: all of the widest topic. That is 400 updates. */
export const offsetsPerRequestMax = 10_000
/** Store calls of one commit or fetch under way at once: a quarter of the connections that a process has. */
export const offsetsCallsAtOnceMax = 32
/**
 * What a member asks is applied to its group within this time, or not at all, ms: longer than a store that works takes, and
 * less than any client waits before it asks another process (`request.timeout.ms`, 30 s).
 */
export const groupEventAgeMsMax = 5_000
/** A commit that finds its item absent, makes it, and finds it made by another, this often in a row: it is being deleted. */
export const offsetsCommitTriesMax = 5
/**
 * A commit that another one has overtaken is done after it when it was asked for so lately, ms, and one that has not come so far
 * as to see what it follows is done no more: no client gives up an answer so soon and asks another coordinator, whose commits
 * this one would take back.
 */
export const offsetsCommitAgainMsMax = 1_000
/** Items of offsets whose last commits a process remembers: 25 numbers each, 5 MB. What is forgotten is read again. */
export const offsetsViewsMax = 10_000
/** A removal of offsets that finds other ones each time, this often in a row, leaves them: the group is in use. */
export const offsetsRemovalTriesMax = 5
/** Kafka's default of `offsets.retention.minutes`: 10,080 minutes, 7 days. */
export const offsetsRetentionMsDefault = 7 * 24 * 60 * 60 * 1_000
/** Groups in one page of a list. */
export const groupListMax = 1_000
/** Groups judged by one step of expiry: two strong reads each and a write for what has expired, a few seconds in all. */
export const groupExpiryMax = 100
/** Groups a process remembers to have registered, oldest out first; forgetting one costs a read. */
export const groupsRegisteredMax = 10_000

// --- group coordinator -----------------------------------------------------------------------------------------------

/** 96 bits of SHA-256 name a payload: among the 10,000 of a group two meet by chance once in 10^21 groups. */
export const payloadRefBytes = 12
/** Kafka's defaults of `group.initial.rebalance.delay.ms` and `group.min`, `group.max.session.timeout.ms`. */
export const groupInitialRebalanceDelayMsDefault = 3_000
export const groupSessionTimeoutMsMinDefault = 6_000
export const groupSessionTimeoutMsMaxDefault = 1_800_000
/** Members of a group: about 100 packed bytes each in its state, which an item of 400 KB holds with room for all else. */
export const groupMaxSizeDefault = 2_000
/** Kafka's defaults of `group.consumer.session.timeout.ms` and `group.consumer.heartbeat.interval.ms`, also their `min`. */
export const groupConsumerSessionTimeoutMsDefault = 45_000
export const groupConsumerHeartbeatIntervalMsDefault = 5_000
/** Kafka's defaults of `group.consumer.max.session.timeout.ms` and `group.consumer.max.heartbeat.interval.ms`. */
export const groupConsumerSessionTimeoutMsMaxDefault = 60_000
export const groupConsumerHeartbeatIntervalMsMaxDefault = 15_000
/**
 * What the members of one group bring and are given, in all: 2,000 members with 4 KB of subscription and 4 KB of assignment.
 * It is in memory while somebody asks for all of it.
 */
export const groupPayloadBytesMax = 16 * MiB
/**
 * What differs between the members in a group's state (ids, names, hosts, numbers): it may be as random as it likes and the
 * packed state still fits an item of 400 KB, with 15 bytes a member for the rest.
 */
export const groupStateBytesMax = 330_000
/** The times, flags and numbers of a member as text; the name of a payload as text. Both as they count in `stateBytes`. */
export const memberNumbersBytes = 40
export const payloadRefTextBytes = 22
/** How long a newcomer may wait for its first generation without being heard of: Kafka's, 5 minutes. */
export const newMemberJoinTimeoutMs = 300_000
/** Bytes of payloads in one item: 400 KB with room for its keys; of the 56 items of 16 MB each is a call. */
export const groupBlobBytes = 300_000
/** Items of payloads that a state names before they are put together: three or four rebalances. */
export const groupBlobsMax = 8
/** Payloads that lie in the state itself, in all: with them the state of three consumers is still one write unit or two. */
export const groupInlineBytesMax = 1_000
/** A group's state before it is packed: 10,000 members. More is no state of ours. */
export const groupStateInflatedBytesMax = 16 * MiB
/** Marks of writes that a state keeps: a writer whose answer is lost looks for its own within seconds. */
export const groupWritesRememberedMax = 16
/** Store calls of one save or fence under way at once. */
export const groupCallsAtOnceMax = 32
/** Events that one write of a group takes: all of the largest group's members at once. */
export const groupEventsPerWriteMax = 2_000
/** How long a write waits for what comes with it, ms: a burst of joins is one write, and a rebalance takes 3 s anyway. */
export const groupGatherMs = 5
/** Tries of one write of a group that others write as well, each with what is there by then. */
export const groupWriteTriesMax = 20
/** How old a coordinator's view of a group may be before it looks whether another has written, ms. */
export const groupViewMsMax = 5_000
/**
 * How long a process may act on a group's configs as it last read them. While a KIP-848 group has members, one read of 0.5
 * units in this time: $0.0011 a group and day; half of what looking at its state costs (`groupViewMsMax`).
 */
export const groupConfigCacheMsMax = 5_000
/** Where only functions run: the pause between looks at a group that a request waits for, from and to, ms. */
export const groupPollMsMin = 100
export const groupPollMsMax = 1_000
/** Before a timer of a group that failed is tried again, ms. */
export const groupTickPauseMs = 1_000
/** Groups whose state a process keeps; what is forgotten is read again, and its members get a fresh session. */
export const groupsLoadedMax = 10_000
/** A member's stored `seenMs` is written anew when a quarter of its session has passed: 4 writes a session, not 15. */
export const seenShareOfSession = 0.25
/** Times that one moment is overdue for one group in a row: each tick ends a phase, and there are four. */
export const groupTicksPerEventMax = 16
/** How long a group's coordinator remembers topics: as long as Metadata may be stale for clients that see new partitions. */
export const groupTopicsMsMax = 5_000
/** A deletion that takes longer has died half-way: whoever finds the dead group finishes it. */
export const groupDeletionMsMax = 10_000
/** Groups in one list of all of them, 100 pages: about 10 MB of answer. */
export const groupsListedMax = 100_000
/** What a member's id and description keep of its client id and host, in characters. */
export const groupClientIdLengthMax = 100
/** Groups of one request that are looked up at once. */
export const groupsPerRequestAtOnceMax = 8
/** Payloads that no state names are left alone for so long, ms: a write of a group takes seconds. */
export const groupBlobAgeMs = 3_600_000
/** Runs of one transition, each with more in its context than the last: payloads, named topics, all topics, and spare. */
export const transitionRunsMax = 8

// --- consumer groups (KIP-848) ---------------------------------------------------------------------------------------

/**
 * Tries of a commit by a member that may commit, while another is being fenced: that takes a query and a write for each item
 * of offsets, and the pauses between the tries sum up to half a second.
 */
export const groupCommitTriesMax = 5
export const groupCommitPauseMs = 50
/** Members whose last answer a process remembers, about 1 KB each; one that is forgotten is told its assignment again. */
export const assignmentsToldMax = 20_000
/** Rounds in which an assignor evens out loads. Where subscriptions nest it takes one or two; Kafka's bound is as many. */
export const assignorRoundsMax = 16
/** Characters of a regular expression over topics: four of the longest topic names. */
export const topicRegexCharactersMax = 1_000
/** All the counts of an expression's repetitions: 1,000 copies of what the characters allow compile in 50 ms. */
export const topicRegexRepeatsMax = 1_000
/** Its program: twice what the characters make without repetitions; measured, a name of 249 takes at most 0.1 ms. */
export const topicRegexInstructionsMax = 2_000
/** Regular expressions that a process keeps compiled, some 10 KB each. */
export const topicRegexesCachedMax = 1_000
/** A partition's number and its comma in a packed state: in order, they differ in a digit or two. */
export const partitionNumberBytes = 2
/** A topic's id before its partitions' numbers, one that was there before, with the names of the fields around it. */
export const repeatedTopicBytes = 3
/** Text that is repeated within the packer's window of 32 KB, other members' between, is packed to a share of itself. */
export const repeatedTextBytesMax = 8 * KiB
export const repeatedTextShare = 64
/** Topic names in one subscription: what a client sends again with every join, at most 2.5 MB. */
export const subscribedTopicsMax = 10_000

// --- janitor ---------------------------------------------------------------------------------------------------------

/** Kafka's default of `log.retention.check.interval.ms`: a round reads the head of each partition, half a unit or one. */
export const janitorRoundPauseMs = 300_000
/**
 * What the pause of functions' janitors doubles to while there is nothing to do: an idle cluster then costs a cent a month, and
 * what was written after a long silence is looked at within an hour.
 */
export const janitorQuietPauseMsMax = 3_600_000
/** Bytes that no index names cost $0.023 a GB-month: a quarter of a day more of them is nothing, a listing is not. */
export const janitorSweepPauseMs = 6 * 3_600_000
/** A deleted topic's heads refuse late writers for so long: as the age of a sweep. */
export const forgetTopicMs = 24 * 3_600_000
/** Partitions of one unit of work, and of those under way at once: about 100 calls. */
export const janitorPartitionsPerUnit = 16
export const janitorPartitionsAtOnce = 4
/**
 * Store calls since the cursor was written, from which on the end of a phase is written down too: a janitor that dies repeats
 * fewer than these and a phase, and a round that finds nothing writes its cursor once.
 */
export const janitorCursorCallsMin = 16
/** A step ends when so many units in a row have failed: the store is down. */
export const janitorFaultsInARowMax = 3
/** Faults and unreadable objects that a report lists. */
export const janitorReportListMax = 100
/** Deleted topics that a janitor remembers to be gone, and ids that a process has looked for in vain: 22 characters each. */
export const goneTopicsRememberedMax = 10_000

// --- http ------------------------------------------------------------------------------------------------------------

/** A request's body. Lambda takes 6 MB a call, base64 and envelope included: more could never be deployed. */
export const httpRequestBytesMax = 6 * 1_000_000
/** A function's answer: Lambda's 6 MB, less 64 KB for its status, its headers and the envelope around them. */
export const lambdaResponseBytesMax = 6 * 1_000_000 - 64_000
/** An id that a caller gives a call, which is echoed and logged: W3C's `traceparent` has 55 characters, a UUID 36. */
export const correlationIdLengthMax = 128
/** Records of one answer, by the JSON they become; also when `max_bytes` asks for more. Below Lambda's limit in base64. */
export const recordsResponseBytesMax = 4 * 1_000_000
/** What `max_bytes` of a read is when it is not given: that of the REST Proxy's consumers in spirit, of Kafka's partitions in number. */
export const recordsBytesDefault = MiB
/** A long poll: API Gateway's REST APIs cut at 29 s; 4 s stay for the reads before and after. */
export const longPollMsMax = 25_000
/** Reads of the log within one HTTP request, for what holds no visible record (markers, compacted ranges). */
export const httpReadsPerRequestMax = 16
/**
 * Records in one produce request: each has its place in the answer, 49 bytes as a JSON string in a Lambda event or up to 120
 * when it is refused, and the answer must stay below 6 MB: what is stored must never be answered "too large".
 */
export const produceRecordsMax = 50_000
/** Partitions whose ends are read at once for one answer: the lags of a group, the offsets of a topic. */
export const httpDescribesAtOnceMax = 16
/** How long one append of a produce request may take before it is answered as timed out: below API Gateway's 29 s. */
export const produceTimeoutMs = 20_000
/** Records that `acks=0` has let go but that are not stored yet, in one process: ten full requests. */
export const backgroundProduceBytesMax = 64 * MiB
/** Pages of a list that one answer gathers, 1,000 names each: as many names as fit in a Lambda function's answer. */
export const httpListPagesMax = 25
/** Partitions in one page of the v3 list, about 700 bytes each. */
export const partitionsPerPageMax = 1_000
/** How long a health check waits for a store: less than what load balancers wait for the check. */
export const healthTimeoutMs = 4_000

// --- the Kafka protocol over HTTPS ------------------------------------------------------------------------------------

/**
 * A frame either way: what of Lambda's 6 MB, less 64 KB for the envelope, is left of it in base64. The same on a local
 * cluster, so that what works there works deployed.
 */
export const kafkaHttpFrameBytesMax = Math.floor((lambdaResponseBytesMax / 4) * 3)
/** A frame that a bridge reads: more than any way over HTTPS takes, so that a producer is told so and not cut off. */
export const bridgeFrameBytesMax = 16 * MiB
/** Connections of one bridge: a bridge is one machine's, or one team's. */
export const bridgeConnectionsMax = 256
/** Requests of one connection that wait for their turn, in bytes; then no more is read from it. */
export const bridgeHeldBytesMax = 8 * MiB
/** Tries of a request that API Gateway has throttled (429: nothing was done), with pauses from 0.1 to 2 s: about 7 s. */
export const bridgeTriesMax = 8
export const bridgeBackoffMs = 100
export const bridgeBackoffMsMax = 2_000

// --- gateway ---------------------------------------------------------------------------------------------------------

/** Connections of one gateway, whatever `max.connections` says: at about 10 KB each 100 MB, and as many file descriptors. */
export const gatewayConnectionsMax = 10_000
/**
 * Requests of one connection that are begun and not answered: clients send 5, franz-go and librdkafka more on request. 64 of
 * 16 KB are a flush of 1 MB, where a flush's cost no longer matters.
 */
export const connectionRequestsMax = 64
/** So many requests are waited for at most, where a client usually has as many under way: what an idempotent producer may have. */
export const requestsExpectedMax = 5
/** Requests that one connection has begun before the event loop looks at the others: at 10 µs each less than 1 ms. */
export const connectionRequestsPerTurn = 64
/**
 * Unanswered bytes of one connection, after which no more is read from it: twice five requests of 128 KB from each of 12
 * partitions. A larger request is read when it is alone.
 */
export const connectionHeldBytesMax = 16 * MiB
/** What a request costs besides its bytes: its promise, its place in the order, its context. Bounds floods of empty ones. */
export const requestOverheadBytes = 512
/**
 * Unanswered bytes of all connections, after which reading stops: half of `appendBytesPendingMax`, so that producers are
 * slowed before appends are refused, even with one frame of `frameBytesMax` above it.
 */
export const gatewayHeldBytesMax = 128 * MiB
/**
 * Requests to produce whose memory is used again: below a few KB memory is cheap, and above what the largest `flush` takes
 * requests are rare. As much as is free at most: five requests of 1 MB from each of three connections.
 */
export const lentFrameBytesMin = 2 * KiB
export const lentFrameBytesMax = 8 * MiB
export const frameMemoryFreeBytesMax = 16 * MiB
/** What one read from a socket may bring: so much is granted to each connection that may read again. */
export const socketReadBytesMax = 64 * KiB
/**
 * While the memory for requests is used up, one frame at a time may go on to its end, and no longer than this: the default
 * `request.timeout.ms`, after which its client has given it up.
 */
export const frameTurnMsMax = 30_000
/** Bytes of answers that a connection's client has not taken, after which its next request waits: a Fetch's usual answer. */
export const connectionUnsentBytesMax = MiB
/** The same of all connections, after which the client that has taken nothing for longest is cut off: it asks again. */
export const gatewayUnsentBytesMax = 256 * MiB
/**
 * How long a gateway on S3 gathers batches by default, ms: a fifth of the 50 ms that a PUT and an update take, so that a
 * producer that waits loses no more than that, and never more than 100 PUTs a second, $1,300 a month, whatever comes. Less
 * for throughput of one producer, hundreds for a small bill: `gregor.linger.ms`.
 */
export const lingerMsS3 = 10
/**
 * By default a flush leaves earlier when nothing has come for so long, ms, and the last one is a whole linger ago: a producer's
 * requests in flight come within a millisecond or two, and nobody else may come at all.
 */
export const quietMsS3 = 2
/**
 * How long a flush of a local cluster waits for what its producers have under way besides, ms, where that is much: Kafka's own
 * `linger.ms`. One update a partition for five requests costs hardly more than for one, and a producer of 100 MB/s has a
 * request ready every two milliseconds.
 */
export const gatherMsLocal = 5
/** Tries to get a `node.id` that nobody has, each lost to another broker that starts at the same moment. */
export const freeBrokerIdTriesMax = 16
/** Between looks at the event loop's delay, for metrics: ten times a second costs nothing, and sees what clients feel. */
export const eventLoopSampleMs = 100
/**
 * Between beats of a gateway's pulse: a fifth of `offsetsCommitAgainMsMax`, the shortest time that anything is measured by it
 * with. Five a second cost nothing.
 */
export const pulseMs = 200
/** Looks for idle connections: a tenth of the time that they may be idle, at most a minute, at least a tenth of a second. */
export const idleLookMsMin = 100
export const idleLookMsMax = 60_000

// --- client ----------------------------------------------------------------------------------------------------------

/** JSON of one produce request: base64 in a Lambda event makes four thirds of it, which must stay below 6 MB. */
export const clientRequestBytesMax = 3_000_000
/** The longest pause before another try. */
export const clientBackoffMsMax = 5_000
/** A try without an answer is lost after the longest long poll and ten seconds; API Gateway gives up at 29 s. */
export const clientAnswerMsMax = 35_000
/** Pages of a list that the client follows, 1,000 entries each. */
export const clientListPagesMax = 100
/** Partitions read at once by one consumer that does not follow: a connection each. */
export const clientPartitionsInFlightMax = 32
/** Partitions that one consumer follows with a long poll each: as many connections as a small process may have open. */
export const clientPartitionsFollowedMax = 256
/** Between rounds of a consumer that follows more: 10,000 partitions take some seconds a round as it is. */
export const clientRoundPauseMs = 1_000
/** Tries of one request by default, with pauses of up to 0.1, 0.2, 0.4 and 0.8 s: past a deployment, or a throttled moment. */
export const clientAttemptsMaxDefault = 5
export const clientBackoffMsDefault = 100
/** Topics whose number of partitions a client remembers: about 1 MB. */
export const clientTopicsRememberedMax = 10_000

// --- local cluster ---------------------------------------------------------------------------------------------------

/** How long a stopping process lets reads end: an answer on its way needs less, a long poll is not waited for. */
export const drainReadsMs = 200
/** How long a stopping process waits for writes under way: a fold and a slow disk's flush, several times over. */
export const drainMsMax = 10_000
/** The same fault is a line of the operator's log at most once in so long; so many different ones are remembered. */
export const localFaultRepeatMs = 10_000
export const localFaultLinesMax = 1_000
/** Between looks whether the janitor has something to do: a round is due every five minutes, a look is one read. */
export const localJanitorPauseMs = 10_000
/** After a deletion of a topic a round is due at the next look: Kafka's own delay is a minute (`file.delete.delay.ms`). */
export const localDeletionPauseMs = 10_000
/**
 * A local sweep begins where consolidation has been, which is an hour behind: nearly all it meets is garbage, and is met once.
 * A disk of one's own has room for half an hour more of it, not for a day's.
 */
export const localSweepAgeMs = 75 * 60_000
export const localSweepPauseMs = 30 * 60_000
/** A step of the local janitor, and the pause to the next: at most a third of the time, a few hundred calls each. */
export const localJanitorCallsMax = 500
export const localJanitorStepMsMax = 100
export const localJanitorStepPauseMs = 200

/**
 * What a server's heap may grow by from one full collection to the next, percent of what lives: from 17 MB to 51. Measured:
 * 6 collections instead of 30 for 300 MB in batches of 16 KB, and no more memory; 400 saves 3 more and takes 60 MB.
 */
export const heapGrowingPercent = 200

// --- functions -------------------------------------------------------------------------------------------------------

/** Store calls of one scheduled run of the janitor: some minutes of work, and at most 10 cents, were all of them listings. */
export const janitorCallsPerRunMax = 20_000
/** What a run keeps of its time for the unit of work that it is in when its budget ends. */
export const janitorSpareMs = 20_000

// --- command line ----------------------------------------------------------------------------------------------------

/** Produce requests in flight: enough to keep a local cluster busy; a Lambda function's concurrency is not a toy. */
export const cliLanes = 4
/** Keys and values that are in requests or wait for one: a full request a lane. Small records take ten times as much. */
export const cliLaneBytesMax = 8 * MiB
