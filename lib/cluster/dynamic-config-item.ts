/**
 * The stored item of dynamic configs of brokers (KIP-226) and of groups (KIP-848), as they are set by
 * IncrementalAlterConfigs while brokers run. Those of a topic stand in its own item.
 *
 * Key       `cluster` / `config#brokers` for all brokers (Kafka's default resource), `config#broker#<id, 10 digits>` for
 *           one, `config#group#<group id>` for a group, whether or not there is such a group: as in Kafka, deleting a group
 *           leaves its configs.
 * Content   config (what was set, name to text), version.
 * Lifetime  from the first alteration on; it stays when nothing is set any more.
 * Size      below 100 KB by the limits of configs; in practice some names.
 *
 * Legal changes, each by its guard:
 *   create    put whole, version 1, if no item is there
 *   alter     config, version + 1, if this version is there
 */
import { assert } from '../base/assert.ts'
import type { Change, Guard, Item, Key } from '../store/meta-store.ts'

/** One broker by its id, or all of them. */
export type BrokerScope = number | 'all'

export interface DynamicConfigs {
  /** Name to text. */
  readonly configs: Readonly<Record<string, string>>
  /** 0: there is no item. */
  readonly version: number
}

export const groupConfigsPartition = 'cluster'
export const groupConfigsFrom = 'config#group#'
/** The character after '#': every group sorts before it. */
export const groupConfigsTo = 'config#group$'

export function brokerConfigKey(scope: BrokerScope): Key {
  return { pk: 'cluster', sk: scope === 'all' ? 'config#brokers' : `config#broker#${String(scope).padStart(10, '0')}` }
}

/** Of a group whose id is legal: the key takes `groupIdBytesMax` and no more. */
export function groupConfigKey(group: string): Key {
  return { pk: groupConfigsPartition, sk: `${groupConfigsFrom}${group}` }
}

export function groupOfConfigItem({ sk }: Item): string {
  assert(sk.startsWith(groupConfigsFrom), 'no item of the configs of a group')
  return sk.slice(groupConfigsFrom.length)
}

export function dynamicConfigsFromItem(item: Item | undefined): DynamicConfigs {
  if (item === undefined) return { configs: {}, version: 0 }
  assert(typeof item.version === 'number' && typeof item.config === 'object', 'the item of dynamic configs is broken')
  return { configs: item.config as DynamicConfigs['configs'], version: item.version }
}

export const dynamicConfigsChange = (configs: DynamicConfigs['configs'], seen: DynamicConfigs): Change => [
  { set: ['config'], to: { value: configs } },
  { set: ['version'], to: { value: seen.version + 1 } },
]

/** Nothing has changed since it was read. */
export const dynamicConfigsGuard = (seen: DynamicConfigs): Guard => [
  seen.version === 0
    ? { path: ['version'], is: 'absent' }
    : { path: ['version'], is: '=', than: { value: seen.version } },
]
