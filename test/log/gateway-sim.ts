/**
 * Gateways that are killed, started again and stopped for seconds, with leases, leaders and logs of their own, on lines that lose
 * and double calls; and clients that find their way as Kafka's do. All in simulated time.
 */
import type { Clock } from '../../lib/base/clock.ts'
import type { Offset, PartitionId } from '../../lib/base/ids.ts'
import { LeasedBrokers } from '../../lib/cluster/leased-brokers.ts'
import { HeadHints } from '../../lib/log/head-hints.ts'
import { LeaderBalance } from '../../lib/log/leader-balance.ts'
import { PartitionLeaders } from '../../lib/log/leaders.ts'
import { Log } from '../../lib/log/log.ts'
import type { AppendResult } from '../../lib/log/log-types.ts'
import type { Faults } from '../../lib/store/adapters/memory/faults.ts'
import { OutcomeUnknown, StoreUnavailable } from '../../lib/store/errors.ts'
import type { MetaStore } from '../../lib/store/meta-store.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { type BadLines, badLine } from './bad-lines.ts'
import { Witness } from './witness.ts'
import { batchOf, memoryStores, openLog, partitionOf, type Sequenced } from './world.ts'

const weather: BadLines = {
  shares: { unavailable: 0.01, 'request-lost': 0.01, 'answer-lost': 0.01, late: 0.01, twice: 0.025, retried: 0.025 },
  times: { wayMsMax: 5, laterMsMax: 4_000, doubled: 0.05 },
}
/** As Kafka's clients: `retry.backoff.ms`, and a request's time-out. */
const backoffMs = 100
const requestTimeoutMs = 5_000

/** A process, whose every step waits while it is stopped, and never comes once it is dead. */
class Life {
  #frozen = Promise.resolve()
  #thaw = () => {}
  isDead = false

  freeze(): void {
    this.#frozen = new Promise((resolve) => {
      this.#thaw = resolve
    })
  }

  thaw(): void {
    this.#thaw()
  }

  async runs<T>(value: T): Promise<T> {
    await this.#frozen
    return this.isDead ? new Promise<never>(() => {}) : value
  }
}

const living = (life: Life, meta: MetaStore): MetaStore =>
  new Proxy(meta, {
    get: (target, name) => {
      const call = Reflect.get(target, name) as (...args: readonly unknown[]) => Promise<unknown>
      return async (...args: readonly unknown[]) => {
        await life.runs(undefined)
        const [end] = await Promise.allSettled([call(...args)])
        await life.runs(undefined)
        if (end.status === 'rejected') throw end.reason
        return end.value
      }
    },
  })

const livingClock = (life: Life, clock: Clock): Clock => ({
  now: () => clock.now(),
  sleep: async (ms, signal) => life.runs(await clock.sleep(ms, signal)),
})

interface Gateway {
  readonly life: Life
  readonly leaders: PartitionLeaders
  readonly log: Log
  readonly brokers: LeasedBrokers
  readonly stop: AbortController
}

/** What a batch was answered in the end. */
export interface Decided {
  readonly id: PartitionId
  readonly value: string
  readonly baseOffset: Offset | undefined
  readonly tookMs: number
}

export class GatewaySim {
  readonly clock = new SimClock()
  readonly ids = [0, 1, 2, 3, 4, 5].map(partitionOf)
  readonly witness = new Witness(memoryStores(), this.ids)
  readonly decided: Decided[] = []
  readonly wrongs: string[] = []
  readonly counts = { killed: 0, stopped: 0, fenced: 0, refused: 0, elections: 0 }
  /** `partition/epoch` -> brokers that said they led. */
  readonly #claims = new Map<string, Set<number>>()
  readonly #gateways = new Map<number, Gateway>()
  readonly #lines: Faults[] = []
  readonly #entropy: ReturnType<typeof seeded>
  #producing = 0

  constructor(seed: number) {
    this.#entropy = seeded(seed)
  }

