/**
 * The cluster on S3 and DynamoDB, as every function has it. Connections are opened while the module loads, which Lambda
 * does with a whole processor, beside the first event's way.
 */
import { systemClock as clock, systemEntropy as entropy } from '../lib/base/system.ts'
import { BrokerSettings } from '../lib/cluster/broker-settings.ts'
import { functionsBrokerId } from '../lib/cluster/brokers.ts'
import { clusterIdKey } from '../lib/cluster/cluster-id.ts'
import { SoleBroker } from '../lib/cluster/sole-broker.ts'
import { Topics } from '../lib/cluster/topics.ts'
import { groupSettingsOf } from '../lib/groups/group-settings.ts'
import { Groups } from '../lib/groups/groups.ts'
import { GroupOffsets } from '../lib/groups/offsets.ts'
import { Log } from '../lib/log/log.ts'
import { createDynamoClient } from '../lib/store/adapters/dynamodb/client.ts'
import { createDynamoMetaStore } from '../lib/store/adapters/dynamodb/meta-store.ts'
import { createS3Client } from '../lib/store/adapters/s3/client.ts'
import { createS3ObjectStore } from '../lib/store/adapters/s3/object-store.ts'
import { brokerConfigs, bucketName, bucketPrefix, emulated, region, tableName } from './settings.ts'

/** For faults that no client is told of: they go to the function's log. */
export const report = (fault: unknown) => console.error(fault)

const s3 = createS3Client({ region, forcePathStyle: emulated, payload: emulated ? 'signed' : 'unsigned' })
const table = { client: createDynamoClient({ region }), tableName, clock, entropy }
const bucket = { client: s3, bucket: bucketName, prefix: bucketPrefix, clock, entropy }

export const meta = createDynamoMetaStore(table)
export const objects = createS3ObjectStore(bucket)
/** The functions are one broker together. What is set while they run lies in the store, and holds within seconds. */
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

/** One try, whose answer does not matter: what counts is that both stores have been spoken to. */
export const connected = Promise.allSettled([
  createDynamoMetaStore({ ...table, patienceMs: 0 }).get(clusterIdKey),
  createS3ObjectStore({ ...bucket, patienceMs: 0 }).get('healthz'),
])
