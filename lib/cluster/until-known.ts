/**
 * Sends one identical write until the store says what became of it. Only for writes that are safe to send twice: their
 * guard refuses the second copy, and the refusal carries the item that tells whose write it was.
 */
import type { Clock } from '../base/clock.ts'
import { unknownPauseMs, unknownTriesMax } from '../base/limits.ts'
import { OutcomeUnknown } from '../store/errors.ts'

/**
 * The answer, and whether an earlier try was left unknown: a refusal may then be that try's own success.
 * Throws `OutcomeUnknown` after `unknownTriesMax` tries, `StoreUnavailable` when the store throws it and no try is
 * unknown.
 */
export async function untilKnown<T>(
  clock: Clock,
  write: () => Promise<T>,
): Promise<{ readonly answer: T; readonly triedBefore: boolean }> {
  let unknown: OutcomeUnknown | undefined
  for (let tries = 1; ; tries++) {
    try {
      return { answer: await write(), triedBefore: unknown !== undefined }
    } catch (error) {
      // A later try that was not done says nothing of the earlier one: it stays unknown.
      if (error instanceof OutcomeUnknown) unknown ??= error
      else if (unknown === undefined) throw error
      if (tries >= unknownTriesMax) throw unknown
    }
    await clock.sleep(unknownPauseMs * 2 ** (tries - 1))
  }
}
