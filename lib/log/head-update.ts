/**
 * Sends one attempt until its fate is known. One call may be several requests: our own tries after a time-out, and copies
 * that a client library, a proxy or DynamoDB's routers make in secret, some of them very late. So a refusal says for certain
 * only what no later state of the head can change:
 *
 *   done                        -> landed
 *   time-out                    -> the identical update again, until the deadline; then cancel
 *   refused, its pointer is in the tail, or in a page written since  -> landed: a copy was quicker
 *   refused for good            -> it never will land
 *   refused for want of room    -> room is made, and the identical update sent again
 *   refused for a gap           -> a copy may land when the gap is filled: cancel
 *   cancel: raise the floor to its time, so that every copy is refused for good; then look once more
 *
 * Crash points: before the update nothing happened; after it the records are there, whoever is told.
 */
import type { Clock } from '../base/clock.ts'
import type { Entropy } from '../base/entropy.ts'
import type { PartitionId } from '../base/ids.ts'
import { cancelTriesMax, retryPauseMsMax, retryPauseMsMin, roomTriesMax, unansweredTriesMax } from '../base/limits.ts'
import { OutcomeUnknown, StoreUnavailable } from '../store/errors.ts'
import type { Item, MetaStore } from '../store/meta-store.ts'
import type { Attempt } from './attempt.ts'
import { floorIsBelow, headPresent } from './guards.ts'
import { type Head, parseHead } from './head.ts'
import { headKey } from './keys.ts'
import { type Location, locate } from './locate.ts'
import { explainRefusal, type Refusal } from './refusal.ts'

export type Fate =
  /** `head` is how the answer showed it; it holds the runs unless a fold was quicker. */
  | { readonly fate: 'landed'; readonly head: Head; readonly runBases: ReadonlyMap<string, number> }
  /** It did not and never will. `head` is what refused it, `undefined` when there is none. */
  | { readonly fate: 'refused'; readonly head: Head | undefined; readonly refusal: Refusal }
  /** It did not and never will: it was cancelled. */
  | { readonly fate: 'cancelled'; readonly head: Head; readonly cause: unknown }
  /** Nothing was sent that could land: the store is not available. */
  | { readonly fate: 'unavailable'; readonly cause: unknown }
  /** Nobody can say. `head` is what was seen last, if anything: the next update must not begin with an older view. */
  | { readonly fate: 'unknown'; readonly head: Head | undefined; readonly cause: unknown }

export interface HeadUpdateParts {
  readonly meta: MetaStore
  readonly clock: Clock
  readonly entropy: Entropy
  /** Called when only room is missing, before the same update is sent again; `tries` counts from 0. */
  readonly makeRoom: (head: Head, tries: number) => Promise<void>
}

export async function sendAttempt(
  parts: HeadUpdateParts,
  id: PartitionId,
  attempt: Attempt,
  deadlineMs: number,
): Promise<Fate> {
  const { meta, clock } = parts
  // Set as soon as a copy may be under way.
  let cause: { readonly fault: unknown } | undefined
  let unanswered = 0
  for (let tries = 0; ; tries++) {
    const answer = await tryUpdate(meta, id, attempt)
    if ('landed' in answer) return { fate: 'landed', head: answer.landed, runBases: tailBases(attempt, answer.landed) }
    if ('failed' in answer) {
      if (!answer.mayHaveHappened && !cause) return { fate: 'unavailable', cause: answer.failed }
      cause = { fault: answer.failed }
      if (clock.now() >= deadlineMs || ++unanswered >= unansweredTriesMax)
        return cancel(parts, id, attempt, cause.fault)
      await pause(parts, tries)
      continue
    }
    const refusal = explainRefusal(attempt, answer.refused)
    if (!answer.refused) return { fate: 'refused', head: undefined, refusal }
    const head = parseHead(answer.refused)
    const location = await locateOrFault(meta, id, attempt, head)
    if (location.found === 'landed') return { fate: 'landed', head, runBases: location.runBases }
    if (location.found === 'unknowable')
      return { fate: 'unknown', head, cause: location.cause ?? cause?.fault ?? refusedFor(refusal) }
    if (refusal.final) return { fate: 'refused', head, refusal }
    cause ??= { fault: refusedFor(refusal) }
    const onlyRoom = refusal.failed.every(({ name }) => name === 'room')
    if (!onlyRoom || clock.now() >= deadlineMs || tries >= roomTriesMax) return cancel(parts, id, attempt, cause.fault)
    await parts.makeRoom(head, tries)
  }
}

