/**
 * A consumer of the new protocol in simulated time, against coordinators that die and work against each other. A request
 * that is not answered in time counts as lost; then it looks for the coordinator anew, as clients do.
 */
import type { ConsumerGroup } from '../../../lib/groups/consumer/consumer-state.ts'
import type { GroupReply } from '../../../lib/groups/group-replies.ts'
import type { GroupState } from '../../../lib/groups/group-state.ts'
import { stateFromItem } from '../../../lib/groups/state-item.ts'
import type { MetaStore } from '../../../lib/store/meta-store.ts'
import type { SimClock } from '../../world/sim-clock.ts'
import type { SimProcess } from '../sim-process.ts'
import { silentHeartbeat } from './heartbeat.ts'
import { ModernClient } from './modern-client.ts'
import { doublyAssigned, doublyOwned } from './owners.ts'

const heartbeatMs = 5_000
const requestMs = 10_000

/** What is stored, as it is stored, and what went wrong with it. */
export class Watch {
  state: GroupState | undefined
  readonly violations: string[] = []
  readonly clients: ModernClient[] = []

  /** The store, with every state that it takes looked at. */
  watched(inner: MetaStore): MetaStore {
    return {
      get: (key, options) => inner.get(key, options),
      getMany: (keys, options) => inner.getMany(keys, options),
      query: (pk, range) => inner.query(pk, range),
      update: (key, change, guard) => inner.update(key, change, guard),
      delete: (key, guard) => inner.delete(key, guard),
      put: async (item, guard) => {
        const answer = await inner.put(item, guard)
        if ('done' in answer && item.sk === 'state') this.#stored(stateFromItem(item).state)
        return answer
      },
    }
  }

  /** To be called when a client has taken something. */
  look(): void {
    this.violations.push(...doublyOwned({ state: this.state }, this.clients))
  }

  get group(): ConsumerGroup {
    if (this.state?.kind !== 'consumer') throw new Error('there is no consumer group')
    return this.state
  }

  #stored(state: GroupState): void {
    this.state = state
    if (state.kind === 'consumer') this.violations.push(...doublyAssigned(state.members))
    this.look()
  }
}

export interface SimMemberOptions {
  readonly clock: SimClock
  readonly watch: Watch
  /** Its coordinator, as far as it can tell. */
  readonly find: () => SimProcess
  readonly id: string
  readonly topics: readonly string[]
  readonly instanceId?: string
}

export class ConsumerSimMember {
  readonly client: ModernClient
  readonly #options: SimMemberOptions
  #lives = 0

  constructor(options: SimMemberOptions) {
    this.#options = options
    const freshId = () => `${options.id}-${this.#lives++}`
    const beat = () => {
      throw new Error('in simulated time nothing is answered at once')
    }
    this.client = new ModernClient({ beat, freshId }, options.topics, options.instanceId ?? null)
    options.watch.clients.push(this.client)
  }

  async run(): Promise<void> {
    const { clock, watch } = this.#options
    while (this.client.isAlive) {
      const said = this.client.owned
      const reply = await this.#request(this.client.next())
      if (!this.client.isAlive) return
      this.client.hear(reply)
      watch.look()
      // What it has given up it says at once, and it joins again at once.
      const isUrgent = reply !== 'is lost' && (this.client.owned !== said || this.client.epoch === 0)
      await clock.sleep(isUrgent ? 100 : heartbeatMs)
    }
  }

  die(): void {
    this.client.die()
  }

  async leave(): Promise<void> {
    const { id, epoch, instanceId } = this.client
    this.client.die()
    if (epoch > 0) await this.#request({ memberId: id, memberEpoch: -1, instanceId })
  }

  async #request(fields: ReturnType<ModernClient['next']>): Promise<GroupReply | 'is lost'> {
    const { clock, find } = this.#options
    const ended = new AbortController()
    const process = find()
    const reply = process.groups.request(
      'g',
      {
        ...silentHeartbeat,
        ...fields,
      },
      { waitMsMax: requestMs, signal: ended.signal },
    )
    const late = clock.sleep(requestMs, ended.signal).then(() => 'is lost' as const)
    try {
      const answer = await Promise.race([reply, late])
      return answer === 'out-of-time' ? 'is lost' : answer
    } catch {
      return 'is lost'
    } finally {
      ended.abort()
      reply.catch(() => undefined)
    }
  }
}