  async run({ batches }: { batches: number }): Promise<void> {
    await this.clock.run(Promise.all([1, 2, 3].map((id) => this.#start(id))))
    const clients = this.ids.flatMap((id, n) => [
      this.#idempotent(id, n, batches),
      this.#idempotent(id, 100 + n, batches),
    ])
    const fate = this.#fate()
    await this.clock.run(Promise.all(clients))
    await this.clock.run(fate)
    for (const { life, brokers, stop } of this.#gateways.values()) {
      stop.abort()
      life.thaw()
      await this.clock.run(brokers.close())
    }
    for (const line of this.#lines) await this.clock.run(line.settled())
  }

  calm = () => openLog(this.witness.stores, this.clock, seeded(1))

  #below = (count: number) => Math.floor(this.#entropy.fraction() * count)

  async #start(id: number): Promise<void> {
    const life = new Life()
    const entropy = seeded(this.#below(2 ** 31))
    const clock = livingClock(life, this.clock)
    const line = badLine(this.clock, entropy, weather)
    this.#lines.push(line)
    const meta = living(life, line.metaStore(this.witness.stores.meta))
    const report = (fault: unknown) => {
      const isExpected = fault instanceof OutcomeUnknown || fault instanceof StoreUnavailable
      if (!isExpected && !String(fault).includes('LeaseLost')) this.wrongs.push(`broker ${id}: ${fault}`)
    }
    const brokers = new LeasedBrokers(
      { meta, clock, entropy, report },
      { id, host: 'sim', port: 9090 + id, rack: null },
    )
    const hints = new HeadHints({ clock })
    const leaders = new PartitionLeaders({ meta, clock, brokers, hints })
    const log = new Log({
      meta,
      objects: this.witness.stores.objects,
      clock,
      entropy,
      hints,
      brokerId: id,
      onBug: report,
    })
    const stop = new AbortController()
    // Its own lease may be there still, and the line may fail.
    while (!(await this.#began(brokers))) await clock.sleep(500)
    void new LeaderBalance({ meta, clock, brokers, hints, report }).run(stop.signal)
    this.#gateways.set(id, { life, leaders, log, brokers, stop })
  }

  async #began(brokers: LeasedBrokers): Promise<boolean> {
    try {
      await brokers.start()
      return true
    } catch (fault) {
      if (fault instanceof OutcomeUnknown || fault instanceof StoreUnavailable) return false
      throw fault
    }
  }

  /** Kills and stops gateways, never all three at once. */
  async #fate(): Promise<void> {
    while (this.#producing > 0) {
      await this.clock.sleep(3_000 + this.#below(12_000))
      const id = 1 + this.#below(3)
      const gateway = this.#gateways.get(id)
      if (!gateway || this.#gateways.size < 2) continue
      if (this.#below(2) === 0) {
        this.counts.killed++
        gateway.life.isDead = true
        this.#gateways.delete(id)
        await this.clock.sleep(this.#below(15_000))
        await this.#start(id)
      } else {
        this.counts.stopped++
        gateway.life.freeze()
        await this.clock.sleep(this.#below(25_000))
        gateway.life.thaw()
      }
    }
  }

  /** Sends each batch until it is decided, to whoever leads, as it is told by whoever answers. */
  async #idempotent(id: PartitionId, producerId: number, batches: number): Promise<void> {
    this.#producing++
    for (let n = 0; n < batches; n++) {
      const value = `${producerId}/${n}`
      const startMs = this.clock.now()
      for (let tries = 1; ; tries++) {
        const result = await this.#send(id, value, { producerId, producerEpoch: 0, baseSequence: n })
        if (typeof result === 'object' && 'baseOffset' in result) {
          this.decided.push({ id, value, baseOffset: result.baseOffset, tookMs: this.clock.now() - startMs })
          break
        }
        if (result === 'duplicate-of-unknown-offset') {
          this.decided.push({ id, value, baseOffset: undefined, tookMs: this.clock.now() - startMs })
          break
        }
        if (result === 'wrong' || tries > 2_000) {
          this.wrongs.push(`${value} was answered ${JSON.stringify(result)} in try ${tries}`)
          break
        }
        await this.clock.sleep(backoffMs)
      }
      await this.clock.sleep(this.#below(200))
    }
    this.#producing--
  }

  async #send(
    id: PartitionId,
    value: string,
    producer: Sequenced,
  ): Promise<AppendResult | 'duplicate-of-unknown-offset' | 'wrong' | 'again'> {
    const answered = this.#ask(id, value, producer)
    const late = this.clock.sleep(requestTimeoutMs).then(() => 'again' as const)
    const result = await Promise.race([answered, late])
    if (typeof result === 'string') return result
    switch (result.outcome) {
      case 'appended':
      case 'duplicate':
        return result
      case 'duplicate-of-unknown-offset':
        return result.outcome
      case 'fenced-leader':
        this.counts.fenced++
        return 'again'
      case 'unknown':
      case 'unavailable':
        return 'again'
      default:
        return 'wrong'
    }
  }

  async #ask(id: PartitionId, value: string, producer: Sequenced): Promise<AppendResult | 'again'> {
    const all = [...this.#gateways.values()]
    const asked = all[this.#below(all.length)]
    if (!asked) return 'again'
    await asked.life.runs(undefined)
    const [led] = await asked.leaders.of([id]).catch(() => [])
    const leader = led && this.#gateways.get(led.leader)
    if (!leader) return 'again'
    await leader.life.runs(undefined)
    const check = await leader.leaders.check(id, -1)
    if (check.outcome !== 'leader') {
      this.counts.refused++
      return 'again'
    }
    this.#claim(id, check.leaderEpoch, leader.brokers.self)
    const result = await leader.log.append(id, batchOf([value], producer), {
      leaderEpoch: check.leaderEpoch,
      timeoutMs: 4_000,
    })
    await leader.life.runs(undefined)
    const appendedUnder = result.outcome === 'appended' ? this.witness.epochs(id)[result.baseOffset] : undefined
    if (appendedUnder !== undefined && appendedUnder !== check.leaderEpoch)
      this.wrongs.push(`${value} was accepted under ${check.leaderEpoch} and appended under ${appendedUnder}`)
    return result
  }

  /** An epoch has one leader, but for the first: that of a partition without a head is agreed upon, and views may differ. */
  #claim(id: PartitionId, leaderEpoch: number, broker: number): void {
    const key = `${id.partition}/${leaderEpoch}`
    const claims = this.#claims.get(key) ?? new Set()
    this.#claims.set(key, claims.add(broker))
    this.counts.elections = this.#claims.size
    if (leaderEpoch > 0 && claims.size > 1) this.wrongs.push(`${[...claims]} lead partition ${key}`)
  }
}
