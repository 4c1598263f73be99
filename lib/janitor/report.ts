/** What a step of the janitor has done: for logs and metrics. Counts are of things that are gone or made for good. */
import { janitorReportListMax } from '../base/limits.ts'

/** What one step answers. */
export interface JanitorReport {
  /** False: there is more to do now. True: the round has ended, or the next one is not due yet. */
  readonly atRest: boolean
  readonly calls: number
  readonly counts: JanitorCounts
  /** Objects that are no objects of Gregor's, or are damaged: never deleted. At most `janitorReportListMax`. */
  readonly unreadable: readonly string[]
  /** What failed, and where; the rest of the work went on. At most `janitorReportListMax`. */
  readonly faults: readonly JanitorFault[]
}

/** What could not be done this time; the next round tries it again. `cause` is the fault itself. */
export class JanitorFault extends Error {
  override readonly name = 'JanitorFault'
  /** The phase and the place in it, or the job and its partition. */
  readonly where: string

  constructor(where: string, cause: unknown) {
    super(`${where}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.where = where
  }
}

/** Each counts from the beginning of the step. */
export interface JanitorCounts {
  partitions: number
  pagesConsolidated: number
  bytesConsolidated: number
  logStartsRaised: number
  pagesDeleted: number
  intakeObjectsDeleted: number
  segmentsDeleted: number
  inlineItemsDeleted: number
  producersExpired: number
  offsetsExpired: number
  partitionsEmptied: number
  topicsForgotten: number
}

/** Gathers a report while units run; its lists have bounds, its counts have none. */
export class ReportBuilder {
  readonly counts: JanitorCounts = {
    partitions: 0,
    pagesConsolidated: 0,
    bytesConsolidated: 0,
    logStartsRaised: 0,
    pagesDeleted: 0,
    intakeObjectsDeleted: 0,
    segmentsDeleted: 0,
    inlineItemsDeleted: 0,
    producersExpired: 0,
    offsetsExpired: 0,
    partitionsEmptied: 0,
    topicsForgotten: 0,
  }
  readonly #unreadable: string[] = []
  readonly #faults: JanitorFault[] = []
  /** All faults, those past the list's end included. */
  faultCount = 0

  /** Whether anything was changed, or failed; to look at a partition is neither. */
  get isQuiet(): boolean {
    const { partitions: _, ...changes } = this.counts
    return this.faultCount === 0 && Object.values(changes).every((count) => count === 0)
  }

  unreadable(keys: readonly string[]): void {
    this.#unreadable.push(...keys.slice(0, janitorReportListMax - this.#unreadable.length))
  }

  fault(where: string, fault: unknown): void {
    this.faultCount++
    if (this.#faults.length < janitorReportListMax) this.#faults.push(new JanitorFault(where, fault))
  }

  build({ atRest, calls }: { atRest: boolean; calls: number }): JanitorReport {
    return { atRest, calls, counts: this.counts, unreadable: this.#unreadable, faults: this.#faults }
  }
}
