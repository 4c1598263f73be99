/**
 * The requests of one connection that are begun, in the order in which they came; answers leave in that order whatever
 * order they are made in. Pure: it knows neither sockets nor time.
 */
import { assert } from '../base/assert.ts'

export type Answer = readonly Uint8Array[] | 'no-response'

/** One request's place in the order. */
export class Place {
  /** What the request holds of the memory for requests, until it is answered. */
  readonly heldBytes: number
  answer: Answer | undefined = undefined
  /** What is to be done once the answer was sent. */
  readonly afterSent: (() => void)[] = []

  constructor(heldBytes: number) {
    this.heldBytes = heldBytes
  }
}

export class AnswerQueue {
  /** At most `connectionRequestsMax`, so that shifting costs nothing. */
  readonly #places: Place[] = []

  get length(): number {
    return this.#places.length
  }

  /** The place behind all others. */
  begin(heldBytes: number): Place {
    const place = new Place(heldBytes)
    this.#places.push(place)
    return place
  }

  /** Whether no request was begun after it. */
  isNewest(place: Place): boolean {
    return this.#places.at(-1) === place
  }

  settle(place: Place, answer: Answer): void {
    assert(place.answer === undefined, 'a request is answered once')
    place.answer = answer
  }

  /** Whether `take` would answer a place. */
  get isReady(): boolean {
    return this.#places[0]?.answer !== undefined
  }

  /** The next place to answer, which leaves the queue; undefined while its answer is not made. */
  take(): (Place & { answer: Answer }) | undefined {
    const place = this.#places[0]
    if (place === undefined || !isAnswered(place)) return undefined
    this.#places.shift()
    return place
  }
}

const isAnswered = (place: Place): place is Place & { answer: Answer } => place.answer !== undefined
