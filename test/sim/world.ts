/**
 * One world: stores, processes, weather, and the clients that keep them busy, all of it the seed's. Each part draws from
 * randomness of its own, so that what is left out of a world changes the rest as little as can be.
 */
import type { Entropy } from '../../lib/base/entropy.ts'
import type { PartitionId } from '../../lib/base/ids.ts'
import { topicToItem } from '../../lib/cluster/topic-item.ts'
import { Topics } from '../../lib/cluster/topics.ts'
import type { JanitorOptions } from '../../lib/janitor/work.ts'
import type { LogOptions } from '../../lib/log/log.ts'
import { BytesLost, IndexTorn } from '../../lib/log/loss.ts'
import type { Fault, FaultPlan, StoreCall } from '../../lib/store/adapters/memory/faults.ts'
import { seeded } from '../world/seeded.ts'
import { drawFeatures, type Features } from './features.ts'
import { History, type Target } from './history.ts'
import type { Life } from './life.ts'
import { Mishaps } from './mishaps.ts'
import { SimProcess } from './process.ts'
import { Scheduler } from './scheduler.ts'
import type { SimOptions } from './sim-options.ts'
import { Story } from './story.ts'
import { TopicRecord } from './topic-record.ts'
import { drawWeather, hourMs, type Weather, weatherPlan } from './weather.ts'
import { Witness } from './witness.ts'

/** What a call of a client came to, besides its answer. */
export const lost = Symbol('the process is dead, or the client has waited long enough')
export type Lost = typeof lost

/** The topic that is there from the beginning, and stays. */
export const stayingTopic = 'orders'

export class World {
  readonly seed: number
  readonly options: SimOptions
  readonly scheduler: Scheduler
  readonly history = new History((violation, about) => this.story.violated(violation, about))
  readonly story: Story
  readonly weather: Weather
  readonly features: Features
  readonly witness: Witness
  readonly mishaps: Mishaps
  readonly topics: TopicRecord
  /** By place: the processes that run now. */
  readonly processes: SimProcess[] = []
  /** Those that have been replaced, and may be alive. */
  readonly zombies: SimProcess[] = []
  /** Of the topic that stays; others may come and go. */
  ids: readonly PartitionId[] = []
  /** Clients that are not done yet: what runs on forever ends when there are none. */
  busy = 0
  readonly counts = {
    calls: 0,
    faults: 0,
    crashes: 0,
    pauses: 0,
    skews: 0,
    nights: 0,
    frames: 0,
    commits: 0,
    migrations: 0,
    expiries: 0,
  }
  readonly #lives: number[] = []
  readonly #log: Partial<LogOptions>
  readonly #janitor: Partial<JanitorOptions>
  readonly #kinds: readonly number[]
  readonly #partitions: number
  /** Hours in which no process and no client does anything; ends with the morning. */
  night: Promise<void> | undefined
  /** Once the weather has passed nothing fails any more. */
  isOver = false
  /** How often readers read, and others do what they do: worlds with groups last longer. */
  readPauseMs = 60
  /** How far any process's clock has ever been ahead. */
  aheadMs = 0

