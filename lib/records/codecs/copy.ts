/** Copies between arrays without making a view for short runs, of which compressed data mostly consists. */

/** Where a view and one call begin to be faster than a loop. */
const viewBytesMin = 64

/** The caller has checked both ranges. The ranges do not overlap. */
export function copyBytes(source: Uint8Array, from: number, target: Uint8Array, to: number, length: number): void {
  if (length >= viewBytesMin) {
    target.set(source.subarray(from, from + length), to)
    return
  }
  for (let index = 0; index < length; index++) target[to + index] = source[from + index] as number
}
