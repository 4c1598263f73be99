/**
 * The CRC32C of bytes that lie one after the other, from those of the parts: half a microsecond, however long they are. A
 * batch brings the checksum of nearly all of its bytes; who needs one over all of many batches need not look at them again.
 *
 * A checksum is a polynomial over GF(2), the remainder by CRC32C's; appending a byte multiplies what came before it by x^8.
 * Numbers hold a polynomial with the coefficient of x^0 in the highest bit, as the checksum itself does.
 */

const polynomial = 0x82f63b78
const one = 0x80000000

/** x^(8 * 2^n) for each n that a length may need; made when the first is needed. */
let powers: readonly number[] | undefined

/** The last length and its power: batches of one producer are of one size as a rule. */
let lastLength = 0
let lastPower = one

/** The checksum of `first` followed by `second`, of which the latter has `secondBytes` bytes (below 2^32). */
export function joinedCrc32c(first: number, second: number, secondBytes: number): number {
  if (secondBytes !== lastLength) {
    lastPower = powerOf(secondBytes)
    lastLength = secondBytes
  }
  return (product(lastPower, first) ^ second) >>> 0
}

/** x^(8 * bytes). */
function powerOf(bytes: number): number {
  powers ??= makePowers()
  let power = one
  for (let rest = bytes, n = 0; rest > 0; rest = Math.floor(rest / 2), n++) {
    if (rest % 2 === 1) power = product(powers[n] as number, power)
  }
  return power
}

function product(a: number, b: number): number {
  let sum = 0
  let factor = b
  for (let rest = a; rest !== 0; rest <<= 1) {
    // The coefficients of `a` from x^0 on; `factor` is `b` times that power of x.
    if (rest < 0 || rest >= one) sum ^= factor
    factor = factor & 1 ? (factor >>> 1) ^ polynomial : factor >>> 1
  }
  return sum >>> 0
}

function makePowers(): number[] {
  const made: number[] = []
  // x^8.
  let power = one >>> 8
  for (let n = 0; n < 32; n++) {
    made.push(power)
    power = product(power, power)
  }
  return made
}
