/**
 * Everything at once on a few partitions: processes that crash anywhere and come back, lines that lose, delay and double the
 * calls to both stores, clocks that are hours apart and are set, flushes of several partitions, plain and idempotent
 * producers, elections, readers, trims, folds, consolidation, and sweeps of bytes that are hardly written.
 */
import { epoch, offset, type PartitionId } from '../../lib/base/ids.ts'
import { PointerBytes } from '../../lib/log/bytes.ts'
import { BytesCache } from '../../lib/log/bytes-cache.ts'
import { consolidate } from '../../lib/log/consolidate.ts'
import { elect } from '../../lib/log/election.ts'
import { newHead, parseHead } from '../../lib/log/head.ts'
import { HeadHints } from '../../lib/log/head-hints.ts'
import { headKey } from '../../lib/log/keys.ts'
import { Log } from '../../lib/log/log.ts'
import type { AppendResult } from '../../lib/log/log-types.ts'
import { applyRetention } from '../../lib/log/retention.ts'
import { sweepInline, sweepIntake } from '../../lib/log/sweep.ts'
import { sweepSegments } from '../../lib/log/sweep-segments.ts'
import type { Faults } from '../../lib/store/adapters/memory/faults.ts'
import { OutcomeUnknown, StoreUnavailable } from '../../lib/store/errors.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { SkewedClock } from '../world/skewed-clock.ts'
import { badLine, timed, wild } from './bad-lines.ts'
import { Witness } from './witness.ts'
import {
  batchOf,
  memoryStores,
  openLog,
  partitionOf,
  recordsOf,
  type Sequenced,
  type Stores,
  stampsOf,
} from './world.ts'

const hourMs = 3_600_000
const weather = timed(wild, { wayMsMax: 6, laterMsMax: 500 })

/** What the producer of a batch was told last. */
export interface Told {
  readonly id: PartitionId
  readonly values: readonly [string, string]
  /** Under which it was accepted, if under any. */
  readonly leaderEpoch: number | undefined
  readonly result: AppendResult | { readonly outcome: 'crashed' }
}

/** A process: a log on lines of its own, until it crashes. */
interface Process {
  readonly log: Log
  readonly hints: HeadHints
  readonly clock: SkewedClock
  readonly died: Promise<{ readonly outcome: 'crashed' }>
  readonly die: () => void
}

export class Storm {
  readonly clock = new SimClock()
  readonly ids = [0, 1, 2].map(partitionOf)
  readonly witness = new Witness(memoryStores(), this.ids)
  readonly told: Told[] = []
  /** By partition: what readers saw at each offset. */
  readonly seen = this.ids.map(() => new Map<number, string>())
  /** What must never be: reported losses, readers that were led astray. */
  readonly wrongs: unknown[] = []
  /** By partition: the leader epochs that readers saw each batch carry, by its first offset. */
  readonly stamps = this.ids.map(() => new Map<number, Set<number>>())
  readonly counts = { crashes: 0, elections: 0, fenced: 0, trims: 0, consolidated: 0, swept: 0 }
  readonly #fraction: () => number
  readonly #seed: number
  readonly #lines: Faults[] = []
  readonly #processes: Process[]
  #writing = 0

  constructor(seed: number) {
    this.#seed = seed
    this.#fraction = seeded(seed).fraction
    this.#processes = [0, 1, 2].map(() => this.#start())
  }

