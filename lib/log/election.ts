/**
 * An election: one update of a partition's head, guarded by the epoch that was seen, that names another leader and begins
 * the next epoch. It is the linearization point: what an earlier leader still has in flight is refused from then on, and of
 * those who elect at once one is first. A late copy is refused by the epoch; a crash before it changes nothing.
 *
 * The head's `next`, tail and producers stay as they are, so nothing that the commit protocol rests on goes down. The store
 * itself reads `n` as the new epoch's beginning: an append that lands just before is of the old epoch, one just after fails.
 */
import type { Clock } from '../base/clock.ts'
import { epoch, type PartitionId } from '../base/ids.ts'
import { untilKnown } from '../cluster/until-known.ts'
import type { Assignment, Change, Item, MetaStore } from '../store/meta-store.ts'
import { forgettableEpochs } from './epochs.ts'
import { epochBeginsAbsent, epochIs } from './guards.ts'
import { deletedEpoch, type Head, parseHead } from './head.ts'
import { headKey } from './keys.ts'

/**
 * The head after the election of `leader`, or the one that another has changed before: its epoch is then higher than the
 * view's, and its leader whoever won. `undefined`: there is no head any more. Throws what the store throws.
 */
export async function elect(
  { meta, clock }: { readonly meta: MetaStore; readonly clock: Clock },
  id: PartitionId,
  view: Head,
  leader: number,
): Promise<Head | undefined> {
  if (view.epoch === deletedEpoch) return view
  if (view.item.b === undefined) await makeEpochBegins(meta, clock, id, view)
  const { answer } = await untilKnown(clock, () =>
    meta.update(headKey(id), electionOf(view, leader), [epochIs(view.epoch)]),
  )
  const item: Item | undefined = 'done' in answer ? answer.done : answer.refused
  return item && parseHead(item)
}

function electionOf(view: Head, leader: number): Change {
  const next = epoch(view.epoch + 1)
  return [
    { set: ['e'], to: { value: next } },
    { set: ['l'], to: { value: leader } },
    { set: ['b', String(next)], to: { path: ['n'] } },
    ...forgettableEpochs(view).map((old): Assignment => ({ remove: ['b', String(old)] })),
  ]
}

/** For heads from before there were elections: DynamoDB sets no path in a map that is not there. */
async function makeEpochBegins(meta: MetaStore, clock: Clock, id: PartitionId, view: Head): Promise<void> {
  const change: Change = [{ set: ['b'], to: { value: { [view.epoch]: 0 } } }]
  await untilKnown(clock, () => meta.update(headKey(id), change, [epochIs(view.epoch), epochBeginsAbsent]))
}
