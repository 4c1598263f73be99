/**
 * A process of Gregor, put together as a gateway or a function is: topics, log, leaders, leases, groups and janitor of its
 * own, on lines of its own to the stores, with a clock of its own. It dies at any call, and its successor knows nothing.
 */

import { allHandlers } from '../../lib/broker/all-handlers.ts'
import { Broker } from '../../lib/broker/broker.ts'
import type { BrokerServices } from '../../lib/broker/services.ts'
import { BrokerSettings } from '../../lib/cluster/broker-settings.ts'
import type { Brokers } from '../../lib/cluster/brokers.ts'
import { functionsBrokerId } from '../../lib/cluster/brokers.ts'
import { LeasedBrokers } from '../../lib/cluster/leased-brokers.ts'
import { SoleBroker } from '../../lib/cluster/sole-broker.ts'
import { Topics } from '../../lib/cluster/topics.ts'
import { defaultGroupSettings, type GroupSettings } from '../../lib/groups/group-settings.ts'
import { Groups } from '../../lib/groups/groups.ts'
import { GroupOffsets } from '../../lib/groups/offsets.ts'
import { createGroupsApp } from '../../lib/http/app.ts'
import { produceRoutes } from '../../lib/http/produce-routes.ts'
import { recordsRoutes } from '../../lib/http/records-routes.ts'
import type { HttpApp } from '../../lib/http/routes.ts'
import { Janitor } from '../../lib/janitor/janitor.ts'
import type { JanitorOptions } from '../../lib/janitor/work.ts'
import { HeadHints } from '../../lib/log/head-hints.ts'
import type { Leaders } from '../../lib/log/leader-types.ts'
import { PartitionLeaders } from '../../lib/log/leaders.ts'
import { Log, type LogOptions, logDefaults } from '../../lib/log/log.ts'
import { ReadBuffers } from '../../lib/log/read-buffers.ts'
import { SoleLeaders } from '../../lib/log/sole-leaders.ts'
import { type FaultPlan, Faults } from '../../lib/store/adapters/memory/faults.ts'
import { OutcomeUnknown, StoreUnavailable } from '../../lib/store/errors.ts'
import type { MetaStore } from '../../lib/store/meta-store.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'
import { ProducerIds } from '../../lib/transactions/producer-ids.ts'
import { seeded } from '../world/seeded.ts'
import { Life, living, ProcessClock } from './life.ts'
import type { Scheduler } from './scheduler.ts'

const simClusterId = 'sim-cluster-id-0000000'

/** On a scale with the rest of the world: a session is a few seconds of it. */
const groupSettings: GroupSettings = {
  ...defaultGroupSettings,
  initialRebalanceDelayMs: 200,
  sessionTimeoutMsMin: 100,
  consumer: { ...defaultGroupSettings.consumer, sessionTimeoutMs: 2_000, heartbeatIntervalMs: 300 },
}

export interface ProcessParts {
  readonly scheduler: Scheduler
  readonly meta: MetaStore
  readonly objects: ObjectStore
  /** Of everything that goes over its lines. */
  readonly plan: (life: Life) => FaultPlan
  readonly seed: number
  /** Told of what should never happen. */
  readonly wrong: (fault: unknown) => void
}

export interface ProcessOptions {
  /** `node.id`; 0 is a function. */
  readonly brokerId: number
  readonly log: Partial<LogOptions>
  readonly janitor: Partial<JanitorOptions>
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
}

export class SimProcess {
  /** `g1.0` is the first life of gateway 1. */
  readonly name: string
  readonly life = new Life()
  readonly clock: ProcessClock
  readonly brokerId: number
  readonly meta: MetaStore
  readonly brokers: Brokers
  readonly hints: HeadHints
  readonly leaders: Leaders
  readonly topics: Topics
  readonly offsets: GroupOffsets
  readonly groups: Groups
  readonly log: Log
  readonly janitor: Janitor
  readonly #leased: LeasedBrokers | undefined
  readonly #ports: Pick<BrokerServices, 'entropy' | 'report'> & { readonly objects: ObjectStore }
  #broker: Broker | undefined
  #http: HttpApp | undefined

