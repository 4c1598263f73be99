import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonInJsonBytes } from '../../lib/http/json-in-json.ts'

test('a JSON text takes as many bytes in JSON as are counted, however it is spaced', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), fc.constantFrom(undefined, '\t', '\r\n'), (value, space) => {
      const json = JSON.stringify(value, null, space)
      expect(jsonInJsonBytes(json)).toBe(Buffer.byteLength(JSON.stringify(json)))
    }),
  )
})