type Tried =
  | { readonly landed: Head }
  | { readonly refused: Item | undefined }
  | { readonly failed: unknown; readonly mayHaveHappened: boolean }

async function tryUpdate(meta: MetaStore, id: PartitionId, attempt: Attempt): Promise<Tried> {
  try {
    const answer = await meta.update(headKey(id), attempt.change, attempt.guard)
    return 'done' in answer ? { landed: parseHead(answer.done) } : { refused: answer.refused }
  } catch (fault) {
    if (fault instanceof OutcomeUnknown) return { failed: fault, mayHaveHappened: true }
    if (fault instanceof StoreUnavailable) return { failed: fault, mayHaveHappened: false }
    throw fault
  }
}

const tailBases = (attempt: Attempt, head: Head): ReadonlyMap<string, number> =>
  new Map(attempt.runs.map(({ key }) => [key, head.tail[key] as number]))

async function locateOrFault(
  meta: MetaStore,
  id: PartitionId,
  attempt: Attempt,
  head: Head,
): Promise<Location & { readonly cause?: unknown }> {
  try {
    return await locate(meta, id, attempt, head)
  } catch (fault) {
    if (fault instanceof OutcomeUnknown || fault instanceof StoreUnavailable)
      return { found: 'unknowable', cause: fault }
    throw fault
  }
}

/** For those who are told that nothing is certain: nothing of the store has failed. */
const refusedFor = ({ failed }: Refusal) =>
  new StoreUnavailable('an append', new Error(`the head refuses it for now: ${failed.map(({ name }) => name).join()}`))

/**
 * Raises the floor to the attempt's time, which refuses every copy that is still on its way, and then looks. Other writers'
 * older flushes are refused once as well, and are put again under new names: that is its price.
 */
async function cancel(parts: HeadUpdateParts, id: PartitionId, attempt: Attempt, cause: unknown): Promise<Fate> {
  const { meta } = parts
  for (let tries = 0; tries < cancelTriesMax; tries++) {
    let item: Item | undefined
    try {
      const change = [{ set: ['f'], to: { value: attempt.nameTimeMs } }] as const
      const answer = await meta.update(headKey(id), change, [headPresent, floorIsBelow(attempt.nameTimeMs)])
      item = 'done' in answer ? answer.done : answer.refused
    } catch (fault) {
      if (!(fault instanceof OutcomeUnknown) && !(fault instanceof StoreUnavailable)) throw fault
      await pause(parts, tries)
      continue
    }
    if (!item) return { fate: 'refused', head: undefined, refusal: { failed: [], final: true } }
    const head = parseHead(item)
    const location = await locateOrFault(meta, id, attempt, head)
    if (location.found === 'landed') return { fate: 'landed', head, runBases: location.runBases }
    if (location.found === 'absent') return { fate: 'cancelled', head, cause }
    return { fate: 'unknown', head, cause }
  }
  return { fate: 'unknown', head: undefined, cause }
}

/** Full jitter below a bound that doubles: writers that met once do not meet again. */
export async function pause(
  { clock, entropy }: Pick<HeadUpdateParts, 'clock' | 'entropy'>,
  tries: number,
): Promise<void> {
  const boundMs = Math.min(retryPauseMsMin * 2 ** Math.min(tries, 16), retryPauseMsMax)
  await clock.sleep(Math.ceil(entropy.fraction() * boundMs))
}
