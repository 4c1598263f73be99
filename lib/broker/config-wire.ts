/** Numbers of the wire that stand for resources, sources, types and operations of configs, as Kafka's enums have them. */
import type { ConfigAlteration } from '../cluster/config-alteration.ts'
import type { ConfigSource } from '../cluster/config-description.ts'
import type { ConfigType } from '../cluster/config-values.ts'

/** `ConfigResource.Type`. */
export const resourceTypes = { topic: 2, broker: 4, brokerLogger: 8, clientMetrics: 16, group: 32 } as const

/** `DescribeConfigsResponse.ConfigSource`. */
export const configSources = {
  topic: 1,
  broker: 2,
  'all-brokers': 3,
  started: 4,
  default: 5,
  group: 8,
} as const satisfies Record<ConfigSource, number>

/** `DescribeConfigsResponse.ConfigType`. */
export const configTypes = {
  boolean: 1,
  string: 2,
  int: 3,
  long: 5,
  double: 6,
  list: 7,
} as const satisfies Record<ConfigType, number>

/** `AlterConfigOp.OpType`, by its number. */
export const alterOperations: Readonly<Record<number, ConfigAlteration['operation']>> = {
  0: 'SET',
  1: 'DELETE',
  2: 'APPEND',
  3: 'SUBTRACT',
}
