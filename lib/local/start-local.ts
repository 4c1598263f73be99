/**
 * A whole cluster in one process: items in SQLite, objects in files (or both in memory), the Kafka protocol and the HTTP
 * API in front, the janitor on a timer. A crash at any point leaves what was acknowledged; `close` is only kinder to those who wait.
 */
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { gatherMsLocal, inlineUnitsMaxLocal } from '../base/limits.ts'
import { systemClock, systemEntropy } from '../base/system.ts'
import { type BrokerConfigs, brokerConfig, firstStartConfigs } from '../cluster/broker-config.ts'
import { SoleBroker } from '../cluster/sole-broker.ts'
import { FrameMemory } from '../gateway/frame-memory.ts'
import { type GatewayLog, silent } from '../gateway/gateway-log.ts'
import { intakePrefix } from '../log/keys.ts'
import { SoleLeaders } from '../log/sole-leaders.ts'
import { useNativeCrc32c } from '../records/native-crc32c.ts'
import { openPackedObjectStore } from '../store/adapters/filesystem/packed-object-store.ts'
import { MemoryMetaStore } from '../store/adapters/memory/meta-store.ts'
import { MemoryObjectStore } from '../store/adapters/memory/object-store.ts'
import { openSqliteMetaStore } from '../store/adapters/sqlite/meta-store.ts'
import { StoreCallCounter } from '../store/counted-stores.ts'
import { StoreLocked } from '../store/errors.ts'
import { clusterParts, type Stores, type World } from './cluster-parts.ts'
import { metaFile, prepareDataFolder, refusalOf, upgradeDataFolder } from './data-folder.ts'
import { localJanitor } from './janitor-timer.ts'
import { listenerConfigs, openKafkaFront } from './kafka-front.ts'
import { type KafkaListenerOptions, kafkaListener } from './kafka-listener.ts'
import { serveCluster } from './serve-cluster.ts'
import { StartRefused } from './start-refused.ts'

/**
 * What an acknowledged record survives: `power`, the default, a loss of power (the disk is waited for before each
 * acknowledgement); `process` the death of the process, `kill -9` too, but not of the machine, which is what Kafka does by
 * default.
 */
export type Durability = 'power' | 'process'

/** Without a `node.id` of its own; 0 are the functions. */
const soleBrokerId = 1

export interface LocalOptions extends KafkaListenerOptions {
  /** The folder of the data; `memory`: none, all is gone when it ends. */
  readonly data: { readonly folder: string; readonly durability?: Durability } | 'memory'
  /** Default 127.0.0.1. */
  readonly host?: string
  /** 0 picks a free one. */
  readonly httpPort: number
  /** Broker configs by Kafka's names, which must be legal (`brokerConfigsProblem`). */
  readonly configs?: BrokerConfigs
  /** What the Kafka listener says; nothing where it is left out. */
  readonly log?: GatewayLog
  /** Faults that no client is told of. */
  readonly report?: (fault: unknown) => void
}

export interface LocalCluster {
  /** The HTTP API's URL, without a slash at its end. */
  readonly http: string
  /** Where Kafka clients connect, `127.0.0.1:9092`. */
  readonly kafka: string
  /** Takes no more, finishes and answers what was begun, and lets go of the data. */
  close(): Promise<void>
}

/** Starts, or throws a `StartRefused` and leaves nothing open. */
export async function startLocal(options: LocalOptions): Promise<LocalCluster> {
  const { report = () => undefined } = options
  await useNativeCrc32c()
  const stores = await openStores(options.data)
  try {
    return await startOn(stores, options, { clock: systemClock, entropy: systemEntropy, report })
  } catch (fault) {
    stores.close()
    throw fault
  }
}

async function openStores(data: LocalOptions['data']): Promise<Stores> {
  if (data === 'memory')
    return { meta: new MemoryMetaStore(), objects: new MemoryObjectStore(), close: () => undefined }
  const folder = resolve(data.folder)
  const durability = data.durability ?? 'power'
  await prepareDataFolder(folder)
  try {
    const meta = openSqliteMetaStore({ path: join(folder, metaFile), durability })
    try {
      await upgradeDataFolder(folder)
      const objects = await openPackedObjectStore({ directory: folder, durability, packedPrefix: intakePrefix })
      const close = () => {
        objects.close()
        meta.close()
      }
      return { meta, objects, close }
    } catch (fault) {
      meta.close()
      throw fault
    }
  } catch (fault) {
    if (fault instanceof StoreLocked)
      throw new StartRefused('data-in-use', `Another process uses the data in ${folder}.`, fault)
    throw refusalOf(folder, fault)
  }
}

async function startOn(stores: Stores, options: LocalOptions, world: World): Promise<LocalCluster> {
  const configs = { ...firstStartConfigs, ...options.configs }
  const config = brokerConfig(configs)
  const listener = kafkaListener(options, config, {
    listenersSet: configs.listeners !== undefined,
    hostname: hostname(),
  })
  const front = await openKafkaFront(listener, {
    clock: world.clock,
    log: options.log ?? silent,
    memory: new FrameMemory({ lends: true }),
  })
  try {
    const asked = Math.max(config.nodeId, config.brokerId)
    const id = asked > 0 ? asked : soleBrokerId
    const gathering =
      config.gregorLingerMs >= 0 ? { lingerMs: config.gregorLingerMs } : { lingerMs: 0, gatherMs: gatherMsLocal }
    const counter = new StoreCallCounter()
    const counted = {
      ...stores,
      meta: counter.metaStore(stores.meta),
      objects: counter.objectStore(stores.objects),
    }
    const parts = clusterParts(counted, world, {
      brokerId: id,
      configs: { ...configs, ...listenerConfigs(front) },
      // The system reads files ahead; to do it here as well is a second walk over more memory (decision 023).
      log: { soleProcess: true, inlineUnitsMax: inlineUnitsMaxLocal, ...gathering, readAheadBytes: 0 },
    })
    const served = await serveCluster({
      parts,
      brokers: new SoleBroker({ id, ...front.advertised, rack: config.brokerRack }),
      leaders: new SoleLeaders({ meta: counted.meta, self: id }),
      front,
      http: { host: options.host ?? '127.0.0.1', port: options.httpPort },
      cleans: true,
      janitorOptions: localJanitor,
      calls: () => counter.calls,
    })
    const close = () => served.close().then(() => stores.close())
    return { http: served.http, kafka: front.address, close }
  } catch (fault) {
    await front.gateway.close()
    throw fault
  }
}
