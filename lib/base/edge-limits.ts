/**
 * The limits at the edges, where requests come in and processes live: HTTP, the client, and the roots. As in `limits.ts`,
 * each with how it was derived.
 */

const MiB = 1024 * 1024

// --- http ------------------------------------------------------------------------------------------------------------

/** A request's body. Lambda takes 6 MB a call, base64 and envelope included: more could never be deployed. */
export const httpRequestBytesMax = 6 * 1_000_000
/** A function's answer: Lambda's 6 MB, less 64 KB for its status, its headers and the envelope around them. */
export const lambdaResponseBytesMax = 6 * 1_000_000 - 64_000
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
/** A step of the local janitor, and the pause to the next: at most a third of the time, a few hundred calls each. */
export const localJanitorCallsMax = 500
export const localJanitorStepMsMax = 100
export const localJanitorStepPauseMs = 200

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
