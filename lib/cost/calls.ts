/**
 * From a load to what AWS counts in a month. Everything is a rate a second until the end; who asks for it, and why, stays with
 * each quantity, so that a bill explains itself. The rules are in `counts.ts`, and `test/cost` holds what comes out
 * here against clusters that really run.
 */
import * as counts from './counts.ts'
import { checkLoad, type Load } from './load.ts'
import { monthSeconds, type Priced } from './prices.ts'

export type Part = 'produce' | 'consume' | 'clean up' | 'keep' | 'run'

export interface Quantity {
  readonly part: Part
  readonly what: Priced
  /** A month. */
  readonly quantity: number
  readonly why: string
}

/** What follows from a load before anything is priced; rates are a second. */
export interface Flow {
  /** Flushes, each of them one object or some inline items. */
  readonly flushes: number
  readonly partitionsPerFlush: number
  /** Pointers in heads: batches of one partition in one flush. */
  readonly pointers: number
  readonly batchBytes: number
  readonly inline: boolean
  /** Write units of one inline item. */
  readonly inlineUnits: number
  /** Stored, with all around the records. */
  readonly bytes: number
}

export function flowOf(load: Load): Flow {
  checkLoad(load)
  const { messagesPerSecond, lingerMs, partitions, recordBytes, via } = load
  if (messagesPerSecond === 0) {
    return { flushes: 0, partitionsPerFlush: 0, pointers: 0, batchBytes: 0, inline: true, inlineUnits: 0, bytes: 0 }
  }
  // Each who gathers waits from the first record on, which comes after the others have gone.
  const gatherers = via === 'gateway' ? Math.max(1, load.gateways) : load.producers
  const flushes = gatherers / (lingerMs / 1000 + gatherers / messagesPerSecond)
  const messages = messagesPerSecond / flushes
  const partitionsPerFlush = partitions * (1 - (1 - 1 / partitions) ** messages)
  const records = messages / partitionsPerFlush
  const batchBytes = counts.batchHeaderBytes + records * (recordBytes + counts.recordOverheadBytes)
  const inlineUnits = Math.ceil((batchBytes + counts.inlineOverheadBytes) / counts.writeUnitSize)
  const pointers = flushes * partitionsPerFlush
  const inline = inlineUnits * partitionsPerFlush <= counts.inlineUnitsMax
  return { flushes, partitionsPerFlush, pointers, batchBytes, inline, inlineUnits, bytes: pointers * batchBytes }
}

/** All that is counted in a month, each line for one reason. */
export function monthlyCalls(load: Load): readonly Quantity[] {
  const flow = flowOf(load)
  const asked = [...producing(load, flow), ...consuming(load, flow), ...cleaning(load, flow)]
  const rates = [...asked, ...hedging(asked), ...running(load, flow)].map(({ rate, ...rest }) => ({
    ...rest,
    quantity: rate * monthSeconds,
  }))
  return [...rates, ...keeping(load, flow)].filter(({ quantity }) => quantity > 0)
}

interface Rate {
  readonly part: Part
  readonly what: Priced
  readonly rate: number
  readonly why: string
}

/** Names the part once. */
const of =
  (part: Part) =>
  (what: Priced, rate: number, why: string): Rate => ({ part, what, rate, why })

/** Of a function that is called at a rate: what its instance remembers for seconds is read again when it is older. */
const refreshes = (rate: number): number =>
  rate === 0 ? 0 : counts.cachedReadUnits / (counts.cacheMs / 1000 + 1 / rate)

export function producing({ via }: Load, flow: Flow): Rate[] {
  const { flushes, pointers, inline, inlineUnits, partitionsPerFlush, batchBytes } = flow
  const rate = of('produce')
  const stored = [
    ...(inline
      ? [rate('writeUnit', pointers * inlineUnits, 'the bytes of a small flush')]
      : [rate('objectPut', flushes, 'the bytes of a flush')]),
    rate('writeUnit', pointers * counts.headUnits, 'the order: an update of each partition’s head'),
    rate('writeUnit', pointers / counts.pointersPerPage, 'folding: pages of the index'),
  ]
  if (via === 'gateway') return stored
  const requestBytes = (partitionsPerFlush * batchBytes * 4) / 3
  const ms = (inline ? counts.produceMs.inline : counts.produceMs.object) + requestBytes / counts.bytesPerMs
  return [
    rate('httpApiCall', flushes * Math.ceil(requestBytes / counts.apiCallBytes), 'produce requests'),
    rate('lambdaCall', flushes, 'produce requests'),
    rate('lambdaGbSecond', (flushes * counts.functionGb.produce * ms) / 1000, `produce, ${Math.round(ms)} ms each`),
    ...stored,
    rate('readUnit', producingReads(flow), 'topics and heads that an instance has not seen lately'),
  ]
}

export const producingReads = ({ flushes, pointers }: Flow): number =>
  refreshes(flushes) + pointers * counts.headReadUnits * Math.exp((-flushes * counts.viewMs) / 1000)