  constructor(seed: number, options: SimOptions) {
    this.seed = seed
    this.options = options
    this.mishaps = new Mishaps(options.only)
    this.scheduler = new Scheduler(this.entropy('scheduler'))
    this.story = new Story(this.scheduler, options.story === true)
    const { fraction } = this.entropy('world')
    const any = <T>(...choices: readonly T[]): T => choices[Math.floor(fraction() * choices.length)] as T
    this.weather = drawWeather(this.entropy('weather'), this.scheduler.now())
    const { stale } = this.weather
    const { history, story, scheduler: clock, mishaps } = this
    this.features = drawFeatures(this.entropy('features'), options.size)
    const staleness = (process: string) => this.entropy(`stale ${process}`)
    this.topics = new TopicRecord({ history, story, nowMs: clock.now })
    const isGone = (partition: string) => this.topics.byPartition(partition)?.until !== undefined
    this.witness = new Witness({ clock, history, story, mishaps, entropy: staleness, stale, isGone })
    this.witness.watchers.push(this.topics.sees)
    this.#partitions = any(1, 1, 2, 3)
    this.#log = {
      appendTimeoutMs: any(400, 1_500, 30_000),
      inlineUnitsMax: any(0, 8),
      lingerMs: any(0, 0, 2),
      flushesInFlightMax: any(1, 4),
      cacheBytesMax: any(0, 100_000),
      readAheadBytes: any(0, 10_000),
    }
    this.#janitor = {
      roundPauseMs: 0,
      sweepPauseMs: 0,
      sweepAgeMs: any(1, 1_000, 24 * hourMs),
      producerExpirationMs: 7 * 24 * hourMs,
      consolidateBytesMin: any(1, 1, 500),
      consolidateAgeMs: 0,
    }
    // Functions only, gateways only, or both.
    this.#kinds = any([0, 0], [1, 2], [1, 2, 3], [1, 0], [1, 2, 0])
  }

  /** Randomness of its own for every part of the world. */
  entropy(part: string): Entropy {
    let hash = 2166136261
    for (let at = 0; at < part.length; at++) hash = Math.imul(hash ^ part.charCodeAt(at), 16777619)
    return seeded(Math.imul(this.seed ^ (this.seed >>> 16) ^ hash, 2654435769) >>> 0)
  }

  async start(): Promise<void> {
    const { scheduler: clock, witness } = this
    const topics = new Topics({ meta: witness.meta, clock, entropy: this.entropy('topics') })
    const { ms = -1, bytes = -1 } = this.features.retention ?? {}
    const made = await topics.create({
      name: stayingTopic,
      partitions: this.#partitions,
      configs: { 'retention.ms': String(ms), 'retention.bytes': String(bytes) },
    })
    if (made.outcome !== 'created') throw new Error(made.outcome)
    const { id } = made.topic
    this.topics.sees(topicToItem(made.topic))
    this.ids = Array.from({ length: this.#partitions }, (_, partition) => ({ topicId: id, partition }))
    for (const place of this.#kinds.keys()) this.startProcess(place)
  }

  /** Any partition of the topic that stays. */
  anyTarget({ fraction }: Entropy): Target {
    return { topic: stayingTopic, id: this.ids[Math.floor(fraction() * this.ids.length)] as PartitionId }
  }

  /** Begins a new life in a place. */
  startProcess(place: number): SimProcess {
    const brokerId = this.#kinds[place] as number
    const nth = this.#lives[place] ?? 0
    this.#lives[place] = nth + 1
    const name = `${brokerId === 0 ? 'f' : 'g'}${place}.${nth}`
    const drawn = this.entropy(`process ${name}`)
    const process = new SimProcess(
      name,
      {
        scheduler: this.scheduler,
        meta: this.witness.seenBy(name),
        objects: this.witness.objects,
        plan: (life) => this.#plan(name, life),
        seed: Math.floor(drawn.fraction() * 2 ** 32),
        wrong: (fault) => this.#isWrong(name, fault),
      },
      { brokerId, log: this.#log, janitor: this.#janitor, sessionTimeoutMs: 1_500, heartbeatIntervalMs: 400 },
    )
    if (drawn.fraction() < this.weather.skew && this.mishaps.happens('skew', name)) this.setClock(process, drawn)
    this.processes[place] = process
    this.story.tell(() => `${name} starts`)
    process.start().catch((fault) => this.history.violation(`${name} cannot start: ${described(fault)}`))
    return process
  }

  /** A loss in a topic that has been deleted is none. */
  #isWrong(process: string, fault: unknown): void {
    const isLoss = fault instanceof BytesLost || fault instanceof IndexTorn
    if (isLoss && this.topics.byId(fault.partition.topicId)?.until !== undefined) return
    this.history.violation(`${process}: ${described(fault)}`)
  }

  setClock(process: SimProcess, { fraction }: Entropy): void {
    const skews = [-2 * hourMs, -1_000, 0, 1_000, 2 * hourMs]
    process.clock.skewMs = skews[Math.floor(fraction() * skews.length)] as number
    this.aheadMs = Math.max(this.aheadMs, process.clock.skewMs)
    this.counts.skews++
    this.story.tell(() => `the clock of ${process.name} is off by ${process.clock.skewMs} ms`)
  }

  crash(process: SimProcess, why: string): void {
    if (process.life.isDead) return
    this.counts.crashes++
    this.story.tell(() => `${process.name} dies ${why}`)
    process.life.kill()
  }

  /** Any process that runs, or stands still. */
  anyProcess({ fraction }: Entropy): SimProcess {
    return this.processes[Math.floor(fraction() * this.processes.length)] as SimProcess
  }

  /**
   * A client's call of a process: it begins once that goes on, and the client hears nothing of it after `waitMs`, or once the
   * process is dead.
   */
  call<Answer>(process: SimProcess, waitMs: number, begin: () => Promise<Answer>): Promise<Answer | Lost> {
    return new Promise((resolve, reject) => {
      if (process.life.isDead) return resolve(lost)
      const isLost = () => resolve(lost)
      const late = this.scheduler.after(waitMs, isLost)
      const ended = process.life.onDeath(isLost)
      const hears = (tell: () => void) => {
        this.scheduler.callOff(late)
        ended()
        tell()
      }
      process.life.goOn(() => {
        begin().then(
          (answer) => hears(() => resolve(answer)),
          (fault) => hears(() => reject(fault)),
        )
      })
    })
  }

  /** For clients: who would wake at night sleeps on. */
  sleep = async (ms: number): Promise<void> => {
    await this.scheduler.sleep(ms)
    while (this.night) await this.night
  }

  /** Runs a client, whose work the world waits for. */
  async work(name: string, client: (entropy: Entropy) => Promise<void>): Promise<void> {
    if (this.options.without.has(name)) return
    this.busy++
    try {
      await client(this.entropy(name))
    } catch (fault) {
      this.history.violation(`${name}: ${described(fault)}`)
    }
    this.busy--
  }

  /** Something that goes on as long as clients are busy. */
  async meanwhile(name: string, step: (entropy: Entropy) => Promise<void>): Promise<void> {
    if (this.options.without.has(name)) return
    const entropy = this.entropy(name)
    try {
      while (this.busy > 0) await step(entropy)
    } catch (fault) {
      this.history.violation(`${name}: ${described(fault)}`)
    }
  }

  #plan(name: string, life: Life): FaultPlan {
    const { scheduler: clock, weather, options, mishaps } = this
    const entropy = this.entropy(`line ${name}`)
    let calls = 0
    const plan = weatherPlan({
      entropy,
      clock,
      weather,
      isQuick: options.isQuick === true,
      strikes: (call, fault, isOut) => {
        const happens = mishaps.happens(isOut ? 'outage' : fault.kind, `${name}/${calls}`)
        if (happens) this.#struck(name, call, fault)
        return happens
      },
    })
    // Some processes die at a call of theirs, before it is sent or after.
    const dies = entropy.fraction() < weather.crash
    let callsLeft = dies ? 1 + Math.floor(entropy.fraction() ** 2 * 120) : Number.POSITIVE_INFINITY
    return {
      next: (call) => {
        this.counts.calls++
        calls++
        if (this.isOver) return { kind: 'none' }
        const fault = plan.next(call)
        if (--callsLeft > 0) return fault
        const isSent = entropy.fraction() < 0.6
        callsLeft = Number.POSITIVE_INFINITY
        if (!mishaps.happens('death', name)) return fault
        const process = this.processes.find((each) => each.life === life)
        if (process) this.crash(process, `${isSent ? 'after' : 'before'} it sends: ${call.operation} ${call.key}`)
        return isSent ? fault : { kind: 'request-lost' }
      },
    }
  }

  #struck(name: string, { operation, key }: StoreCall, fault: Fault): void {
    this.counts.faults++
    this.story.tell(() => {
      const ms =
        'lateMs' in fault
          ? fault.lateMs
          : 'slowMs' in fault
            ? fault.slowMs
            : 'againMs' in fault
              ? fault.againMs
              : undefined
      return `${name}: ${operation} ${key} is ${fault.kind}${ms === undefined ? '' : ` by ${ms} ms`}`
    })
  }
}

export function described(fault: unknown): string {
  if (!(fault instanceof Error)) return String(fault)
  const at = fault.stack?.split('\n').find((line) => line.includes('/lib/'))
  const where = at?.replace(/^.*\/(lib\/[^:)]*:\d+).*$/, ' ($1)') ?? ''
  return `${fault.name}: ${fault.message}${where}${fault.cause instanceof Error ? `; ${fault.cause.message}` : ''}`
}
