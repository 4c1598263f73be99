/** A cluster on memory stores behind the HTTP API, for tests: nothing listens, requests are values. */
import { systemClock, systemEntropy } from '../../lib/base/system.ts'
import { allHandlers } from '../../lib/broker/all-handlers.ts'
import { Broker } from '../../lib/broker/broker.ts'
import type { AnyHandler } from '../../lib/broker/handler.ts'
import type { BrokerServices } from '../../lib/broker/services.ts'
import { BrokerSettings } from '../../lib/cluster/broker-settings.ts'
import { SoleBroker } from '../../lib/cluster/sole-broker.ts'
import { Topics } from '../../lib/cluster/topics.ts'
import { groupSettingsOf } from '../../lib/groups/group-settings.ts'
import { Groups } from '../../lib/groups/groups.ts'
import { GroupOffsets } from '../../lib/groups/offsets.ts'
import { createHttpApp } from '../../lib/http/all-routes.ts'
import type { HttpServices } from '../../lib/http/services.ts'
import { Log, type LogOptions } from '../../lib/log/log.ts'
import { SoleLeaders } from '../../lib/log/sole-leaders.ts'
import { MemoryMetaStore } from '../../lib/store/adapters/memory/meta-store.ts'
import { MemoryObjectStore } from '../../lib/store/adapters/memory/object-store.ts'
import type { MetaStore } from '../../lib/store/meta-store.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'
import { ProducerIds } from '../../lib/transactions/producer-ids.ts'
import { checkAnswer } from './openapi-check.ts'

export interface TestCluster {
  readonly services: HttpServices
  readonly faults: unknown[]
  readonly app: ReturnType<typeof createHttpApp>
  /** Sends JSON, or what else is given, and answers status and parsed body. */
  send(method: string, path: string, options?: SendOptions): Promise<Sent>
  createTopic(name: string, partitions?: number, configs?: Record<string, string>): Promise<void>
}

export interface SendOptions {
  readonly json?: unknown
  readonly body?: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>
  readonly type?: string
  readonly accept?: string
  readonly headers?: Record<string, string>
}

interface Sent {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into answers of many shapes
  readonly body: any
}

export function testCluster(
  parts: Partial<HttpServices> & {
    handlers?: readonly AnyHandler[]
    meta?: MetaStore
    objects?: ObjectStore
    logOptions?: Partial<LogOptions>
    configs?: Readonly<Record<string, string>>
  } = {},
): TestCluster {
  const clock = parts.clock ?? systemClock
  const entropy = parts.entropy ?? systemEntropy
  const meta = parts.meta ?? new MemoryMetaStore()
  const objects = parts.objects ?? new MemoryObjectStore()
  const faults: unknown[] = []
  const topics = new Topics({ meta, clock, entropy })
  const groups = new GroupOffsets({ meta, clock, topics })
  const log = new Log({ meta, objects, clock, entropy }, parts.logOptions)
  const report = (fault: unknown) => faults.push(fault)
  const { configs = {} } = parts
  const brokerSettings = new BrokerSettings({ meta, clock, brokerId: 1, configs })
  const brokers = new SoleBroker({ id: 1, host: 'broker-1.test', port: 9092, rack: null })
  const settings = () => groupSettingsOf(brokerSettings.config)
  const ports = { topics, log, offsets: groups, brokers, meta, clock, entropy, report }
  const coordinated = new Groups({ ...ports, settings })
  const brokerServices: BrokerServices = {
    ...ports,
    groups: coordinated,
    leaders: new SoleLeaders({ meta, self: 1 }),
    producerIds: new ProducerIds({ meta, clock }),
    clusterId: 'test-cluster-id-000000',
    settings: brokerSettings.config,
    brokerSettings,
  }
  const services: HttpServices = {
    topics,
    groups,
    members: coordinated.administration,
    log,
    meta,
    objects,
    clock,
    entropy,
    report,
    broker: new Broker(brokerServices, parts.handlers ?? allHandlers),
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: '# nothing is counted\n' }),
    ...parts,
  }
  const app = createHttpApp(services)
  const send: TestCluster['send'] = async (method, path, options = {}) => {
    const headers = new Headers(options.headers)
    const body = options.json === undefined ? options.body : JSON.stringify(options.json)
    if (body !== undefined) headers.set('content-type', options.type ?? 'application/json')
    if (options.accept !== undefined) headers.set('accept', options.accept)
    const init = { method, headers, ...(body === undefined ? {} : { body }) }
    const response = await app.request(path, init)
    const text = await response.text()
    let parsed: unknown
    try {
      parsed = JSON.parse(text)
    } catch {
      parsed = undefined
    }
    const sent = { status: response.status, headers: response.headers, text, body: parsed }
    checkAnswer(method, path, sent)
    return sent
  }
  return {
    services,
    faults,
    app,
    send,
    createTopic: async (name, partitions = 1, configs = {}) => {
      const created = await topics.create({ name, partitions, configs })
      if (created.outcome !== 'created') throw new Error(created.message)
    },
  }
}
