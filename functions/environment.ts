/** The cluster's parts on S3 and DynamoDB, as every function has them; together the functions are one broker, number 0. */
import { systemClock as clock, systemEntropy as entropy } from '../lib/base/system.ts'
import { BrokerSettings } from '../lib/cluster/broker-settings.ts'
import { functionsBrokerId } from '../lib/cluster/brokers.ts'
import { Topics } from '../lib/cluster/topics.ts'
import { GroupOffsets } from '../lib/groups/offsets.ts'
import { CountedLog } from '../lib/log/counted-log.ts'
import type { ObjectStore } from '../lib/store/object-store.ts'
import { brokerConfigs } from './settings.ts'
import { meta } from './stores.ts'
import { report } from './watching.ts'

/** What is set while the functions run lies in the store, and holds within seconds. */
export const brokerSettings = new BrokerSettings({ meta, clock, brokerId: functionsBrokerId, configs: brokerConfigs })
export const topics = new Topics({ meta, clock, entropy, defaults: brokerSettings })
export const groups = new GroupOffsets({ meta, clock, topics })
/** Nothing is read ahead, and no fold waits for an answer: this process stands still after one. */
export const logOn = (objects: ObjectStore) =>
  new CountedLog(
    { meta, objects, clock, entropy, onLoss: report, onBug: report },
    { readAheadBytes: 0, foldsFirst: true },
  )
export { clock, entropy, report }
