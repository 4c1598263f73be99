/** Those who write: with sequences and without, several batches in flight, and some who never write twice. */
import type { Entropy } from '../../../lib/base/entropy.ts'
import type { AppendAsked, Batch, Target } from '../history.ts'
import { amountsOf } from '../sim-options.ts'
import type { World } from '../world.ts'
import { type Asking, append } from './asking.ts'
import { drawLine } from './draw-line.ts'
import type { Route } from './line.ts'

const inFlightMax = 5
/** Kafka's `retry.backoff.ms`, at most. */
const backoffMs = 100
/** A batch that is not decided after so many tries, in weather that ends, never will be. */
const triesMax = 1_000

const below = ({ fraction }: Entropy, count: number) => Math.floor(fraction() * count)

export function newBatch(world: World, name: string, entropy: Entropy, sequenced?: Batch['sequenced']): Batch {
  const values = Array.from({ length: 1 + below(entropy, 3) }, (_, nth) => `${name}.${nth}`)
  return { name, values, createdMs: world.scheduler.now(), sequenced }
}

/** Sends each batch once; every third batch is of a producer id of its own, so that heads fill up with producers. */
export function plainProducer(world: World, client: string) {
  return world.work(client, async (entropy) => {
    const { batches } = amountsOf(world.options)
    const line = drawLine(world, client, entropy, () => true)
    const asking = { world, client, line }
    for (let sent = 0; sent < batches; ) {
      const target = world.anyTarget(entropy)
      const route = await line.route(entropy, target)
      const count = 1 + below(entropy, inFlightMax)
      if (route) {
        const all = Array.from({ length: count }, () => {
          const batch = newBatch(world, `${client}/${target.id.partition}/${sent++}`, entropy)
          const isNewcomer = entropy.fraction() < 0.3 && line.inOrder
          const producerId = 1_000_000 + Math.floor(entropy.fraction() * 1e9)
          const newcomer = isNewcomer ? { producerId, producerEpoch: 3, baseSequence: 0 } : undefined
          return append(asking, route, target, batch, newcomer)
        })
        await Promise.all(all)
      } else sent++
      await world.sleep(below(entropy, backoffMs))
    }
  })
}

/**
 * Sends each batch until it is decided, by whichever process, several in flight and in order as Kafka's clients do; now and
 * then gives one up, and goes on in a new epoch; and now and then sends an old one again, as one who lost the answer would.
 */
export function idempotentProducer(world: World, client: string, producerId: number) {
  return world.work(client, async (entropy) => {
    const { batches } = amountsOf(world.options)
    const line = drawLine(world, client, entropy, (speech) => speech !== 'http')
    await new Idempotent({ world, client, line }, world.anyTarget(entropy), producerId, entropy).run(batches)
  })
}

/** An idempotent producer that goes on beside one without sequences, on the same partition: two of one application. */
export function mixedProducer(world: World, client: string, producerId: number) {
  return world.work(client, async (entropy) => {
    const count = Math.ceil(amountsOf(world.options).batches / 2)
    const line = drawLine(world, client, entropy, (speech) => speech !== 'http')
    const asking = { world, client, line }
    const target = world.anyTarget(entropy)
    const plain = async () => {
      for (let sent = 0; sent < count; sent++) {
        const route = await line.route(entropy, target)
        const batch = newBatch(world, `${client}/${target.id.partition}/plain-${sent}`, entropy)
        if (route) await append(asking, route, target, batch)
        await world.sleep(below(entropy, backoffMs))
      }
    }
    await Promise.all([plain(), new Idempotent(asking, target, producerId, entropy).run(count)])
  })
}

/** What the log says, and what the protocol says for it. */
const undeserved: ReadonlySet<string> = new Set([
  ...['out-of-order-sequence', 'fenced-producer', 'unknown-partition'],
  ...['OUT_OF_ORDER_SEQUENCE_NUMBER', 'INVALID_PRODUCER_EPOCH'],
])

