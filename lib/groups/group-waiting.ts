/**
 * Waiting for a group. A parked request is answered by a function of the state, looked at whenever the state has changed:
 * at once where this process has changed it, else at the next look. So it may wait in any process, also in a function that
 * only sees what is stored; and the time that passes meanwhile does to the group what it does.
 */

import type { Clock } from '../base/clock.ts'
import { callOff } from '../base/deadline.ts'
import { groupPollMsMin, groupTickPauseMs } from '../base/limits.ts'
import type { GroupActor } from './group-actor.ts'
import type { Waiting } from './group-protocol.ts'
import type { GroupReply } from './group-replies.ts'
import { answerFor } from './transition.ts'

export interface Patience {
  /** The longest wait, ms; Infinity where nothing bounds it. */
  readonly waitMsMax: number
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal
  /** When the request may have been sent, at the earliest, ms. Default: when it is made here. */
  readonly sentMs?: number
}

export interface WaitPorts {
  readonly clock: Clock
  /** The longest pause between looks, ms. They begin short where a view is never older than the request. */
  readonly pollMsMax: number
}

/** The answer, or `out-of-time`: the member stays as it is, and may ask again. */
export async function waitForAnswer(
  actor: GroupActor,
  waiting: Waiting,
  { clock, pollMsMax }: WaitPorts,
  { waitMsMax, signal }: Patience,
): Promise<GroupReply | 'out-of-time'> {
  const endMs = clock.now() + waitMsMax
  for (let pauseMs = groupPollMsMin; ; pauseMs = Math.min(pauseMs * 2, pollMsMax)) {
    const stored = await actor.view()
    const reply = answerFor(stored?.state, waiting)
    if (reply !== 'wait') {
      // It could not be heard of while it waited.
      actor.heard(waiting.memberId)
      return reply
    }
    const now = clock.now()
    if (signal.aborted || now >= endMs) return 'out-of-time'
    const dueMs = actor.nextDeadlineMs() ?? Infinity
    if (dueMs <= now) await actor.send({ kind: 'tick' })
    else await changeOr(actor, clock, Math.min(pauseMs, endMs - now, dueMs - now), signal)
  }
}

/** Until the group has changed, in this process's eyes, or the time is over. */
async function changeOr(actor: GroupActor, clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  const changed = new AbortController()
  const end = () => callOff(changed)
  const stop = actor.onChange(end)
  signal.addEventListener('abort', end, { once: true })
  await clock.sleep(ms, changed.signal)
  signal.removeEventListener('abort', end)
  stop()
}

/**
 * Lets time do to a group what it does, as long as this process coordinates it and something is to come.
 * @param isOurs Whether it still does, as far as the cluster's brokers are known.
 */
export async function keepTime(
  actor: GroupActor,
  ports: { readonly clock: Clock; readonly report: (fault: unknown) => void },
  isOurs: () => boolean,
  signal: AbortSignal,
): Promise<void> {
  const { clock, report } = ports
  for (;;) {
    const dueMs = actor.nextDeadlineMs()
    if (dueMs === undefined || signal.aborted || !isOurs()) return
    const now = clock.now()
    if (dueMs > now) {
      await changeOr(actor, clock, dueMs - now, signal)
      continue
    }
    try {
      await actor.send({ kind: 'tick' })
    } catch (fault) {
      report(fault)
      await clock.sleep(groupTickPauseMs, signal)
    }
  }
}
