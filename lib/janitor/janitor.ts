/**
 * The janitor: what the log leaves behind, cleaned up in bounded steps by a scheduled function or a timer. A round goes
 * through the phases of `phases.ts`; a step goes on where the last one ended (`cursor.ts`), until its budget is spent.
 * Every unit of work may be done twice, by two janitors at once, or die at any call: before bytes are deleted, the item
 * that would have to point at them is changed. Neither the cursor nor any clock is what makes that safe.
 */
import type { Clock } from '../base/clock.ts'
import type { Entropy } from '../base/entropy.ts'
import {
  consolidateAgeMsMin,
  consolidateBytesMin,
  forgetTopicMs,
  janitorCursorCallsMin,
  janitorFaultsInARowMax,
  janitorRoundPauseMs,
  janitorSweepPauseMs,
  offsetsRetentionMsDefault,
  producerExpirationMsDefault,
  sweepAgeMsMin,
} from '../base/limits.ts'
import type { Topics } from '../cluster/topics.ts'
import type { GroupOffsets } from '../groups/offsets.ts'
import { PointerBytes } from '../log/bytes.ts'
import { BytesCache } from '../log/bytes-cache.ts'
import type { LossListener } from '../log/loss.ts'
import type { MetaStore } from '../store/meta-store.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { type JanitorBudget, Spending } from './budget.ts'
import { type Cursor, readCursor, writeCursor } from './cursor.ts'
import { deletedUnit, foundUnit } from './deletions.ts'
import { partitionsUnit } from './partitions.ts'
import { type Phase, phaseAfter, phases } from './phases.ts'
import { type JanitorReport, ReportBuilder } from './report.ts'
import { intakeUnit, offsetsUnit, segmentsUnit } from './sweeps.ts'
import { TopicExistence } from './topic-existence.ts'
import type { JanitorOptions, Unit, Work } from './work.ts'

export interface JanitorParts {
  readonly meta: MetaStore
  readonly objects: ObjectStore
  readonly clock: Clock
  readonly entropy: Entropy
  readonly topics: Pick<Topics, 'list' | 'byId' | 'deleted'>
  readonly offsets: Pick<GroupOffsets, 'expire'>
  /** Told of bytes that an unchanged page names and that are not there; the step goes on elsewhere. */
  readonly onLoss?: LossListener
}

const defaults: JanitorOptions = {
  roundPauseMs: janitorRoundPauseMs,
  quietPauseMsMax: 0,
  deletionPauseMs: Number.POSITIVE_INFINITY,
  sweepPauseMs: janitorSweepPauseMs,
  sweepAgeMs: sweepAgeMsMin,
  producerExpirationMs: producerExpirationMsDefault,
  offsetsRetentionMs: offsetsRetentionMsDefault,
  forgetTopicMs,
  consolidateBytesMin,
  consolidateAgeMs: consolidateAgeMsMin,
}

const units: Readonly<Record<Phase, Unit>> = {
  found: foundUnit,
  deleted: deletedUnit,
  partitions: partitionsUnit,
  intake: intakeUnit,
  segments: segmentsUnit,
  offsets: offsetsUnit,
}

/** Takes steps of rounds. Several may run at once, in one process or many: what two do is done twice, and right. */
export class Janitor {
  readonly #parts: JanitorParts
  readonly #given: Partial<JanitorOptions> | (() => Partial<JanitorOptions>)
  readonly #existence: TopicExistence
  /** Deletions that the last round found recorded. */
  #deletionsSeen = 0

  /** Options that may change, as broker configs do, are given as a function, asked in each step. */
  constructor(parts: JanitorParts, options: Partial<JanitorOptions> | (() => Partial<JanitorOptions>) = {}) {
    this.#parts = parts
    this.#given = options
    this.#existence = new TopicExistence(parts.topics)
  }

