/**
 * Time as a value that is passed in. Everything that waits or reads the time takes a `Clock`, so that a simulation owns
 * time. A clock decides liveness only, never correctness: it may be skewed, jump, or stand still.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /**
   * Resolves after `ms` milliseconds, or at once when the signal is aborted. It never rejects. 0 waits for what is in the
   * same turn of the event loop.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}