  constructor(name: string, parts: ProcessParts, options: ProcessOptions) {
    const { scheduler, seed, wrong } = parts
    const { brokerId } = options
    this.name = name
    this.brokerId = brokerId
    const clock = new ProcessClock(scheduler, this.life)
    this.clock = clock
    // Calls go their way by the world's time, whatever this process takes it to be, and after its death.
    const faults = new Faults(parts.plan(this.life), scheduler)
    const meta = living(this.life, faults.metaStore(parts.meta))
    const objects = living(this.life, faults.objectStore(parts.objects))
    const entropy = seeded(seed)
    const report = (fault: unknown) => {
      const isExpected = fault instanceof OutcomeUnknown || fault instanceof StoreUnavailable
      // What a client is told of a store that does not answer is one of these as well.
      if (!isExpected && !(fault instanceof Error && ['LeaseLost', 'RestError'].includes(fault.name))) wrong(fault)
    }
    this.meta = meta
    this.#ports = { objects, entropy, report }
    this.hints = new HeadHints({ clock })
    const node = { id: brokerId, host: 'sim', port: 9_000 + brokerId, rack: null }
    const { sessionTimeoutMs, heartbeatIntervalMs } = options
    this.#leased =
      brokerId === functionsBrokerId
        ? undefined
        : new LeasedBrokers({ meta, clock, entropy, report }, node, { sessionTimeoutMs, heartbeatIntervalMs })
    const brokers: Brokers = this.#leased ?? new SoleBroker(node)
    this.brokers = brokers
    this.leaders = this.#leased
      ? new PartitionLeaders({ meta, clock, brokers, hints: this.hints })
      : new SoleLeaders({ meta, self: functionsBrokerId })
    const loses = (loss: unknown) => wrong(loss)
    const { cacheBytesMax = logDefaults.cacheBytesMax } = options.log
    // Who reads what nobody holds any more reads no records.
    const buffers = new ReadBuffers({ cacheBytesMax, spoil: (bytes) => void bytes.fill(0xee) })
    this.log = new Log(
      { meta, objects, clock, entropy, hints: this.hints, brokerId, buffers, onLoss: loses, onBug: report },
      // Together the functions are one broker; each stands still after an answer.
      { ...options.log, foldsFirst: !this.#leased },
    )
    this.topics = new Topics({ meta, clock, entropy })
    this.offsets = new GroupOffsets({ meta, clock, topics: this.topics })
    this.groups = new Groups({
      meta,
      clock,
      entropy,
      topics: this.topics,
      brokers,
      settings: () => groupSettings,
      offsets: this.offsets,
      report,
    })
    this.janitor = new Janitor(
      { meta, objects, clock, entropy, topics: this.topics, offsets: this.groups, onLoss: loses },
      options.janitor,
    )
  }

  /** From frame to frame. Made when it is first asked: most worlds speak no frames. */
  get broker(): Broker {
    if (this.#broker) return this.#broker
    const { topics, log, offsets, groups, brokers, leaders, meta, clock, brokerId } = this
    const brokerSettings = new BrokerSettings({ meta, clock, brokerId })
    this.#broker = new Broker(
      {
        ...{ topics, log, offsets, groups, brokers, leaders, meta, clock, brokerSettings },
        ...this.#ports,
        producerIds: new ProducerIds({ meta, clock }),
        clusterId: simClusterId,
        settings: brokerSettings.config,
      },
      allHandlers,
    )
    return this.#broker
  }

  /** The routes of records, as `broker`. */
  get http(): HttpApp {
    const { topics, log, offsets: groups, meta, clock } = this
    this.#http ??= createGroupsApp({ topics, log, groups, meta, clock, ...this.#ports }, [produceRoutes, recordsRoutes])
    return this.#http
  }

  get isGateway(): boolean {
    return this.#leased !== undefined
  }

  /** Until its lease is taken: another process may hold it for some time yet, and the line may fail. */
  async start(): Promise<void> {
    if (!this.#leased) return
    for (;;) {
      try {
        return await this.#leased.start()
      } catch (fault) {
        const isDown = fault instanceof OutcomeUnknown || fault instanceof StoreUnavailable
        if (!isDown && (fault as Error).name !== 'BrokerIdInUse') throw fault
        await this.clock.sleep(300)
      }
    }
  }
}
