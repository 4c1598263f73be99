/**
 * How many requests a client has under way at once, as far as its connection has seen: five with most producers, one with
 * those that wait for each answer. Until so many have come, what it sends next may be waited for, without keeping it from
 * anything; from then on it stands still until it is answered.
 */
import { requestsExpectedMax } from '../base/limits.ts'

export class ClientWindow {
  #size = 0
  /** Requests that were under way when more were first expected since the last answer. */
  #expectedAt: number | undefined

  /** Whether the client may send more before any of `underWay` requests is answered. */
  hasRoom(underWay: number): boolean {
    if (underWay >= this.#size) return false
    this.#expectedAt ??= underWay
    return true
  }

  /** To be called when answers are given, with the requests that were under way. What was waited for in vain is not expected again. */
  answered(underWay: number): void {
    if (underWay > this.#size || underWay === this.#expectedAt) this.#size = Math.min(underWay, requestsExpectedMax)
    this.#expectedAt = undefined
  }
}
