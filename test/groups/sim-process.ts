/** A process with a coordinator that can be killed between any two of its store calls: nothing it waits for ever comes. */
import type { Clock } from '../../lib/base/clock.ts'
import type { Entropy } from '../../lib/base/entropy.ts'
import { functionsBrokerId } from '../../lib/cluster/brokers.ts'
import { defaultGroupSettings, type GroupSettings } from '../../lib/groups/group-settings.ts'
import { Groups } from '../../lib/groups/groups.ts'
import { GroupOffsets } from '../../lib/groups/offsets.ts'
import { type Fault, Faults, type StoreCall } from '../../lib/store/adapters/memory/faults.ts'
import type { MetaStore } from '../../lib/store/meta-store.ts'
import { Life, living } from '../sim/life.ts'
import { seeded } from '../world/seeded.ts'

const never = new Promise<never>(() => {})

/** What becomes of one call of a process; who dies after a call has sent it, and never hears. */
export type Luck = 'done' | 'dies-before' | 'dies-after' | 'lost' | 'answer-lost' | { readonly lateMs: number }

export interface SimStores {
  readonly meta: MetaStore
  readonly clock: Clock
}

export interface SimProcessOptions {
  readonly brokerId?: number
  readonly seed?: number
  readonly settings?: Partial<GroupSettings>
  readonly topics?: readonly { readonly id: string; readonly name: string; readonly partitions: number }[]
}

export class SimProcess {
  readonly groups: Groups
  readonly offsets: GroupOffsets
  readonly reported: unknown[] = []
  /** Writes that were made, refused ones among them. */
  writes = 0
  luck: (write: boolean) => Luck = () => 'done'
  readonly #life = new Life()
  /** Settles when the process dies. */
  readonly death = new Promise<'died'>((resolve) => this.#life.onDeath(() => resolve('died')))

  constructor(stores: SimStores, { brokerId = 1, seed = 1, settings = {}, topics = [] }: SimProcessOptions = {}) {
    const clock = this.#mortalClock(stores.clock)
    const meta = this.#line(stores.meta, stores.clock)
    const entropy: Entropy = seeded(seed)
    const node = { id: brokerId, host: '127.0.0.1', port: 9092, rack: null }
    this.offsets = new GroupOffsets({ meta, clock })
    this.groups = new Groups({
      meta,
      clock,
      entropy,
      offsets: this.offsets,
      // Each believes that it alone is alive, so that two may coordinate one group at once.
      brokers: { self: brokerId, live: () => (brokerId === functionsBrokerId ? [] : [node]) },
      topics: {
        get: async (name) => topics.find((topic) => topic.name === name) as never,
        list: async () => ({ topics: topics as never }),
      },
      settings: () => ({ ...defaultGroupSettings, ...settings }),
      report: (fault) => this.reported.push(fault),
    })
  }

  get isDead(): boolean {
    return this.#life.isDead
  }

  die(): void {
    this.#life.kill()
  }

  #mortalClock(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      sleep: async (ms, signal) => {
        await clock.sleep(ms, signal)
        if (this.isDead) await never
      },
    }
  }

  #line(inner: MetaStore, clock: Clock): MetaStore {
    const next = ({ operation }: StoreCall): Fault => {
      const isWrite = operation === 'put' || operation === 'update' || operation === 'delete'
      if (isWrite) this.writes++
      const luck = this.luck(isWrite)
      if (typeof luck === 'object') return { kind: 'slow', slowMs: luck.lateMs }
      if (luck === 'dies-before' || luck === 'dies-after') this.die()
      return luck === 'dies-before' || luck === 'lost'
        ? { kind: 'request-lost' }
        : { kind: luck === 'answer-lost' ? luck : 'none' }
    }
    return living(this.#life, new Faults({ next }, clock).metaStore(inner))
  }
}
