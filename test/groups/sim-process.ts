/** A process with a coordinator that can be killed between any two of its store calls: nothing it waits for ever comes. */
import type { Clock } from '../../lib/base/clock.ts'
import type { Entropy } from '../../lib/base/entropy.ts'
import { functionsBrokerId } from '../../lib/cluster/brokers.ts'
import { defaultGroupSettings, type GroupSettings } from '../../lib/groups/group-settings.ts'
import { Groups } from '../../lib/groups/groups.ts'
import { GroupOffsets } from '../../lib/groups/offsets.ts'
import { OutcomeUnknown } from '../../lib/store/errors.ts'
import type { Change, Guard, Item, Key, MetaStore, QueryRange, ReadOptions } from '../../lib/store/meta-store.ts'
import { seeded } from '../world/seeded.ts'

const never = new Promise<never>(() => {})

/** What becomes of one call of a process. */
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
  readonly #clock: Clock
  /** Writes that were made, refused ones among them. */
  writes = 0
  luck: (write: boolean) => Luck = () => 'done'
  isDead = false
  #died: () => void = () => {}
  /** Settles when the process dies. */
  readonly death = new Promise<'died'>((resolve) => {
    this.#died = () => resolve('died')
  })

  constructor(stores: SimStores, { brokerId = 1, seed = 1, settings = {}, topics = [] }: SimProcessOptions = {}) {
    const clock = this.#mortalClock(stores.clock)
    this.#clock = clock
    const meta = this.#mortalMeta(stores.meta)
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

  die(): void {
    this.isDead = true
    this.#died()
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

  #mortalMeta(inner: MetaStore): MetaStore {
    const read = <T>(call: () => Promise<T>) => this.#call(false, call)
    const write = <T>(call: () => Promise<T>) => this.#call(true, call)
    return {
      get: (key: Key, options?: ReadOptions) => read(() => inner.get(key, options)),
      getMany: (keys: readonly Key[], options?: ReadOptions) => read(() => inner.getMany(keys, options)),
      query: (pk: string, range?: QueryRange) => read(() => inner.query(pk, range)),
      put: (item: Item, guard?: Guard) => write(() => inner.put(item, guard)),
      update: (key: Key, change: Change, guard?: Guard) => write(() => inner.update(key, change, guard)),
      delete: (key: Key, guard?: Guard) => write(() => inner.delete(key, guard)),
    }
  }

  async #call<T>(isWrite: boolean, call: () => Promise<T>): Promise<T> {
    if (this.isDead) return never
    if (isWrite) this.writes++
    const luck = this.luck(isWrite)
    if (luck === 'dies-before') this.die()
    if (this.isDead) return never
    if (luck === 'lost') throw new OutcomeUnknown('a call that was lost')
    if (typeof luck === 'object') await this.#clock.sleep(luck.lateMs)
    const answer = await call()
    if (luck === 'dies-after') this.die()
    if (this.isDead) return never
    if (luck === 'answer-lost') throw new OutcomeUnknown('a call whose answer was lost')
    return answer
  }
}
