/**
 * The stored item of dynamic broker configs (KIP-226), as they are set by IncrementalAlterConfigs while brokers run.
 *
 * Key       `cluster` / `config#brokers` for all brokers (Kafka's default resource), `config#broker#<id, 10 digits>` for one.
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
import type { BrokerConfigs } from './broker-config.ts'

/** One broker by its id, or all of them. */
export type BrokerScope = number | 'all'

export interface DynamicConfigs {
  readonly configs: BrokerConfigs
  /** 0: there is no item. */
  readonly version: number
}

export function brokerConfigKey(scope: BrokerScope): Key {
  return { pk: 'cluster', sk: scope === 'all' ? 'config#brokers' : `config#broker#${String(scope).padStart(10, '0')}` }
}

export function brokerConfigsFromItem(item: Item | undefined): DynamicConfigs {
  if (item === undefined) return { configs: {}, version: 0 }
  assert(typeof item.version === 'number' && typeof item.config === 'object', 'the item of broker configs is broken')
  return { configs: item.config as BrokerConfigs, version: item.version }
}

export const brokerConfigChange = (configs: BrokerConfigs, seen: DynamicConfigs): Change => [
  { set: ['config'], to: { value: configs } },
  { set: ['version'], to: { value: seen.version + 1 } },
]

/** Nothing has changed since it was read. */
export const brokerConfigGuard = (seen: DynamicConfigs): Guard => [
  seen.version === 0
    ? { path: ['version'], is: 'absent' }
    : { path: ['version'], is: '=', than: { value: seen.version } },
]
