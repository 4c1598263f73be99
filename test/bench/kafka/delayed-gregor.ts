/**
 * A local Gregor whose stores take so many milliseconds longer to answer each call: `node delayed-gregor.ts FOLDER MS LINGER`.
 * It stands in for S3 and DynamoDB where the question is what waiting for them costs; LINGER is in ms as well, or `default`,
 * and then as a gateway's. The first line of its output is as that of `gregor start --output json`.
 */
import { hostname } from 'node:os'
import { join } from 'node:path'
import { inlineUnitsMaxLocal, lingerMsS3, quietMsS3 } from '../../../lib/base/limits.ts'
import { systemClock, systemEntropy } from '../../../lib/base/system.ts'
import { brokerConfig, firstStartConfigs } from '../../../lib/cluster/broker-config.ts'
import { SoleBroker } from '../../../lib/cluster/sole-broker.ts'
import { silent } from '../../../lib/gateway/gateway-log.ts'
import { clusterParts, type Stores } from '../../../lib/local/cluster-parts.ts'
import { openKafkaFront } from '../../../lib/local/kafka-front.ts'
import { kafkaListener } from '../../../lib/local/kafka-listener.ts'
import { serveCluster } from '../../../lib/local/serve-cluster.ts'
import { intakePrefix } from '../../../lib/log/keys.ts'
import { SoleLeaders } from '../../../lib/log/sole-leaders.ts'
import { useNativeCrc32c } from '../../../lib/records/native-crc32c.ts'
import { openPackedObjectStore } from '../../../lib/store/adapters/filesystem/packed-object-store.ts'
import { openSqliteMetaStore } from '../../../lib/store/adapters/sqlite/meta-store.ts'
import { delayedMeta, delayedObjects } from './delayed-stores.ts'

const [folder = '', delayMs = '0', linger = '0'] = process.argv.slice(2)
const lingers = linger === 'default' ? { lingerMs: lingerMsS3, quietMs: quietMsS3 } : { lingerMs: Number(linger) }
const brokerId = 1

async function openStores(): Promise<Stores> {
  const meta = openSqliteMetaStore({ path: join(folder, 'meta.sqlite'), durability: 'process' })
  const objects = await openPackedObjectStore({ directory: folder, durability: 'process', packedPrefix: intakePrefix })
  const wait = () => systemClock.sleep(Number(delayMs))
  return { meta: delayedMeta(meta, wait), objects: delayedObjects(objects, wait), close: () => meta.close() }
}

await useNativeCrc32c()
const stores = await openStores()
const world = { clock: systemClock, entropy: systemEntropy, report: (fault: unknown) => console.error(fault) }
const config = brokerConfig(firstStartConfigs)
const listener = kafkaListener({ kafkaPort: 0 }, config, { listenersSet: false, hostname: hostname() })
const front = await openKafkaFront(listener, { clock: systemClock, log: silent })
const parts = clusterParts(stores, world, {
  brokerId,
  configs: firstStartConfigs,
  log: { soleProcess: true, inlineUnitsMax: inlineUnitsMaxLocal, ...lingers },
})
const served = await serveCluster({
  parts,
  brokers: new SoleBroker({ id: brokerId, ...front.advertised, rack: config.brokerRack }),
  leaders: new SoleLeaders({ meta: stores.meta, self: brokerId }),
  front,
  http: { host: '127.0.0.1', port: 0 },
  cleans: false,
})
console.log(JSON.stringify({ event: 'ready', pid: process.pid, http: served.http, kafka: front.address }))
process.once('SIGTERM', () => {
  void served.close().then(() => {
    stores.close()
    process.exit(0)
  })
})
