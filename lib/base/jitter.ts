/** Pauses between tries ("full jitter": Exponential Backoff And Jitter, AWS Architecture Blog). */
import type { Entropy } from './entropy.ts'

/**
 * Milliseconds to wait after try `tries`, 1 and up: a random part of `firstMs`, which doubles with each try up to `maxMs`. So
 * those who were turned away together do not return together.
 */
export function jitterMs(entropy: Entropy, tries: number, firstMs: number, maxMs: number): number {
  return entropy.fraction() * Math.min(maxMs, firstMs * 2 ** (tries - 1))
}
