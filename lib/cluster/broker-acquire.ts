/**
 * Taking a lease at the start. Of two processes with one id the second is refused, as in Kafka; but one that was killed left
 * its lease behind, and whoever starts it again should not have to wait by hand. So a lease that is not renewed while we
 * look is waited for, and one that is renewed is another process's.
 */
import type { Clock } from '../base/clock.ts'
import type { MetaStore } from '../store/meta-store.ts'
import { type BrokerLease, leaseFromItem, leaseItem, leaseLapsedBy, leaseUnchanged } from './broker-item.ts'
import type { LeaseTimes } from './broker-sightings.ts'
import { untilKnown } from './until-known.ts'

/** Another process has the `node.id`, and lives. The message is a sentence for whoever has started this one. */
export class BrokerIdInUse extends Error {
  override readonly name = 'BrokerIdInUse'
  constructor({ node }: BrokerLease) {
    super(
      `Broker ${node.id} is running already, at ${node.host}:${node.port}: stop it first, or give this one another node.id.`,
    )
  }
}

/**
 * Puts `own(now)` as soon as there is no other's, and answers when it was sent, ms. Throws `BrokerIdInUse`, and what the
 * store throws.
 */
export async function acquireLease(
  { meta, clock }: { readonly meta: MetaStore; readonly clock: Clock },
  own: (nowMs: number) => BrokerLease,
  { sessionTimeoutMs, heartbeatIntervalMs }: LeaseTimes,
): Promise<number> {
  let seen: BrokerLease | undefined
  let waitedMs = 0
  for (;;) {
    const sentMs = clock.now()
    const lease = own(sentMs)
    // Not renewed for a whole session that we have waited through: whatever its clock says, its process is gone.
    const guard = seen && waitedMs >= sessionTimeoutMs ? leaseUnchanged(seen) : leaseLapsedBy(sentMs)
    const { answer } = await untilKnown(clock, () => meta.put(leaseItem(lease), guard))
    if ('done' in answer) return sentMs
    if (!answer.refused) {
      // Given back while we were about to take it.
      seen = undefined
      waitedMs = 0
      continue
    }
    const other = leaseFromItem(answer.refused)
    // Our own put, whose answer was lost.
    if (other.incarnation === lease.incarnation) return sentMs
    const isSame = seen?.incarnation === other.incarnation && seen.untilMs === other.untilMs
    if (seen && !isSame) throw new BrokerIdInUse(other)
    seen = other
    await clock.sleep(heartbeatIntervalMs)
    waitedMs += heartbeatIntervalMs
  }
}
