/** The phases that sweep what belongs to no single partition: objects, and groups' offsets. */
import { sweepIntake } from '../log/sweep.ts'
import { sweepSegments } from '../log/sweep-segments.ts'
import type { Work } from './work.ts'

const fromAfter = (at: string) => (at === '' ? undefined : at)

/** One listing of intake objects older than `sweepAgeMs`; those that no index names are deleted. */
export async function intakeUnit({ report, ...work }: Work, at: string): Promise<string | undefined> {
  const timeMs = work.clock.now() - work.options.sweepAgeMs
  const { deleted, unreadable, next } = await sweepIntake(work, { timeMs, after: fromAfter(at) })
  report.counts.intakeObjectsDeleted += deleted
  report.unreadable(unreadable)
  return next
}

/** The same of segments. */
export async function segmentsUnit({ report, ...work }: Work, at: string): Promise<string | undefined> {
  const timeMs = work.clock.now() - work.options.sweepAgeMs
  const { deleted, unreadable, next } = await sweepSegments(work, { timeMs, after: fromAfter(at) })
  report.counts.segmentsDeleted += deleted
  report.unreadable(unreadable)
  return next
}

/** Up to `groupExpiryMax` groups; committed offsets that are older than `offsetsRetentionMs` are deleted. */
export async function offsetsUnit({ report, offsets, clock, options }: Work, at: string): Promise<string | undefined> {
  const after = fromAfter(at)
  const page = await offsets.expire(clock.now(), options.offsetsRetentionMs, after === undefined ? {} : { after })
  report.counts.offsetsExpired += page.expired
  return page.next
}
