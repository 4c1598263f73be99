/** What the coordinator of a group works with, and the ways in which gateways and functions differ. */
import type { Clock } from '../base/clock.ts'
import type { GroupTopic } from './group-protocol.ts'
import type { GroupSettings } from './group-settings.ts'
import type { GroupStore } from './group-store.ts'

/** Finding the topics that members subscribe to. */
export interface GroupTopics {
  get(name: string): Promise<GroupTopic | undefined>
  list(options: {
    readonly after?: string
  }): Promise<{ readonly topics: readonly GroupTopic[]; readonly next?: string }>
}

export interface GroupPorts {
  readonly store: GroupStore
  readonly clock: Clock
  readonly topics: GroupTopics
  /** For each group, which may have configs of its own. */
  readonly settings: (group: string) => GroupSettings
  /** This process among all writers of states, never used by another: `functions` for all functions together. */
  readonly self: string
  /** Only functions run: see `liveness.ts`. */
  readonly persistSeen: boolean
  /** How old a view may be, ms; 0: every request looks. */
  readonly viewMsMax: number
  /** How long a write waits for what comes with it, ms. */
  readonly gatherMs: number
}