  get #options(): JanitorOptions {
    return { ...defaults, ...(typeof this.#given === 'function' ? this.#given() : this.#given) }
  }

  /**
   * Works until the round has ended or the budget is spent; at least one unit, when a round is due. Never throws: what
   * fails is in the report, and is tried again in the next round. While nothing is due it is one read.
   */
  async step({ budget }: { budget: JanitorBudget }): Promise<JanitorReport> {
    const { clock } = this.#parts
    const spending = new Spending(clock, budget)
    const report = new ReportBuilder()
    const meta = spending.metaStore(this.#parts.meta)
    let cursor: Cursor | undefined
    try {
      cursor = this.#dueRound(await readCursor(meta))
      if (cursor.phase !== 'rest') cursor = await this.#go(cursor, this.#work(meta, spending, report, cursor))
    } catch (fault) {
      report.fault('cursor', fault)
    }
    return report.build({ atRest: cursor?.phase === 'rest', calls: spending.calls })
  }

  /** A new round, where the last one has ended and it is time. */
  #dueRound(cursor: Cursor): Cursor {
    const nowMs = this.#parts.clock.now()
    const { roundPauseMs, quietPauseMsMax, deletionPauseMs, sweepPauseMs } = this.#options
    const grownMs = Math.min(roundPauseMs * 2 ** Math.min(cursor.quiet, 16), quietPauseMsMax)
    const deletions = this.#parts.topics.deleted.recorded
    const patienceMs = deletions > this.#deletionsSeen ? deletionPauseMs : Number.POSITIVE_INFINITY
    const pauseMs = Math.min(Math.max(roundPauseMs, grownMs), patienceMs)
    if (cursor.phase !== 'rest' || isWithin(cursor.roundMs, nowMs, pauseMs)) return cursor
    this.#deletionsSeen = deletions
    const sweepMs = isWithin(cursor.sweepMs, nowMs, sweepPauseMs) ? cursor.sweepMs : nowMs
    return { phase: phases[0], at: '', roundMs: nowMs, sweepMs, quiet: cursor.quiet }
  }

  #work(meta: MetaStore, spending: Spending, report: ReportBuilder, { roundMs, sweepMs }: Cursor): Work {
    const { clock, entropy, topics, offsets, onLoss } = this.#parts
    const objects = spending.objectStore(this.#parts.objects)
    return {
      meta,
      objects,
      clock,
      entropy,
      topics,
      offsets,
      spending,
      report,
      onLoss,
      // What is consolidated is read once: nothing is kept.
      bytes: new PointerBytes({ meta, objects, cache: new BytesCache({ bytesMax: 0 }) }),
      topicExists: (id) => this.#existence.exists(id),
      options: this.#options,
      sweeping: roundMs === sweepMs,
    }
  }

  async #go(start: Cursor, work: Work): Promise<Cursor> {
    let cursor = start
    let faultsInARow = 0
    let writtenCalls = work.spending.calls
    while (cursor.phase !== 'rest') {
      const { phase } = cursor
      const faultsBefore = work.report.faultCount
      const next = await this.#unit(phase, cursor.at, work)
      faultsInARow = work.report.faultCount > faultsBefore ? faultsInARow + 1 : 0
      cursor =
        next === undefined ? { ...cursor, phase: phaseAfter(phase, work.sweeping), at: '' } : { ...cursor, at: next }
      // A store that does not answer: rather try later than go through everything in vain.
      if (work.spending.isOver || faultsInARow >= janitorFaultsInARowMax) break
      const mayBeLost = work.spending.calls - writtenCalls
      if (cursor.phase !== phase && cursor.phase !== 'rest' && mayBeLost >= janitorCursorCallsMin) {
        await writeCursor(work.meta, cursor)
        writtenCalls = work.spending.calls
      }
    }
    // A round of several steps had something to do.
    const wasQuiet = start.phase === phases[0] && start.at === '' && work.report.isQuiet
    if (cursor.phase === 'rest') cursor = { ...cursor, quiet: wasQuiet ? cursor.quiet + 1 : 0 }
    await writeCursor(work.meta, cursor)
    return cursor
  }

  /** A unit that fails as a whole ends its phase: the rest of that is for the next round. */
  async #unit(phase: Phase, at: string, work: Work): Promise<string | undefined> {
    try {
      return await units[phase](work, at)
    } catch (fault) {
      work.report.fault(`${phase} ${at}`, fault)
      return undefined
    }
  }
}

/** Less than `pauseMs` ago. A time to come (a clock was set back) is long ago. */
const isWithin = (thenMs: number, nowMs: number, pauseMs: number) => thenMs <= nowMs && nowMs - thenMs < pauseMs
