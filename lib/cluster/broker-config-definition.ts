/**
 * What a broker config is. The update mode is Kafka's (`DynamicBrokerConfig`, KIP-226): `read-only` needs a restart,
 * `cluster-wide` may be set for one broker or for all, `per-broker` for one only.
 */
import type { ConfigRule, ConfigType } from './config-values.ts'

export type UpdateMode = 'read-only' | 'cluster-wide' | 'per-broker'

export interface BrokerConfigDefinition {
  readonly type: ConfigType
  /** As Kafka shows it; null where nothing is the default. */
  readonly default: string | null
  readonly rule?: ConfigRule
  readonly update: UpdateMode
  readonly documentation: string
}

export const intMax = '2147483647'
export const atLeast = (min: number): ConfigRule => ({ kind: 'range', min })
