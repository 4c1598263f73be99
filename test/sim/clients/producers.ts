/** Those who write: with sequences and without, several batches in flight, and some who never write twice. */
import type { Entropy } from '../../../lib/base/entropy.ts'
import type { PartitionId } from '../../../lib/base/ids.ts'
import type { AppendAsked, Batch } from '../history.ts'
import { amountsOf } from '../sim-options.ts'
import type { World } from '../world.ts'
import { append, routeTo } from './asking.ts'

const inFlightMax = 5
/** Kafka's `retry.backoff.ms`, at most. */
const backoffMs = 100
/** A batch that is not decided after so many tries, in weather that ends, never will be. */
const triesMax = 400

const below = ({ fraction }: Entropy, count: number) => Math.floor(fraction() * count)

function newBatch(name: string, entropy: Entropy, sequenced: Batch['sequenced']): Batch {
  const values = Array.from({ length: 1 + below(entropy, 3) }, (_, nth) => `${name}.${nth}`)
  return { name, values, sequenced }
}

/** Sends each batch once; every third batch is of a producer id of its own, so that heads fill up with producers. */
export function plainProducer(world: World, client: string) {
  return world.work(client, async (entropy) => {
    const { batches } = amountsOf(world.options)
    for (let sent = 0; sent < batches; ) {
      const id = world.ids[below(entropy, world.ids.length)] as PartitionId
      const route = await routeTo(world, entropy, id)
      const count = 1 + below(entropy, inFlightMax)
      if (route) {
        const asking = Array.from({ length: count }, () => {
          const nth = sent++
          const batch = newBatch(`${client}/${id.partition}/${nth}`, entropy, undefined)
          const isNewcomer = entropy.fraction() < 0.3
          const producerId = 1_000_000 + Math.floor(entropy.fraction() * 1e9)
          return append(
            world,
            client,
            route,
            id,
            batch,
            isNewcomer ? { producerId, producerEpoch: 3, baseSequence: 0 } : undefined,
          )
        })
        await Promise.all(asking)
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
    const id = world.ids[below(entropy, world.ids.length)] as PartitionId
    await new Idempotent(world, client, id, producerId, entropy).run(batches)
  })
}

interface Sent {
  readonly batch: Batch
  readonly producerEpoch: number
  readonly baseSequence: number
}

class Idempotent {
  readonly #world: World
  readonly #client: string
  readonly #id: PartitionId
  readonly #producerId: number
  readonly #entropy: Entropy
  /** Each with the sequence that is its for ever. */
  readonly #all: Sent[] = []
  readonly #acknowledged: number[] = []
  #epoch = 0
  #sequence = 0

  constructor(world: World, client: string, id: PartitionId, producerId: number, entropy: Entropy) {
    this.#world = world
    this.#client = client
    this.#id = id
    this.#producerId = producerId
    this.#entropy = entropy
  }

  async run(count: number): Promise<void> {
    const entropy = this.#entropy
    let decided = 0
    for (let tries = 0; decided < count; tries++) {
      if (tries > triesMax) return this.#world.history.violation(`${this.#client}: batch ${decided} is never decided`)
      const route = await routeTo(this.#world, entropy, this.#id)
      if (route) {
        const again = this.#acknowledged[below(entropy, this.#acknowledged.length)]
        if (again !== undefined && below(entropy, 6) === 0) void this.#send(route, again)
        const inFlight = Math.min(1 + below(entropy, inFlightMax), count - decided)
        // At times the first request never arrives: those behind it come upon a gap. Of a producer that is not known any
        // sequence is taken, as in Kafka.
        const isKnown = this.#all[this.#acknowledged.at(-1) ?? -1]?.producerEpoch === this.#epoch
        const isLost = isKnown && inFlight > 1 && below(entropy, 10) === 0
        const arriving = Array.from({ length: inFlight }, (_, nth) => nth).slice(isLost ? 1 : 0)
        const asked = await Promise.all(arriving.map((nth) => this.#send(route, decided + nth)))
        const answers = isLost ? [] : asked
        const before = decided
        for (const { answer } of answers) {
          if (answer.is !== 'acknowledged') break
          this.#acknowledged.push(decided++)
        }
        const failed = answers[decided - before]
        if (failed) this.#judge(failed)
        if (failed && entropy.fraction() < 0.08) {
          // It is given up, and with it what was sent after it: they keep their old epoch.
          decided = this.#all.length
          this.#epoch++
          this.#sequence = 0
        }
      }
      await this.#world.sleep(below(entropy, backoffMs))
    }
  }

  #send(route: Parameters<typeof append>[2], nth: number): Promise<AppendAsked> {
    while (this.#all.length <= nth) {
      const order = this.#all.length
      const name = `${this.#client}/${this.#id.partition}/${order}`
      const batch = newBatch(name, this.#entropy, { producerId: this.#producerId, order })
      this.#all.push({ batch, producerEpoch: this.#epoch, baseSequence: this.#sequence })
      this.#sequence += batch.values.length
    }
    const { batch, producerEpoch, baseSequence } = this.#all[nth] as Sent
    const sequence = { producerId: this.#producerId, producerEpoch, baseSequence }
    return append(this.#world, this.#client, route, this.#id, batch, sequence)
  }

  /** All batches before this one are acknowledged: there is no gap, and nobody else has its producer id. */
  #judge({ outcome, batch }: AppendAsked): void {
    if (outcome === 'out-of-order-sequence' || outcome === 'fenced-producer' || outcome === 'unknown-partition') {
      this.#world.history.violation(`${batch.name} is refused as ${outcome}, though all before it is acknowledged`)
    }
  }
}
