/** The cluster's parts on S3 and DynamoDB, as every function has them; together the functions are one broker, number 0. */
import { systemClock as clock, systemEntropy as entropy } from '../lib/base/system.ts'
import { BrokerSettings } from '../lib/cluster/broker-settings.ts'
import { functionsBrokerId } from '../lib/cluster/brokers.ts'
import { SoleBroker } from '../lib/cluster/sole-broker.ts'
import { Topics } from '../lib/cluster/topics.ts'
import { groupSettingsOf } from '../lib/groups/group-settings.ts'
import { Groups } from '../lib/groups/groups.ts'
import { GroupOffsets } from '../lib/groups/offsets.ts'
import { Log } from '../lib/log/log.ts'
import { brokerConfigs } from './settings.ts'
import { meta, objects } from './stores.ts'

/** For faults that no client is told of: they go to the function's log. */
export const report = (fault: unknown) => console.error(fault)

/** What is set while the functions run lies in the store, and holds within seconds. */
export const brokerSettings = new BrokerSettings({ meta, clock, brokerId: functionsBrokerId, configs: brokerConfigs })
export const topics = new Topics({ meta, clock, entropy, defaults: brokerSettings })
export const groups = new GroupOffsets({ meta, clock, topics })
// Every request says where its client reaches us: this address is never told.
export const brokers = new SoleBroker({ id: functionsBrokerId, host: 'functions', port: 443, rack: null })
export const groupMembers = new Groups({
  ...{ meta, clock, entropy, topics, brokers, report },
  offsets: groups,
  settings: () => groupSettingsOf(brokerSettings.config),
})
// Nothing is read ahead: this process stands still after an answer.
export const log = new Log({ meta, objects, clock, entropy, onLoss: report, onBug: report }, { readAheadBytes: 0 })
export { clock, entropy }
