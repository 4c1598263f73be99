/**
 * A gateway: the Kafka protocol and the HTTP API on S3 and DynamoDB. Any number of them run beside each other and beside the
 * functions; each holds a lease, and leads the partitions that fall to it. A crash at any point leaves what was
 * acknowledged; `close` hands the partitions over first, so that clients go on elsewhere at once.
 */
import { hostname } from 'node:os'
import { freeBrokerIdTriesMax, lingerMsS3, quietMsS3 } from '../base/limits.ts'
import { systemClock, systemEntropy } from '../base/system.ts'
import { BrokerIdInUse } from '../cluster/broker-acquire.ts'
import { type BrokerConfig, type BrokerConfigs, brokerConfig } from '../cluster/broker-config.ts'
import type { BrokerNode } from '../cluster/brokers.ts'
import { freeBrokerId } from '../cluster/free-broker-id.ts'
import { LeasedBrokers, type LeasedBrokersParts } from '../cluster/leased-brokers.ts'
import type { GatewayLog } from '../gateway/gateway-log.ts'
import { LeaderBalance } from '../log/leader-balance.ts'
import type { ElectionListener } from '../log/leader-types.ts'
import { PartitionLeaders } from '../log/leaders.ts'
import { useNativeCrc32c } from '../records/native-crc32c.ts'
import { Meter } from '../store/metered.ts'
import { type AwsOptions, openAwsStores } from './aws-stores.ts'
import { clusterParts, type Stores, type World } from './cluster-parts.ts'
import { type KafkaFront, listenerConfigs, openKafkaFront } from './kafka-front.ts'
import { type KafkaListenerOptions, kafkaListener } from './kafka-listener.ts'
import { serveCluster } from './serve-cluster.ts'
import { StartRefused } from './start-refused.ts'

export interface GatewayProcessOptions extends KafkaListenerOptions {
  readonly aws: AwsOptions
  readonly httpPort: number
  /** Broker configs by Kafka's names, which must be legal (`brokerConfigsProblem`). */
  readonly configs: BrokerConfigs
  /** Whether the janitor runs here; false where a scheduled function does its work. */
  readonly cleans: boolean
  readonly log: GatewayLog
  /** Faults that no client is told of. */
  readonly report: (fault: unknown) => void
}

export interface GatewayProcess {
  readonly http: string
  readonly kafka: string
  /** What clients are told, `host:port`. */
  readonly advertised: string
  readonly brokerId: number
  close(): Promise<void>
}

/** Starts, or throws a `StartRefused` and leaves nothing open. */
export async function startGateway(options: GatewayProcessOptions): Promise<GatewayProcess> {
  await useNativeCrc32c()
  const world = { clock: systemClock, entropy: systemEntropy, report: options.report }
  const config = brokerConfig(options.configs)
  const listener = kafkaListener(options, config, {
    listenersSet: options.configs.listeners !== undefined,
    hostname: hostname(),
  })
  const aws = await openAwsStores(options.aws)
  const meter = new Meter()
  const stores = { ...aws, meta: meter.metaStore(aws.meta), objects: meter.objectStore(aws.objects) }
  const undo: (() => Promise<void> | void)[] = [() => stores.close()]
  try {
    const front = await openKafkaFront(listener, { clock: world.clock, log: options.log })
    undo.push(() => front.gateway.close())
    const onChange = (live: readonly BrokerNode[]) =>
      options.log.info({ brokers: live.map(({ id }) => id) }, 'brokers that are alive')
    const brokers = await joined(config, front, { ...world, meta: stores.meta, onChange })
    undo.push(() => brokers.close())
    return await serveOn({ stores, meter, front, brokers, config }, options, world)
  } catch (fault) {
    for (const step of undo.toReversed()) await step()
    throw fault
  }
}

/** A broker with its lease. One that has no id of its own takes a free one, and the next when others are faster. */
async function joined(config: BrokerConfig, front: KafkaFront, parts: LeasedBrokersParts): Promise<LeasedBrokers> {
  const times = {
    sessionTimeoutMs: config.brokerSessionTimeoutMs,
    heartbeatIntervalMs: config.brokerHeartbeatIntervalMs,
  }
  const asked = Math.max(config.nodeId, config.brokerId)
  for (let tries = 1; ; tries++) {
    const id = asked > 0 ? asked : await freeBrokerId(parts)
    const brokers = new LeasedBrokers(parts, { id, ...front.advertised, rack: config.brokerRack }, times)
    try {
      await brokers.start()
      return brokers
    } catch (fault) {
      if (!(fault instanceof BrokerIdInUse)) throw fault
      if (asked > 0 || tries >= freeBrokerIdTriesMax) throw new StartRefused('broker-id-in-use', fault.message, fault)
    }
  }
}

interface Opened {
  readonly stores: Stores
  readonly meter: Meter
  readonly front: KafkaFront
  readonly brokers: LeasedBrokers
  readonly config: BrokerConfig
}

async function serveOn(
  { stores, meter, front, brokers, config }: Opened,
  options: GatewayProcessOptions,
  world: World,
): Promise<GatewayProcess> {
  const { meta } = stores
  const { gregorLingerMs } = config
  // What is asked for is kept to; the default is short of waiting for nothing.
  const log = gregorLingerMs >= 0 ? { lingerMs: gregorLingerMs } : { lingerMs: lingerMsS3, quietMs: quietMsS3 }
  const configs = { ...options.configs, ...listenerConfigs(front) }
  const parts = clusterParts(stores, world, { brokerId: brokers.self, configs, log })
  const { hints } = parts
  const onElection: ElectionListener = (id, elected) => options.log.info({ ...id, ...elected }, 'a leader was elected')
  const served = await serveCluster({
    parts,
    brokers,
    leaders: new PartitionLeaders({ meta, clock: world.clock, brokers, hints, onElection }),
    front,
    http: { host: options.host ?? '127.0.0.1', port: options.httpPort },
    cleans: options.cleans,
    calls: () => meter.bill,
    bill: () => meter.bill,
  })
  const balance = new LeaderBalance({ meta, ...world, brokers, hints, onElection })
  const stop = new AbortController()
  const balancing = config.autoLeaderRebalanceEnable ? balance.run(stop.signal) : undefined
  const { host, port } = front.advertised
  return {
    http: served.http,
    kafka: front.address,
    advertised: `${host}:${port}`,
    brokerId: brokers.self,
    close: async () => {
      stop.abort()
      await balancing
      await balance.handOver()
      await served.close()
      await brokers.close()
      stores.close()
    },
  }
}
