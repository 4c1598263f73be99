/** What Prometheus reads. */
import { expect, test } from 'vitest'
import { prometheusMetrics } from '../../lib/gateway/prometheus.ts'
import { Meter } from '../../lib/store/metered.ts'
import { apiVersionsRequest, GatewayWorld } from './gateway-world.ts'

const valuesIn = (text: string): Map<string, number> =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )

test('requests, bytes, connections, refusals and store calls are counted, and a histogram is cumulative', async () => {
  await using world = await GatewayWorld.start({ configs: { 'max.connections': '2' } })
  const meter = new Meter()
  const { log } = world.broker.services
  const bill = () => meter.bill
  const scrape = prometheusMetrics({ gateway: world.gateway, calls: bill, bill, cache: () => log.cache })
  const client = await world.connect()
  client.socket.write(Buffer.concat([apiVersionsRequest, apiVersionsRequest]))
  const sent = 8 + (await client.frame()).length + (await client.frame()).length
  const hostile = await world.connect()
  hostile.socket.write(Buffer.alloc(4, 0xff))
  await hostile.closed
  await world.connect()
  await (await world.connect()).closed
  const { contentType, text } = await scrape()
  expect(contentType).toMatch(/^text\/plain/)
  const values = valuesIn(text)
  expect(values.get('gregor_kafka_requests_total{api="ApiVersions",version="0"}')).toBe(2)
  expect(values.get('gregor_kafka_request_duration_seconds_count{api="ApiVersions"}')).toBe(2)
  const buckets = [...values].filter(([name]) => name.startsWith('gregor_kafka_request_duration_seconds_bucket'))
  expect(buckets.map(([, count]) => count)).toEqual(buckets.map(([, count]) => count).toSorted((a, b) => a - b))
  expect(buckets.at(-1)).toEqual([expect.stringContaining('+Inf'), 2])
  expect(values.get('gregor_kafka_received_bytes_total')).toBe(2 * apiVersionsRequest.length + 4)
  expect(values.get('gregor_kafka_sent_bytes_total')).toBe(sent)
  expect(values.get('gregor_kafka_connections')).toBe(2)
  expect(values.get('gregor_kafka_connections_accepted_total')).toBe(3)
  expect(values.get('gregor_kafka_connections_refused_total{limit="max.connections"}')).toBe(1)
  expect(values.get('gregor_kafka_connections_closed_total{reason="malformed"}')).toBe(1)
  expect(values.get('gregor_store_item_calls_total{operation="update"}')).toBe(0)
  expect(values.get('gregor_read_cache_lookups_total{result="hit"}')).toBe(0)
  expect(values.get('process_resident_memory_bytes')).toBeGreaterThan(1_000_000)
  // A second look reads the same again, and does not add to it.
  expect(valuesIn((await scrape()).text).get('gregor_kafka_requests_total{api="ApiVersions",version="0"}')).toBe(2)
})