interface Sent {
  readonly batch: Batch
  readonly producerEpoch: number
  readonly baseSequence: number
}

export class Idempotent {
  readonly #asking: Asking
  readonly #target: Target
  readonly #producerId: number
  readonly #entropy: Entropy
  /** Each with the sequence that is its for ever. */
  readonly #all: Sent[] = []
  readonly #acknowledged: number[] = []
  readonly #isThere: () => boolean
  #epoch = 0
  #sequence = 0

  /** `isThere`: false once the topic has been deleted, upon which it ends. */
  constructor(asking: Asking, target: Target, producerId: number, entropy: Entropy, isThere = () => true) {
    this.#asking = asking
    this.#target = target
    this.#isThere = isThere
    this.#producerId = producerId
    this.#entropy = entropy
  }

  async run(count: number): Promise<void> {
    const entropy = this.#entropy
    const { world, client, line } = this.#asking
    let decided = 0
    for (let tries = 0; decided < count && this.#isThere(); tries++) {
      if (tries > triesMax) return world.history.violation(`${client}: batch ${decided} is never decided`)
      const route = await line.route(entropy, this.#target)
      if (route) {
        const again = this.#acknowledged[below(entropy, this.#acknowledged.length)]
        if (again !== undefined && below(entropy, 6) === 0) void this.#send(route, again)
        const inFlight = Math.min(1 + below(entropy, inFlightMax), count - decided)
        // At times the first request never arrives, or goes elsewhere than those behind it, which come upon a gap. Where the
        // producer is not known either, only when they are sent for the first time, as Java's client sends them.
        const isKnown = this.#all[this.#acknowledged.at(-1) ?? -1]?.producerEpoch === this.#epoch
        const isFirstTime = this.#all.length <= decided + 1
        const isApart = (isKnown || isFirstTime) && inFlight > 1 && below(entropy, 5) === 0
        const isLost = isApart && below(entropy, 2) === 0
        const behind = isApart && !isLost ? await line.route(entropy, this.#target) : route
        const arriving = Array.from({ length: inFlight }, (_, nth) => nth).slice(isLost ? 1 : 0)
        const sent = arriving.map((nth) => this.#send(nth === 0 ? route : (behind ?? route), decided + nth))
        const asked = await Promise.all(sent)
        const answers = isLost ? [] : asked
        const before = decided
        for (const { answer } of answers) {
          if (answer.is !== 'acknowledged') break
          this.#acknowledged.push(decided++)
        }
        const failed = answers[decided - before]
        // What went elsewhere may well have come before its turn.
        if (failed && (!isApart || decided === before)) this.#judge(failed)
        if (failed && entropy.fraction() < 0.08) {
          // It is given up, and with it what was sent after it: they keep their old epoch.
          decided = this.#all.length
          this.#epoch++
          this.#sequence = 0
        }
      }
      await world.sleep(below(entropy, backoffMs))
    }
  }

  #send(route: Route, nth: number): Promise<AppendAsked> {
    const { world, client } = this.#asking
    while (this.#all.length <= nth) {
      const order = this.#all.length
      const name = `${client}/${this.#target.id.partition}/${order}`
      const batch = newBatch(world, name, this.#entropy, { producerId: this.#producerId, order })
      this.#all.push({ batch, producerEpoch: this.#epoch, baseSequence: this.#sequence })
      this.#sequence += batch.values.length
    }
    const { batch, producerEpoch, baseSequence } = this.#all[nth] as Sent
    const sequence = { producerId: this.#producerId, producerEpoch, baseSequence }
    return append(this.#asking, route, this.#target, batch, sequence)
  }

  /** All batches before this one are acknowledged: there is no gap, and nobody else has its producer id. */
  #judge({ outcome, batch }: AppendAsked): void {
    if (undeserved.has(outcome) && this.#isThere()) {
      this.#asking.world.history.violation(
        `${batch.name} is refused as ${outcome}, though all before it is acknowledged`,
      )
    }
  }
}
