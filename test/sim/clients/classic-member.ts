/** A member of the classic protocol, eager or cooperative: see `ClassicClient`, which decides what it says. */
import type { GroupEvent } from '../../../lib/groups/group-events.ts'
import type { GroupReply } from '../../../lib/groups/group-replies.ts'
import { ClassicClient } from '../../groups/consumer/classic-client.ts'
import { lost, stayingTopic } from '../world.ts'
import { heartbeatMs, Member, type MemberParts } from './member.ts'

/** How long a rebalance and a session last. */
const timeoutMs = 2_000
/** Upon these a client looks for its coordinator, and asks again. */
const asksAgain: ReadonlySet<string> = new Set(['not-coordinator', 'coordinator-not-available'])

export class ClassicMember extends Member {
  readonly #client: ClassicClient
  readonly #underWay = new Set<Promise<void>>()
  #isFenced = false

  constructor(parts: MemberParts, mode: 'eager' | 'cooperative') {
    super(parts)
    const { world, record, instanceId, freshId } = parts
    const id = world.ids[0]?.topicId as never
    const topics = [{ id, name: stayingTopic, partitions: world.ids.length }]
    const send = (event: GroupEvent, later: (reply: GroupReply) => void = () => {}) => {
      const asking = this.#send(event, later).finally(() => this.#underWay.delete(asking))
      this.#underWay.add(asking)
      return 'waits' as const
    }
    const { payload } = this.frames
    this.#client = new ClassicClient({ send, payload, freshId, topics: () => topics }, mode, [stayingTopic], instanceId)
    record.clients.push(this.#client)
  }

  async live(stepsMax: number): Promise<number> {
    const client = this.#client
    let [generation, had] = [-1, '']
    for (let steps = 0; steps < stepsMax; steps++) {
      const isAtRest = client.isSettled && client.generation >= 0
      await this.world.sleep(this.below(isAtRest ? heartbeatMs * 2 : heartbeatMs / 2))
      if (isAtRest) {
        const partitions = client.owned.flatMap(({ partitions: own }) => own)
        if (generation !== client.generation || had !== partitions.join()) {
          if (generation !== client.generation) this.positions.clear()
          for (const known of this.positions.keys()) if (!partitions.includes(known)) this.positions.delete(known)
          generation = client.generation
          had = partitions.join()
          this.record.learns(this.instanceId ?? client.id, generation, partitions)
        }
        const count = this.below(3)
        for (let nth = 0; nth < count; nth++) await this.commit(client.id, generation, partitions)
        if (this.below(15) === 0) {
          client.die()
          return stepsMax - steps
        }
      }
      client.turn()
      while (this.#underWay.size > 0) await Promise.all(this.#underWay)
      this.record.takes()
      if (this.#isFenced) {
        client.die()
        return 0
      }
    }
    return 0
  }

  die(): void {
    this.#client.die()
  }

  async leave(): Promise<void> {
    this.#client.leave()
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
  }

  async #send(event: GroupEvent, later: (reply: GroupReply) => void): Promise<void> {
    const timed = event.kind === 'join' ? { sessionTimeoutMs: timeoutMs, rebalanceTimeoutMs: timeoutMs } : {}
    const reply = await this.frames.request({ ...event, ...timed })
    const isRefused = reply !== lost && reply.kind === 'refused'
    if (isRefused && reply.problem === 'fenced-instance') this.#isFenced = true
    if (reply !== lost && !(isRefused && asksAgain.has(reply.problem))) return later(reply)
    // What has not become of a join or a sync is begun anew; a heartbeat is sent again by itself.
    if (event.kind === 'join' || event.kind === 'sync') later({ kind: 'refused', problem: 'rebalance-in-progress' })
  }
}
