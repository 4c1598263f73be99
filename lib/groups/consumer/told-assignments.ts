/**
 * What members of consumer groups have last been told by this process. An assignment is sent when a heartbeat changes it;
 * but the heartbeat that does may be one that its member has given up on, late in another process or behind a slow store,
 * and its answer reaches nobody. So it is also sent when this process has not told the member this very assignment in the
 * answer to its latest heartbeat: a member has one under way at a time, and whatever came before is not heard any more.
 */
import { BoundedMap } from '../../base/bounded-map.ts'
import { assignmentsToldMax } from '../../base/limits.ts'
import type { GroupReply } from '../group-replies.ts'
import type { ConsumerHeartbeat } from './consumer-events.ts'
import { type Partitions, samePartitions } from './topic-partitions.ts'

interface Told {
  /** Heartbeats of the member so far. */
  beats: number
  assignment: Partitions | undefined
}

export class ToldAssignments {
  readonly #told = new BoundedMap<string, Told>(assignmentsToldMax)

  /** Runs a heartbeat, and sees to it that its answer tells the assignment if it has to. */
  async during(
    group: string,
    { memberId, memberEpoch }: ConsumerHeartbeat,
    run: () => Promise<GroupReply | 'out-of-time'>,
  ): Promise<GroupReply | 'out-of-time'> {
    // Who leaves is told nothing, and who has no id yet is told everything.
    if (memberEpoch < 0 || memberId === '') return run()
    const key = `${group}\n${memberId}`
    const told = this.#told.get(key) ?? { beats: 0, assignment: undefined }
    this.#told.set(key, told)
    const beat = ++told.beats
    const reply = await run()
    if (reply === 'out-of-time' || reply.kind !== 'consumer-heartbeat') return reply
    const { assignment } = reply
    const isNews = told.assignment === undefined || !samePartitions(told.assignment, assignment)
    if (beat === told.beats) told.assignment = assignment
    return isNews ? { ...reply, isTold: true } : reply
  }
}
