/** Random records and batches for properties. */
import fc from 'fast-check'
import { buildBatch, type NewRecord } from '../../lib/records/build.ts'
import { compressions } from '../../lib/records/header.ts'

const field = fc.option(fc.uint8Array({ maxLength: 200 }))

const timestamps = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 41 }),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 }),
  fc.maxSafeInteger().map((value) => Math.floor(value / 2)),
)

export const records: fc.Arbitrary<Required<NewRecord>> = fc.record({
  key: field,
  value: field,
  headers: fc.array(fc.record({ key: fc.string({ unit: 'binary', maxLength: 12 }).map(wellFormed), value: field }), {
    maxLength: 3,
  }),
  timestamp: timestamps,
})

/** A lone surrogate has no UTF-8. */
function wellFormed(text: string): string {
  return text.toWellFormed()
}

export const codecs = fc.constantFrom(...compressions)

export const batches = fc
  .record({
    compression: codecs,
    records: fc.array(records, { minLength: 1, maxLength: 30 }),
  })
  .map((options) => buildBatch({ ...options, now: 1_700_000_000_000 }))

/** Bytes with long and short repetitions, and some without any. */
export const compressible = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 3_000 })).map(repeat),
    ),
    { maxLength: 12 },
  )
  .map((parts) => new Uint8Array(Buffer.concat(parts)))

function repeat([part, times]: [Uint8Array, number]): Uint8Array {
  return new Uint8Array(Buffer.concat(Array.from({ length: times }, () => part)))
}

/** Some bytes of `original` are others, and perhaps it is cut or longer. */
export function mutations(original: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(
      original,
      fc.array(fc.tuple(fc.nat(), fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat(255))), {
        minLength: 1,
        maxLength: 4,
      }),
      fc.option(fc.nat(), { freq: 4 }),
      fc.uint8Array({ maxLength: 3 }),
    )
    .map(([bytes, changes, cut, more]) => {
      const changed = new Uint8Array(
        Buffer.concat([bytes.subarray(0, cut === null ? undefined : cut % (bytes.length + 1)), more]),
      )
      for (const [position, byte] of changes) if (changed.length > 0) changed[position % changed.length] = byte
      return changed
    })
}
