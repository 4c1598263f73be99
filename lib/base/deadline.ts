/** Waiting that has an end. */
import type { Clock } from './clock.ts'

/** Ends a wait of ours. Nobody asks why: without a reason each abort makes an error, with its stack. */
export function callOff(waiting: AbortController): void {
  waiting.abort('over')
}

/**
 * What `act` answers, or throws. Its signal is aborted `ms` milliseconds after the beginning, or after its last `allow(ms)`,
 * which begins the time anew; to heed it is for `act`.
 */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  act: (signal: AbortSignal, allow: (ms: number) => void) => Promise<T>,
): Promise<T> {
  const late = new AbortController()
  let running = new AbortController()
  const allow = (allowedMs: number) => {
    callOff(running)
    const own = new AbortController()
    running = own
    void clock.sleep(allowedMs, own.signal).then(() => {
      // An abort after the end would close a connection that the next request uses.
      if (!own.signal.aborted) late.abort()
    })
  }
  allow(ms)
  try {
    return await act(late.signal, allow)
  } finally {
    callOff(running)
  }
}

/** Waits for something, but not for ever; leaves no timer behind. Throws what it throws; what it answers is dropped. */
export async function atMost(clock: Clock, ms: number, ended: Promise<unknown>): Promise<void> {
  const over = new AbortController()
  const late = clock.sleep(ms, over.signal)
  await Promise.race([ended, late]).finally(() => callOff(over))
}
