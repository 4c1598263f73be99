/**
 * The janitor of a local cluster: small steps with pauses between them, so that no request waits long behind one. While
 * nothing is due a step is one read.
 */
import type { Clock } from '../base/clock.ts'
import {
  localDeletionPauseMs,
  localJanitorCallsMax,
  localJanitorPauseMs,
  localJanitorStepMsMax,
  localJanitorStepPauseMs,
  localSweepAgeMs,
  localSweepPauseMs,
} from '../base/limits.ts'
import type { Janitor } from '../janitor/janitor.ts'
import type { JanitorOptions } from '../janitor/work.ts'

/**
 * What it does otherwise than with S3: data is consolidated when it is an hour old, however much it is. To read it before costs
 * no more here, and much of what a laptop or a test writes is gone by then, and was written once. What is deleted makes room
 * soon: the disk is somebody's own, and its pages are the memory that what is written next needs.
 */
export const localJanitor: Partial<JanitorOptions> = {
  consolidateBytesMin: Number.POSITIVE_INFINITY,
  deletionPauseMs: localDeletionPauseMs,
  sweepAgeMs: localSweepAgeMs,
  sweepPauseMs: localSweepPauseMs,
}

/** Runs until the signal is aborted; resolves when the last step has ended. */
export async function runJanitor(
  janitor: Pick<Janitor, 'step'>,
  clock: Clock,
  signal: AbortSignal,
  report: (fault: unknown) => void,
): Promise<void> {
  // First a pause: whoever has just started the cluster wants to use it.
  let pauseMs = localJanitorPauseMs
  while (!signal.aborted) {
    await clock.sleep(pauseMs, signal)
    if (signal.aborted) return
    const { faults, atRest } = await janitor.step({
      budget: { callsMax: localJanitorCallsMax, msMax: localJanitorStepMsMax },
    })
    for (const fault of faults) report(fault)
    pauseMs = atRest || faults.length > 0 ? localJanitorPauseMs : localJanitorStepPauseMs
  }
}
