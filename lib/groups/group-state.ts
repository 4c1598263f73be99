/**
 * What the cluster knows of a group: the union of all kinds, as plain data (no undefined, no bytes, no maps), since it is
 * stored as JSON by `state-item.ts`. What members bring is named here (`payload.ts`), never contained. Liveness is not
 * here either: a heartbeat changes nothing unless only functions run (`seenMs`).
 */
import type { ClassicGroup } from './classic/classic-state.ts'
import type { ConsumerGroup } from './consumer/consumer-state.ts'

/**
 * `undefined` is a group that nobody has joined: it may have offsets. A dead one is being deleted: whoever finds it so
 * finishes that (`deletion.ts`), and nobody may join before.
 */
export type GroupState = ClassicGroup | ConsumerGroup | DeadGroup

interface DeadGroup {
  readonly kind: 'dead'
  /** When its deletion began. */
  readonly sinceMs: number
  readonly members: readonly []
}