/** Requests of one consumer on one partition, their looks at the head, and how long one is open. */
export interface Polls {
  /** A second. */
  readonly rate: number
  /** Looks of one poll while it waits. */
  readonly looks: number
  readonly openMs: number
}

/** Records come at random, `pointers` a second in this partition; a poll that waits looks again after growing pauses. */
export function pollsOf(polling: Load['polling'], pointers: number): Polls {
  if (polling !== 'long') return { rate: 1 / polling, looks: 0, openMs: 0 }
  let openMs = 0
  let looks = 0
  let pauseMs = counts.pollFirstMs
  for (let atMs = 0; atMs < counts.longPollMs; pauseMs = Math.min(pauseMs * 2, counts.pollPauseMsMax)) {
    const waits = Math.exp((-pointers * atMs) / 1000)
    const stepMs = Math.min(pauseMs, counts.longPollMs - atMs)
    openMs += waits * stepMs
    atMs += stepMs
    // When its time is over it reads once more, rather than look.
    if (atMs < counts.longPollMs) looks += waits
  }
  return { rate: 1000 / openMs, looks, openMs }
}

export function consuming(load: Load, flow: Flow): Rate[] {
  const { consumers, partitions, via, messagesPerSecond } = load
  const rate = of('consume')
  const commits = consumers * Math.min(1000 / counts.commitIntervalMs, flow.flushes, askedAgain(load))
  if (via === 'gateway') {
    return [rate('writeUnit', commits * counts.gatewayCommitWriteUnits, 'commits of consumers, each 5 s at most')]
  }
  if (messagesPerSecond === 0) return []
  const polls = pollsOf(load.polling, flow.pointers / partitions)
  const requests = consumers * partitions * polls.rate
  const workMs = flow.inline ? counts.fetchMs.inline : counts.fetchMs.object
  const ms = polls.openMs + workMs
  const answered = (flow.bytes * consumers * 4) / 3 / requests
  const pieces = Math.max(1, Math.ceil(answered / counts.apiCallBytes))
  const gbSeconds = (requests * counts.functionGb.fetch * ms) / 1000
  return [
    rate('httpApiCall', requests * pieces, 'reads'),
    rate('lambdaCall', requests, 'reads'),
    rate('lambdaGbSecond', gbSeconds, `reads, ${(ms / 1000).toFixed(2)} s each`),
    rate('readUnit', fetchingReads(load, flow, polls), 'heads that are looked at, topics, small flushes'),
    rate('objectGet', flow.inline ? 0 : flow.pointers * consumers, 'the bytes of flushes'),
    rate('httpApiCall', commits, 'commits'),
    rate('lambdaCall', commits, 'commits'),
    rate('lambdaGbSecond', (commits * counts.functionGb.commit * counts.commitMs) / 1000, 'commits'),
    rate('writeUnit', commits * counts.commitWriteUnits, 'commits'),
    rate('readUnit', commits * counts.commitReadUnits, 'commits: topic, group, fence'),
  ]
}

/** How often a consumer hears of something new, at most. */
const askedAgain = ({ via, polling }: Load) => (via === 'gateway' || polling === 'long' ? Infinity : 1 / polling)

/** Of all consumers, without their commits. */
export function fetchingReads({ consumers, partitions }: Load, flow: Flow, { rate, looks }: Polls): number {
  const polls = consumers * partitions * rate
  const items = flow.inline ? consumers * flow.pointers * readUnits(flow.batchBytes) * counts.eventualUnits : 0
  return polls * (counts.headReadUnits + looks * counts.eventualUnits) + refreshes(polls) + items
}

const readUnits = (bytes: number) => Math.ceil((bytes + counts.inlineOverheadBytes) / counts.readUnitSize)

/** A segment of one partition: as much as came since the last round that found it worth it. */
function segmentsOf({ partitions }: Load, { bytes }: Flow): { readonly rate: number; readonly parts: number } {
  if (bytes === 0) return { rate: 0, parts: 0 }
  const partitionBytes = bytes / partitions
  const enoughMs = (counts.segmentBytesMin / partitionBytes) * 1000
  const gatherMs = Math.min(Math.max(enoughMs, counts.roundMs), counts.segmentAgeMs)
  const segmentBytes = Math.min((partitionBytes * gatherMs) / 1000, counts.segmentBytesMax)
  const pieces = Math.ceil(segmentBytes / counts.partBytes)
  // One part is one PUT; several are begun and completed, too.
  return { rate: bytes / segmentBytes, parts: pieces === 1 ? 1 : pieces + 2 }
}

