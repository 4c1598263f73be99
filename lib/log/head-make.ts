/** Making a head: a partition that was never written to has none. */
import type { Clock } from '../base/clock.ts'
import type { Entropy } from '../base/entropy.ts'
import type { PartitionId } from '../base/ids.ts'
import { headMakeTriesMax } from '../base/limits.ts'
import { OutcomeUnknown } from '../store/errors.ts'
import type { MetaStore } from '../store/meta-store.ts'
import { headAbsent } from './guards.ts'
import { type Head, newHead, parseHead } from './head.ts'
import { pause } from './head-update.ts'
import { headKey } from './keys.ts'

/**
 * The head by a strongly consistent read, or a new one. A deleted partition has a head (its epoch is -1) until long after
 * its topic is forgotten, so none means that nobody has written yet. Making one is safe to send twice.
 */
export async function readOrMakeHead(
  parts: { readonly meta: MetaStore; readonly clock: Clock; readonly entropy: Entropy; readonly brokerId: number },
  id: PartitionId,
): Promise<Head> {
  for (let tries = 0; ; tries++) {
    const item = await parts.meta.get(headKey(id), { strong: true })
    if (item) return parseHead(item)
    try {
      const made = await parts.meta.put(newHead(id, parts.brokerId), [headAbsent])
      const head = 'done' in made ? made.done : made.refused
      if (head) return parseHead(head)
    } catch (fault) {
      if (!(fault instanceof OutcomeUnknown) || tries >= headMakeTriesMax) throw fault
    }
    await pause(parts, tries)
  }
}
