/** A member of the consumer protocol (KIP-848): see `ModernClient`, which decides what it says. */

import { silentHeartbeat } from '../../groups/consumer/heartbeat.ts'
import { ModernClient } from '../../groups/consumer/modern-client.ts'
import { lost, stayingTopic } from '../world.ts'
import { heartbeatMs, Member, type MemberParts } from './member.ts'

/** Kafka's epoch of a member that leaves, and of a static one that will be back. */
const leaves = -1
const isBackSoon = -2

export class ConsumerMember extends Member {
  readonly #client: ModernClient
  readonly #name: string

  constructor(parts: MemberParts) {
    super(parts)
    const beat = () => {
      throw new Error('in a world nothing is answered at once')
    }
    this.#name = parts.client
    this.#client = new ModernClient({ beat, freshId: parts.freshId }, [stayingTopic], parts.instanceId)
    parts.record.clients.push(this.#client)
  }

  async live(stepsMax: number): Promise<number> {
    const client = this.#client
    // It needs more of them: it never waits for others.
    for (let steps = 0; steps < stepsMax * 2; steps++) {
      const said = client.owned
      const reply = await this.#beat(client.next())
      client.hear(reply === lost ? 'is lost' : reply)
      this.record.takes()
      const partitions = client.owned.flatMap(({ partitions: own }) => own)
      for (const known of this.positions.keys()) if (!partitions.includes(known)) this.positions.delete(known)
      if (client.epoch > 0 && partitions.length > 0 && this.below(2) === 0) {
        await this.commit(client.id, client.epoch, partitions)
      }
      if (this.below(25) === 0) {
        await this.#goes(isBackSoon)
        return Math.floor(stepsMax - steps / 2)
      }
      const isUrgent = reply !== lost && (client.owned !== said || client.epoch === 0)
      await this.world.sleep(isUrgent ? 20 : this.below(heartbeatMs * 2))
    }
    return 0
  }

  die(): void {
    this.#client.die()
  }

  leave(): Promise<void> {
    return this.#goes(leaves)
  }

  /** A dynamic member that will be back dies without a word. */
  async #goes(memberEpoch: number): Promise<void> {
    const { id, epoch } = this.#client
    this.#client.die()
    const isSilent = memberEpoch === isBackSoon && (this.instanceId === null || this.below(2) === 0)
    if (epoch > 0 && !isSilent) await this.#beat({ memberId: id, memberEpoch, instanceId: this.instanceId })
  }

  #beat(fields: ReturnType<ModernClient['next']>) {
    return this.frames.request({
      ...silentHeartbeat,
      clientId: this.#name,
      ...fields,
    })
  }
}