export function cleaning(load: Load, flow: Flow): Rate[] {
  const { pointers, flushes, inline, inlineUnits, batchBytes, bytes } = flow
  const rate = of('clean up')
  const calls = 1000 / counts.roundMs
  // Where something is written a round seldom finds nothing to do.
  const rounds = 1000 / (bytes > 0 ? counts.roundMs : counts.quietRoundMs)
  const sweeps = 1000 / counts.sweepMs
  const pages = pointers / counts.pointersPerPage
  const segments = segmentsOf(load, flow)
  const objects = inline ? 0 : flushes
  const partitions = bytes > 0 ? load.partitions : 0
  // Of segments, all that are older than a day are looked at in each sweep.
  const heldSegments = segments.rate * Math.max(0, load.retentionDays - 1) * 86_400
  const raised = Math.min(rounds * partitions, pages)
  const inlineReads = readUnits(batchBytes) * counts.inlineReads.strong + (batchBytes / counts.readUnitSize) * 0.5
  const roundSeconds = (rounds * counts.roundWorkMs + (calls - rounds) * counts.lookMs) / 1000
  const workSeconds = roundSeconds + bytes / counts.consolidationBytesPerSecond
  return [
    rate('scheduledCall', calls, 'the janitor, each five minutes'),
    rate('lambdaCall', calls, 'the janitor'),
    rate('lambdaGbSecond', workSeconds * counts.functionGb.janitor, 'the janitor'),
    rate('writeUnit', rounds * counts.roundWriteUnits, 'how far a round has come'),
    rate(
      'readUnit',
      rounds * counts.roundReadUnits + (calls - rounds) * counts.lookReadUnits,
      'rounds, and looks whether one is due',
    ),
    rate('readUnit', rounds * partitions * counts.partitionRoundReadUnits, 'rounds: heads and pages'),
    rate('writeUnit', pages * counts.pageCleaningUnits, 'pages, rewritten and deleted'),
    rate('writeUnit', raised + segments.rate, 'logs whose start is raised, segments that are noted'),
    rate('objectPut', segments.rate * segments.parts, 'segments: what small flushes are gathered into'),
    rate('objectPut', sweeps * 2 + objects / 256, 'listings of sweeps'),
    rate(
      'objectGet',
      (inline ? 0 : pointers) * counts.consolidationGetsPerPointer,
      'flushes, read to be gathered; at most so many',
    ),
    rate(
      'objectGet',
      objects * counts.sweepGetsPerObject + segments.rate + heldSegments * sweeps,
      'footers, read by sweeps',
    ),
    rate('writeUnit', inline ? pointers * inlineUnits : 0, 'small flushes, deleted'),
    rate('readUnit', inline ? pointers * inlineReads : 0, 'small flushes, read to be gathered and swept'),
  ]
}

/** Calls of S3 that are sent twice: flushes and reads, not uploads and listings. */
function hedging(asked: readonly Rate[]): Rate[] {
  return asked
    .filter(({ part, what }) => what === 'objectGet' || (what === 'objectPut' && part === 'produce'))
    .map(({ part, what, rate, why }) => ({
      part,
      what,
      rate: rate * counts.hedgedShare,
      why: `slow, sent twice: ${why}`,
    }))
}

/** What lies there, in GB-months. */
function keeping(load: Load, flow: Flow): Quantity[] {
  const keptSeconds = load.retentionDays * 86_400
  const garbageSeconds = counts.garbageMs / 1000
  const pageBytes = flow.pointers * keptSeconds * counts.pagePointerBytes
  const inlineBytes = flow.inline ? flow.bytes * garbageSeconds : 0
  const items = (pageBytes + inlineBytes) / 1e9
  const quantity = (what: Priced, gigabytes: number, why: string) =>
    ({ part: 'keep', what, quantity: gigabytes, why }) as const
  return [
    quantity('objectGbMonth', (flow.bytes * keptSeconds) / 1e9, `records of ${load.retentionDays} days`),
    quantity('objectGbMonth', flow.inline ? 0 : (flow.bytes * garbageSeconds) / 1e9, 'flushes until they are swept'),
    quantity('itemGbMonth', items, 'the index, small flushes'),
    quantity('backupGbMonth', items, 'its point-in-time recovery'),
  ]
}

/** What costs by being there, and the logs of calls. */
export function running(load: Load, flow: Flow): Rate[] {
  const rate = of('run')
  const rounds = 1000 / counts.roundMs
  const calls = [...producing(load, flow), ...consuming(load, flow)].filter(({ what }) => what === 'lambdaCall')
  const lines = calls.reduce((sum, each) => sum + each.rate, 0)
  const logged = [
    rate('logGb', (lines * counts.accessLogBytes) / 1e9, 'a line of the access log for each call'),
    rate('logGb', ((lines + rounds) * counts.metricsLogBytes) / 1e9, 'a line of metrics for each call'),
  ]
  if (load.via === 'functions') return logged
  const leases = (load.gateways * 1000) / counts.leaseMs
  return [
    ...logged,
    rate('writeUnit', leases * counts.leaseWriteUnits, 'leases of gateways'),
    rate('readUnit', leases * counts.leaseReadUnits, 'leases: who else is there'),
    rate('machineHour', load.gateways / 3_600, 'machines of gateways'),
  ]
}
