/**
 * A whole broker on memory stores, without a socket: typed requests go in as frames of any version, and what comes back is
 * decoded as a client would.
 */
import type { Clock } from '../../lib/base/clock.ts'
import type { Entropy } from '../../lib/base/entropy.ts'
import { systemClock } from '../../lib/base/system.ts'
import { allHandlers } from '../../lib/broker/all-handlers.ts'
import { Broker, type Transport } from '../../lib/broker/broker.ts'
import type { BrokerServices } from '../../lib/broker/services.ts'
import type { BrokerConfigs } from '../../lib/cluster/broker-config.ts'
import { BrokerSettings } from '../../lib/cluster/broker-settings.ts'
import type { BrokerNode } from '../../lib/cluster/brokers.ts'
import { SoleBroker } from '../../lib/cluster/sole-broker.ts'
import type { Topic } from '../../lib/cluster/topic-item.ts'
import { Topics } from '../../lib/cluster/topics.ts'
import { groupSettingsOf } from '../../lib/groups/group-settings.ts'
import { Groups } from '../../lib/groups/groups.ts'
import { GroupOffsets } from '../../lib/groups/offsets.ts'
import { HeadHints } from '../../lib/log/head-hints.ts'
import { Log } from '../../lib/log/log.ts'
import { SoleLeaders } from '../../lib/log/sole-leaders.ts'
import type { MetaStore } from '../../lib/store/meta-store.ts'
import { ProducerIds } from '../../lib/transactions/producer-ids.ts'
import { decodeResponse, encodeRequest } from '../../lib/wire/messages.ts'
import type { Api, RequestInput, ResponseOf } from '../../lib/wire/schema.ts'
import { memoryStores, type Stores } from '../log/world.ts'
import { seeded } from '../world/seeded.ts'

export const thisBroker: BrokerNode = { id: 1, host: 'broker-1.test', port: 9092, rack: null }

export interface WorldOptions {
  readonly stores?: Stores
  readonly node?: BrokerNode
  readonly clock?: Clock
  readonly entropy?: Entropy
  readonly configs?: BrokerConfigs
  /** What is to be another than in a cluster of one broker. */
  readonly services?: (ports: Ports) => Partial<BrokerServices>
}

interface Ports {
  readonly meta: MetaStore
  readonly log: Log
  readonly hints: HeadHints
}

export class BrokerWorld {
  readonly services: BrokerServices
  readonly broker: Broker
  /** What nobody was told of. */
  readonly reported: unknown[] = []
  #correlationId = 0

  constructor({ stores = memoryStores(), clock = systemClock, entropy = seeded(1), ...options }: WorldOptions = {}) {
    const { meta, objects } = stores
    const { node = thisBroker } = options
    const hints = new HeadHints({ clock })
    const log = new Log({ meta, objects, clock, entropy, hints, brokerId: node.id }, { soleProcess: true })
    const brokerSettings = new BrokerSettings({ meta, clock, brokerId: node.id, configs: options.configs ?? {} })
    const topics = new Topics({ meta, clock, entropy, defaults: brokerSettings })
    const report = (fault: unknown) => void this.reported.push(fault)
    const offsets = new GroupOffsets({ meta, clock, topics })
    const brokers = new SoleBroker(node)
    const groupSettings = () => groupSettingsOf(brokerSettings.config)
    this.services = {
      topics,
      log,
      offsets,
      groups: new Groups({ meta, clock, entropy, topics, brokers, settings: groupSettings, offsets, report }),
      brokers,
      leaders: new SoleLeaders({ meta, self: node.id }),
      producerIds: new ProducerIds({ meta, clock }),
      clusterId: 'test-cluster-id-000000',
      meta,
      clock,
      entropy,
      settings: brokerSettings.config,
      brokerSettings,
      report,
      ...options.services?.({ meta, log, hints }),
    }
    this.broker = new Broker(this.services, allHandlers)
  }

  /** What a client of this version is answered: what it leaves out has its default. Fails where it is answered nothing. */
  async call<A extends Api>(
    api: A,
    version: number,
    request: Partial<RequestInput<A>>,
    transport: Partial<Transport> = {},
  ): Promise<ResponseOf<A>> {
    const { response } = await this.send(api, version, request, transport)
    if (response === 'no-response') throw new Error(`${api.name} v${version} was not answered`)
    return decodeResponse(api, version, Buffer.concat(response).subarray(4)).response
  }

  send<A extends Api>(api: A, version: number, request: Partial<RequestInput<A>>, transport: Partial<Transport> = {}) {
    const sender = { correlationId: ++this.#correlationId, clientId: 'test' }
    const frame = Buffer.concat(encodeRequest(api, version, sender, request as RequestInput<A>)).subarray(4)
    return this.broker.handle(frame, { ...overTcp(), ...transport })
  }

  async createTopic(name: string, partitions = 1, configs: Readonly<Record<string, string>> = {}): Promise<Topic> {
    const answer = await this.services.topics.create({ name, partitions, configs })
    if (answer.outcome !== 'created') throw new Error(`cannot create ${name}: ${answer.outcome}`)
    return answer.topic
  }
}

export const overTcp = (): Transport => ({
  clientHost: '/127.0.0.1',
  signal: new AbortController().signal,
  waitMsMax: Number.POSITIVE_INFINITY,
  responseBytesMax: Number.POSITIVE_INFINITY,
  admitNext: () => undefined,
})

/** Every version that is served, for tests that hold for all. */
export function servedVersions(api: Api): number[] {
  const served = allHandlers.find((each) => each.api.key === api.key)
  if (served === undefined) throw new Error(`${api.name} is not served`)
  return Array.from({ length: served.maxVersion - served.minVersion + 1 }, (_, index) => served.minVersion + index)
}
