import { expect, test } from 'vitest'
import { recordLine } from '../../lib/cli/record-line.ts'

const record = {
  topic: 't',
  partition: 1,
  offset: 7,
  timestamp: 5,
  key: Buffer.from('k'),
  value: Buffer.from('v ü'),
  headers: [{ key: 'h', value: null }],
}

test('a line is the value, with its key before it when that is asked for', () => {
  expect(String(recordLine(record, { json: false, keySeparator: undefined }))).toBe('v ü\n')
  expect(String(recordLine(record, { json: false, keySeparator: '\t' }))).toBe('k\tv ü\n')
  expect(String(recordLine({ ...record, key: null, value: null }, { json: false, keySeparator: ':' }))).toBe(':\n')
})

test('bytes that are no text stay the bytes they are', () => {
  const value = Buffer.from([0xff, 0x00, 0x80])
  expect(recordLine({ ...record, value }, { json: false, keySeparator: undefined })).toEqual(
    Buffer.from([0xff, 0x00, 0x80, 10]),
  )
  expect(JSON.parse(String(recordLine({ ...record, value }, { json: true })))).toEqual({
    topic: 't',
    partition: 1,
    offset: 7,
    timestamp: 5,
    key: 'k',
    valueBase64: '/wCA',
    headers: [{ key: 'h', value: null }],
  })
})
