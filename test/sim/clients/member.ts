/**
 * A member of the group in one life: it reads what it has, commits what it has read, and in the end it leaves or dies. The
 * next life may speak the other protocol, and goes on under the same instance id where it has one.
 */
import type { Entropy } from '../../../lib/base/entropy.ts'
import type { GroupRecord } from '../group-record.ts'
import { lost, type World } from '../world.ts'
import { GroupFrames } from './group-frames.ts'

/** On a scale with the sessions of the world's groups. */
export const heartbeatMs = 300

export interface MemberParts {
  readonly world: World
  readonly record: GroupRecord
  readonly client: string
  readonly entropy: Entropy
  readonly instanceId: string | null
  /** An id that no life of any client has had. */
  readonly freshId: () => string
}

export abstract class Member {
  protected readonly world: World
  protected readonly record: GroupRecord
  protected readonly entropy: Entropy
  protected readonly instanceId: string | null
  protected readonly frames: GroupFrames
  /** Of partitions that are its own: how far it has come. */
  protected readonly positions = new Map<number, number>()

  constructor({ world, record, client, entropy, instanceId }: MemberParts) {
    this.world = world
    this.record = record
    this.entropy = entropy
    this.instanceId = instanceId
    this.frames = new GroupFrames(world, client, entropy)
  }

  /** Takes steps, so many at most; answers how many are left when it has died. */
  abstract live(stepsMax: number): Promise<number>
  /** It goes, and says so. */
  abstract leave(): Promise<void>
  /** It goes without a word, and reads nothing any more. */
  abstract die(): void

  protected below = (count: number) => Math.floor(this.entropy.fraction() * count)

  /** Commits one step further for what is its own; first it looks where it is. */
  protected async commit(memberId: string, generation: number, partitions: readonly number[]): Promise<void> {
    const { record, frames, positions } = this
    for (const partition of partitions) {
      if (positions.has(partition)) continue
      const committed = await frames.committed(partition)
      if (committed === undefined) return
      positions.set(partition, Math.max(0, committed))
    }
    const commits = partitions.map((partition) => {
      const offset = (positions.get(partition) ?? 0) + 1 + this.below(3)
      positions.set(partition, offset)
      return { partition, offset, metadata: `${memberId} ${generation}` }
    })
    const { learned } = record
    if (this.instanceId !== null) record.commitsAs(memberId, this.instanceId)
    const outcomes = await frames.commit({ memberId, instanceId: this.instanceId, generation }, commits)
    for (const [nth, { partition, offset }] of commits.entries()) {
      // A process may come to it yet, long after the member has gone on; Kafka's would as well.
      if (outcomes === lost) record.givesUp(partition, offset)
      else if (outcomes[nth] === 'committed') {
        record.acknowledged(memberId, partition, offset, { learned, generation })
      }
    }
  }
}