  async run(): Promise<void> {
    const clients = [0, 1, 2, 3].map((client) => this.#idempotent(client))
    clients.push(this.#plain(10), this.#plain(11))
    const others = [this.#reader(), this.#reader(), this.#janitor(), this.#janitor(), this.#trimmer(), this.#fate()]
    others.push(this.#elector(), this.#elector())
    await this.clock.run(Promise.all([...clients, ...others]))
    await this.clock.run(Promise.all(this.#processes.map(({ log }) => log.settle({ dropAlone: true }))))
    for (const line of this.#lines) await this.clock.run(line.settled())
  }

  /** A log on lines that never fail, and that knows nothing. */
  calm(): Log {
    return openLog(this.witness.stores, this.clock, seeded(this.#seed + 1))
  }

  #below = (count: number) => Math.floor(this.#fraction() * count)
  #any = () => this.#processes[this.#below(this.#processes.length)] as Process
  #anyId = () => this.ids[this.#below(this.ids.length)] as PartitionId

  #line(): Stores {
    const entropy = seeded(this.#below(2 ** 31))
    const line = badLine(this.clock, entropy, weather)
    this.#lines.push(line)
    const { meta, objects } = this.witness.stores
    return { meta: line.metaStore(meta), objects: line.objectStore(objects) }
  }

  #start(): Process {
    const clock = new SkewedClock(this.clock)
    clock.skewMs = this.#below(2) * (this.#below(5) - 2) * hourMs
    let isDead = false
    let die = () => {}
    const died = new Promise<{ outcome: 'crashed' }>((resolve) => {
      die = () => {
        isDead = true
        resolve({ outcome: 'crashed' })
      }
    })
    const { meta, objects } = this.#line()
    const stores = { meta: mortal(meta, () => isDead), objects: mortal(objects, () => isDead) }
    const options = { appendTimeoutMs: 800, inlineUnitsMax: this.#below(2) * 8, lingerMs: this.#below(3) }
    const hints = new HeadHints({ clock })
    const parts = { ...stores, clock, entropy: seeded(this.#below(2 ** 31)), hints, brokerId: 1 + this.#below(3) }
    return { log: new Log(parts, options), hints, clock, died, die }
  }

  /** Crashes and restarts processes, and sets their clocks. */
  async #fate() {
    while (this.#writing > 0) {
      await this.clock.sleep(this.#below(150))
      const index = this.#below(this.#processes.length)
      const process = this.#processes[index] as Process
      process.clock.skewMs = (this.#below(5) - 2) * hourMs
      if (this.#below(3) > 0) continue
      this.counts.crashes++
      process.die()
      this.#processes[index] = this.#start()
    }
  }

  async #append(id: PartitionId, values: readonly [string, string], producer?: Sequenced): Promise<Told> {
    const { log, hints, died } = this.#any()
    // Three of four are accepted by a broker, under the epoch that it knows, and one comes by another way.
    const leaderEpoch = this.#below(4) === 0 ? undefined : (hints.get(id)?.head.epoch ?? epoch(0))
    const options = leaderEpoch === undefined ? {} : { leaderEpoch }
    const result = await Promise.race([log.append(id, batchOf(values, producer), options), died])
    if (result.outcome === 'fenced-leader') this.counts.fenced++
    return { id, values, result, leaderEpoch }
  }

  /**
   * Sends each batch, by whichever process, until it is decided, with a newer epoch from time to time; and now and then an
   * earlier batch once more, as a client or a proxy would that has lost the answer.
   */
  async #idempotent(client: number) {
    this.#writing++
    for (let n = 0; n < 24; n++) {
      await Promise.all(
        this.ids.map(async (id) => {
          const batch = (nth: number) =>
            [
              valuesOf(`${client}/${nth}/${id.partition}`),
              { producerId: client, producerEpoch: Math.floor(nth / 10), baseSequence: 2 * (nth % 10) },
            ] as const
          if (n > 0 && this.#below(4) === 0) await this.#append(id, ...batch(this.#below(n)))
          for (let tries = 1; ; tries++) {
            const told = await this.#append(id, ...batch(n))
            if (!isOpen(told)) return this.told.push(told)
            if (tries === 200) return this.wrongs.push(`${told.values} is never decided`)
            await this.clock.sleep(this.#below(20))
          }
        }),
      )
    }
    this.#writing--
  }

  /** Sends each batch once; every other one is of a producer of its own, so that heads fill up with them. */
  async #plain(client: number) {
    this.#writing++
    for (let n = 0; n < 40; n++) {
      await Promise.all(
        this.ids.slice(this.#below(3)).map(async (id) => {
          const newcomer = { producerId: 1e12 + client * 1_000 + n, producerEpoch: 3, baseSequence: 0 }
          const values = valuesOf(`${client}/${n}/${id.partition}`)
          this.told.push(await this.#append(id, values, n % 2 === 0 ? newcomer : undefined))
        }),
      )
    }
    this.#writing--
  }

  /** Elects whom it likes, from views that are old at times, and looks on as its updates arrive twice and late. */
  async #elector() {
    const { meta } = this.#line()
    const pauseMs = [20, 100, 400][this.#below(3)] as number
    const views = this.ids.map((id) => parseHead(newHead(id)))
    while (this.#writing > 0) {
      await this.clock.sleep(this.#below(pauseMs))
      const id = this.#anyId()
      try {
        const item = this.#below(4) > 0 ? await meta.get(headKey(id), { strong: true }) : undefined
        const view = item ? parseHead(item) : (views[id.partition] as ReturnType<typeof parseHead>)
        views[id.partition] = view
        const elected = await elect({ meta, clock: this.clock }, id, view, 1 + this.#below(3))
        if (elected && elected.epoch <= view.epoch) this.wrongs.push(`elected ${elected.epoch} after ${view.epoch}`)
        if (elected?.epoch === view.epoch + 1) this.counts.elections++
      } catch (fault) {
        if (isWrong(fault)) this.wrongs.push(fault)
      }
    }
  }

  /** Follows all partitions from one process to the next, from where it is. */
  async #reader() {
    const position = this.ids.map(() => 0)
    while (this.#writing > 0) {
      const { log, died } = this.#any()
      for (const id of this.ids) {
        const at = position[id.partition] ?? 0
        const read = await Promise.race([log.read(id, offset(at), { maxBytes: 300 }), died])
        if (read.outcome === 'offset-out-of-range') {
          if (at > read.logStartOffset) this.wrongs.push(`a reader at ${at} is ahead of ${read.highWatermark}`)
          position[id.partition] = read.logStartOffset
        }
        if (read.outcome === 'unavailable' && isWrong(read.cause)) this.wrongs.push(read.cause)
        if (read.outcome === 'read') position[id.partition] = this.#see(id, at, read.chunks)
      }
      await this.clock.sleep(this.#below(20))
    }
  }

  #see(id: PartitionId, from: number, chunks: readonly Uint8Array[]): number {
    const stamps = this.stamps[id.partition] as Map<number, Set<number>>
    for (const { base, leaderEpoch } of chunks.flatMap(stampsOf))
      stamps.set(base, (stamps.get(base) ?? new Set()).add(leaderEpoch))
    const seen = this.seen[id.partition] as Map<number, string>
    let at = from
    for (const record of chunks.flatMap(recordsOf)) {
      if (record.offset < at) continue
      if (record.offset !== at) this.wrongs.push(`a reader at ${at} got ${record.offset}`)
      const before = seen.get(at) ?? record.value
      if (before !== record.value) this.wrongs.push(`${at} was ${before}, and is ${record.value}`)
      seen.set(at++, record.value)
    }
    return at
  }

  async #trimmer() {
    const log = openLog(this.#line(), this.clock, seeded(this.#below(2 ** 31)))
    while (this.#writing > 0) {
      await this.clock.sleep(this.#below(400))
      const id = this.#anyId()
      const described = await log.describe(id)
      if (described.outcome !== 'described') continue
      const before = this.#below(4) === 0 ? 'high-watermark' : offset(Math.floor(described.highWatermark / 2))
      if ((await log.deleteRecords(id, before)).outcome === 'deleted') this.counts.trims++
    }
  }

  async #janitor() {
    const stores = this.#line()
    const clock = this.clock
    const topicExists = async () => true
    const bytes = new PointerBytes({ ...stores, cache: new BytesCache({ bytesMax: 0 }) })
    const parts = { ...stores, clock, entropy: seeded(this.#below(2 ** 31)), topicExists, bytes }
    while (this.#writing > 0) {
      const id = this.#anyId()
      // Also what is named by clocks that are ahead, and what was put this very moment.
      const timeMs = clock.now() + (this.#below(3) - 1) * 2 * hourMs
      const steps = [
        async () => consolidate(parts, id, { bytesMin: 1, ageMsMin: 0, bytesMax: 2_000 }),
        async () => applyRetention(parts, id, { deletes: false, retentionMs: -1, retentionBytes: -1 }),
        async () => sweepInline(parts, id, { timeMs }),
        async () => sweepIntake(parts, { timeMs }),
        async () => sweepSegments(parts, { timeMs }),
      ]
      try {
        const done = await steps[this.#below(steps.length)]?.()
        if (done && 'pages' in done) this.counts.consolidated += done.pages
        if (done && 'deleted' in done) this.counts.swept += done.deleted
      } catch (fault) {
        if (!(fault instanceof OutcomeUnknown || fault instanceof StoreUnavailable)) this.wrongs.push(fault)
      }
      await clock.sleep(this.#below(10))
    }
  }
}

const valuesOf = (value: string) => [value, `${value}+`] as const
const isOpen = ({ result: { outcome } }: Told) =>
  outcome === 'unknown' || outcome === 'unavailable' || outcome === 'crashed' || outcome === 'fenced-leader'
const isWrong = (cause: unknown) => !(cause instanceof OutcomeUnknown || cause instanceof StoreUnavailable)

/** The line of a process: once that is dead it makes no call and hears no answer; what it has sent goes on. */
function mortal<Line extends object>(line: Line, isDead: () => boolean): Line {
  const never = new Promise<never>(() => {})
  return new Proxy(line, {
    get: (target, name) => {
      const call = Reflect.get(target, name) as (...args: readonly unknown[]) => Promise<unknown>
      return async (...args: readonly unknown[]) => {
        if (isDead()) return never
        const [end] = await Promise.allSettled([call(...args)])
        if (isDead()) return never
        if (end.status === 'rejected') throw end.reason
        return end.value
      }
    },
  })
}
