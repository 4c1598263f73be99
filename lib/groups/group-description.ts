/** What operators see of a group: its kind, its state by Kafka's name, and who is in it. */
import type { GroupState } from './group-state.ts'
import { stateNameOf } from './transition.ts'

export interface GroupView {
  readonly group: string
  /** A group that has offsets only is a classic one, as in Kafka. */
  readonly kind: 'classic' | 'consumer'
  /** `Empty`, `Stable`, `PreparingRebalance` ... */
  readonly stateName: string
  /** '' where nobody ever joined. */
  readonly protocolType: string
  /** `undefined` of a group that has offsets only. */
  readonly state: Exclude<GroupState, { kind: 'dead' }> | undefined
}

export function viewOf(group: string, state: GroupView['state']): GroupView {
  if (state === undefined) return { group, kind: 'classic', stateName: 'Empty', protocolType: '', state }
  const protocolType = state.kind === 'classic' ? (state.protocolType ?? '') : 'consumer'
  return { group, kind: state.kind, stateName: stateNameOf(state), protocolType, state }
}
