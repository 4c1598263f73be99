/** What a producer is told of records whose fate is not simple. */
import { expect, test } from 'vitest'
import { produceRecordsMax } from '../../lib/base/limits.ts'
import { connect } from './connect.ts'

test('more records than a request takes go in several', async () => {
  const { client, cluster, requests } = connect()
  await cluster.createTopic('orders', 1)
  const results = await client.produce(
    'orders',
    Array.from({ length: produceRecordsMax + 1 }, () => ({ value: 'x' })),
  )
  expect(results.at(-1)).toMatchObject({ outcome: 'produced', offset: produceRecordsMax })
  expect(requests.filter((request) => request.method === 'POST').length).toBe(2)
})

const failing = (error_code: number) => Response.json({ offsets: [{ error_code, error: 'no' }] })

/** Answers to the produce requests, in their order; a number is a record's error code, 'lost' a connection that is cut. */
async function produceOnce(...answers: (number | 'lost')[]) {
  let produces = 0
  const { client, cluster } = connect({
    retry: { attemptsMax: 3, backoffMs: 1 },
    before: (request) => {
      if (request.method !== 'POST') return undefined
      const answer = answers[produces++]
      if (answer === 'lost') throw new TypeError('fetch failed')
      return answer === undefined ? undefined : failing(answer)
    },
  })
  await cluster.createTopic('orders', 1)
  const [result] = await client.produce('orders', [{ value: 'x' }])
  return result
}

test('a record that may have been stored by an earlier try is never said to be refused', async () => {
  expect(await produceOnce(40801, 50003, 50003)).toMatchObject({ outcome: 'failed', errorCode: 40801, retriable: true })
  expect(await produceOnce('lost', 50003, 50003, 50003)).toMatchObject({ outcome: 'failed', errorCode: 40801 })
  expect(await produceOnce(50003, 50003, 50003)).toMatchObject({ outcome: 'failed', errorCode: 50003 })
  expect(await produceOnce(40801, 50003)).toMatchObject({ outcome: 'produced' })
})
