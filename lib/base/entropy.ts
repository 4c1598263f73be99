/** Randomness as a value that is passed in, so that a simulation can replay it from a seed. */
export interface Entropy {
  /** `length` fresh random bytes. */
  bytes(length: number): Uint8Array
  /** A number in [0, 1). */
  fraction(): number
}
