/**
 * The configs of single groups in this process. They lie in the store, for whichever gateway or function coordinates the
 * group: a change holds here at once and elsewhere within `groupConfigCacheMsMax`. They are read when a member of a KIP-848
 * group is heard of, so groups that nobody is in, and classic ones, cost nothing.
 */
import { BoundedMap } from '../base/bounded-map.ts'
import type { Clock } from '../base/clock.ts'
import { groupConfigCacheMsMax, groupListMax, groupsListedMax, groupsLoadedMax } from '../base/limits.ts'
import { alterDynamicConfigs } from '../cluster/alter-dynamic-configs.ts'
import type { AlteredConfigs, ConfigAlteration } from '../cluster/config-alteration.ts'
import {
  dynamicConfigsFromItem,
  groupConfigKey,
  groupConfigsFrom,
  groupConfigsPartition,
  groupConfigsTo,
  groupOfConfigItem,
} from '../cluster/dynamic-config-item.ts'
import { StoreUnavailable } from '../store/errors.ts'
import type { MetaStore } from '../store/meta-store.ts'
import { sortKeyAfter } from '../store/paging.ts'
import {
  alteredGroupConfigs,
  type GroupConfigs,
  groupConfigsProblem,
  knownGroupConfigs,
  settingsWith,
} from './group-config.ts'
import type { GroupSettings } from './group-settings.ts'

export interface GroupConfigPorts {
  readonly meta: MetaStore
  readonly clock: Clock
  /** What holds for groups on which nothing is set. */
  readonly settings: () => GroupSettings
}

export type AlterGroupAnswer =
  | { readonly outcome: 'altered' }
  /** A sentence, Kafka's where it has one. */
  | { readonly outcome: 'invalid-config'; readonly message: string }
  /** Others altered it at the same time, again and again: nothing was changed. */
  | { readonly outcome: 'contended'; readonly message: string }

interface Options {
  /** Judges, and changes nothing. */
  readonly validateOnly?: boolean
}

interface Reading {
  readonly configs: GroupConfigs
  readonly readMs: number
}

/**
 * Group ids must be legal (`groupIdProblem`); whether there is such a group makes no difference. What reads throws
 * `StoreUnavailable`, what alters `OutcomeUnknown` as well, and may be called again after either.
 */
export class GroupConfigStore {
  readonly #ports: GroupConfigPorts
  readonly #readings = new BoundedMap<string, Reading>(groupsLoadedMax)
  /** Those who ask about one group at once share a read. */
  readonly #reading = new Map<string, Promise<void>>()

  constructor(ports: GroupConfigPorts) {
    this.#ports = ports
  }

  /** The coordinator's settings for a group, as its configs were last read. */
  settings(group: string): GroupSettings {
    const settings = this.#ports.settings()
    const reading = this.#readings.get(group)
    return reading === undefined ? settings : settingsWith(settings, reading.configs)
  }

  /** One small read when the last one is older than `groupConfigCacheMsMax`. While the store is away, what was known holds. */
  freshen(group: string): Promise<void> {
    const known = this.#readings.get(group)
    const ageMs = known === undefined ? -1 : this.#ports.clock.now() - known.readMs
    if (ageMs >= 0 && ageMs < groupConfigCacheMsMax) return Promise.resolve()
    const there = this.#reading.get(group)
    if (there !== undefined) return there
    const reading = this.#read(group)
      .catch((fault: unknown) => {
        if (known === undefined || !(fault instanceof StoreUnavailable)) throw fault
      })
      .finally(() => this.#reading.delete(group))
    this.#reading.set(group, reading)
    return reading
  }

  /** What is set on a group now. */
  async get(group: string): Promise<GroupConfigs> {
    return stored(await this.#ports.meta.get(groupConfigKey(group), { strong: true }))
  }

  /** Changes some configs, all or none (KIP-339). */
  alter(group: string, alterations: readonly ConfigAlteration[], options: Options = {}): Promise<AlterGroupAnswer> {
    return this.#alter(group, (seen) => alteredGroupConfigs(seen, alterations, this.#ports.settings()), options)
  }

  /** Sets exactly these, as Kafka's older AlterConfigs does. */
  replace(group: string, configs: GroupConfigs, options: Options = {}): Promise<AlterGroupAnswer> {
    const problem = groupConfigsProblem(configs, this.#ports.settings())
    return this.#alter(group, () => (problem === undefined ? { configs } : { problem }), options)
  }

  /** The groups on which something is set, by id, `groupsListedMax` at most. Strongly consistent, not a snapshot. */
  async list(): Promise<string[]> {
    const groups: string[] = []
    for (let from = groupConfigsFrom; groups.length < groupsListedMax; ) {
      const range = { from, to: groupConfigsTo, limit: groupListMax, strong: true }
      const { items, more } = await this.#ports.meta.query(groupConfigsPartition, range)
      for (const item of items) if (Object.keys(stored(item)).length > 0) groups.push(groupOfConfigItem(item))
      const last = items.at(-1)
      if (!more || last === undefined) break
      from = sortKeyAfter(last.sk)
    }
    return groups
  }

  async #read(group: string): Promise<void> {
    const readMs = this.#ports.clock.now()
    const item = await this.#ports.meta.get(groupConfigKey(group))
    this.#readings.set(group, { configs: stored(item), readMs })
  }

  async #alter(
    group: string,
    decide: (configs: GroupConfigs) => AlteredConfigs,
    { validateOnly = false }: Options,
  ): Promise<AlterGroupAnswer> {
    const altered = await alterDynamicConfigs(this.#ports, {
      key: groupConfigKey(group),
      decide: (seen) => decide(knownGroupConfigs(seen)),
      validateOnly,
    })
    if ('contended' in altered) return { outcome: 'contended', message: altered.contended }
    if ('problem' in altered) return { outcome: 'invalid-config', message: altered.problem }
    if (!validateOnly) this.#readings.set(group, { configs: altered.configs, readMs: this.#ports.clock.now() })
    return { outcome: 'altered' }
  }
}

const stored = (item: Parameters<typeof dynamicConfigsFromItem>[0]): GroupConfigs =>
  knownGroupConfigs(dynamicConfigsFromItem(item).configs)
