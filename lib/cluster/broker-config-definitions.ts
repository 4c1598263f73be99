/**
 * Every broker config that is known here, under Apache Kafka's name: its type, default, legal values and whether it can
 * change while the broker runs. Facts follow Kafka 4's `ServerConfigs`, `SocketServerConfigs`, `ReplicationConfigs`,
 * `GroupCoordinatorConfig`, `LogConfig` and `DynamicBrokerConfig`. What only steers threads, files or a quorum on Kafka's
 * machines is taken and shown, so that a `server.properties` of Kafka starts Gregor, and says that it changes nothing.
 */
import { groupConfigDefinitions } from './group-config-definitions.ts'
import { keptBrokerConfigDefinitions } from './kept-broker-config-definitions.ts'
import { logConfigDefinitions } from './log-config-definitions.ts'
import { serverConfigDefinitions } from './server-config-definitions.ts'

export const brokerConfigDefinitions = {
  ...serverConfigDefinitions,
  ...logConfigDefinitions,
  ...groupConfigDefinitions,
  ...keptBrokerConfigDefinitions,
} as const

export type BrokerConfigName = keyof typeof brokerConfigDefinitions
