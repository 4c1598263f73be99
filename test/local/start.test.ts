/** `gregor start` as a process: what it says, how it stops, and what is there afterwards. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { GregorClient } from '../../lib/client/client.ts'
import { GregorProcess, type StartedGregor, startGregor } from './gregor-process.ts'

let folder: string
const running: GregorProcess[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gregor-start-'))
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.kill('SIGKILL')))
  rmSync(folder, { recursive: true })
})

async function start(...words: string[]): Promise<StartedGregor> {
  const started = await startGregor(...words)
  running.push(started.process)
  return started
}

async function produceOne(url: string, value: string): Promise<number> {
  const [result] = await new GregorClient({ url }).produce('orders', [{ key: 'k', value }])
  if (result?.outcome !== 'produced') throw new Error(`not produced: ${JSON.stringify(result)}`)
  return result.offset
}

async function valuesAt(url: string): Promise<string[]> {
  const values: string[] = []
  for await (const record of new GregorClient({ url }).consume('orders')) values.push(String(record.value))
  return values
}

describe('gregor start', () => {
  test('says for programs that it is ready, in one line of JSON', async () => {
    const { process: started, url, kafka } = await start('--memory')
    expect(await started.firstLine()).toBe(
      `{"event":"ready","pid":${started.child.pid},"http":"${url}","kafka":"${kafka}"}`,
    )
    expect(kafka).toMatch(/^127\.0\.0\.1:\d+$/)
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
  })

  test('says for people where it listens and what to try next', async () => {
    const started = new GregorProcess(['start', '--memory', '--http-port', '0', '--kafka-port', '0'])
    running.push(started)
    await started.firstLine()
    expect(started.out).toMatch(
      /^Gregor listens on 127\.0\.0\.1:\d+ for Kafka clients and on http:\/\/127\.0\.0\.1:\d+ .*\nTry .*kcat -b 127.*\n.*gregor topic create orders.*\n$/,
    )
  })

  test('stops cleanly on SIGTERM and on Ctrl-C, and finds everything there when it starts again', async () => {
    const data = join(folder, 'data')
    const first = await start('--data', data)
    await new GregorClient({ url: first.url }).topics.create('orders', { partitions: 3 })
    expect(await produceOne(first.url, 'one')).toBe(0)
    await new GregorClient({ url: first.url }).groups.commit('g', [{ topic: 'orders', partition: 1, offset: 1 }])
    expect(await first.process.kill('SIGTERM')).toMatchObject({ code: 0, signal: null, err: '' })

    const second = await start('--data', data)
    expect(await produceOne(second.url, 'two')).toBe(1)
    expect(await second.process.kill('SIGINT')).toMatchObject({ code: 0, signal: null, err: '' })

    const third = await start('--data', data)
    expect(await valuesAt(third.url)).toEqual(['one', 'two'])
    expect(await new GregorClient({ url: third.url }).groups.committed('g')).toMatchObject([
      { partition: 1, offset: 1 },
    ])
  })

  test('survives kill -9: what was acknowledged is there', async () => {
    const data = join(folder, 'data')
    const first = await start('--data', data)
    await new GregorClient({ url: first.url }).topics.create('orders')
    for (const value of ['a', 'b', 'c']) await produceOne(first.url, value)
    expect((await first.process.kill('SIGKILL')).signal).toBe('SIGKILL')
    const second = await start('--data', data)
    expect(await valuesAt(second.url)).toEqual(['a', 'b', 'c'])
  })

  test('tells Prometheus what it counts', async () => {
    const { url } = await start('--memory')
    const scrape = () => fetch(`${url}/metrics`)
    const answer = await scrape()
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
    const before = await answer.text()
    expect(before).toMatch(/^gregor_kafka_connections 0$/m)
    const numberIn = (text: string, name: string) =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(name))
          ?.split(' ')[1],
      )
    await new GregorClient({ url }).topics.create('orders')
    await produceOne(url, 'a')
    await valuesAt(url)
    const after = await (await scrape()).text()
    const risen = (name: string) => numberIn(after, name) - numberIn(before, name)
    expect(risen('gregor_store_item_calls_total{operation="update"}')).toBeGreaterThan(0)
    expect(risen('gregor_store_item_calls_total{operation="put"}')).toBeGreaterThan(0)
    expect(after).toMatch(/^gregor_store_object_calls_total{operation="put"} \d+$/m)
    // What was just appended here is in memory.
    expect(risen('gregor_read_cache_lookups_total{result="hit"}')).toBeGreaterThan(0)
    expect(risen('gregor_read_cache_lookups_total{result="miss"}')).toBe(0)
    expect(numberIn(after, 'gregor_read_cache_bytes')).toBeGreaterThan(0)
  })

  test('does not wait for a long poll when it stops', async () => {
    const { process: started, url } = await start('--memory')
    await new GregorClient({ url }).topics.create('orders')
    const poll = fetch(`${url}/topics/orders/partitions/0/records?offset=0&timeout=25000`).catch(() => 'cut')
    await fetch(`${url}/healthz`)
    expect(await started.kill('SIGTERM')).toMatchObject({ code: 0 })
    await poll
  })

  test('refuses data that another process uses, with a sentence and a next step, and leaves that process alone', async () => {
    const data = join(folder, 'data')
    const first = await start('--data', data)
    const second = await new GregorProcess(['start', '--data', data, '--http-port', '0', '--kafka-port', '0']).ended
    expect(second).toMatchObject({ code: 1, out: '' })
    expect(second.err).toBe(
      `Another process uses the data in ${data}.\nStop the other one, or give this one its own with --data FOLDER.\n`,
    )
    expect((await fetch(`${first.url}/healthz`)).status).toBe(200)
  })

  test('refuses a port that is in use, with a sentence and a next step, and lets go of the data', async () => {
    const { url } = await start('--memory')
    const port = new URL(url).port
    const data = join(folder, 'data')
    const second = await new GregorProcess(['start', '--data', data, '--kafka-port', '0', '--http-port', port]).ended
    expect(second).toMatchObject({ code: 1, out: '' })
    expect(second.err).toMatch(new RegExp(`^Port ${port} on 127.0.0.1 is in use\\.\n.*--http-port.*\n$`))
    await start('--data', data)
  })

  test('refuses a Kafka port that is in use, with a sentence and a next step, and lets go of the data', async () => {
    const { kafka } = await start('--memory')
    const port = kafka.split(':')[1] ?? ''
    const data = join(folder, 'data')
    const second = await new GregorProcess(['start', '--data', data, '--http-port', '0', '--kafka-port', port]).ended
    expect(second).toMatchObject({ code: 1, out: '' })
    expect(second.err).toMatch(new RegExp(`^Port ${port} on 127.0.0.1 is in use\\.\n.*--kafka-port.*\n$`))
    await start('--data', data)
  })

  test('refuses broker configs that it does not know or cannot have, with a sentence and a next step', async () => {
    const refused = async (...words: string[]) => {
      const { code, out, err } = await new GregorProcess(['start', '--memory', ...words]).ended
      expect({ code, out }).toEqual({ code: 2, out: '' })
      return err
    }
    expect(await refused('--config', 'num.partition=6')).toMatch(/^There is no .*Did you mean num\.partitions\?\n.+\n$/)
    expect(await refused('--config', 'num.partitions=0')).toMatch(/^num\.partitions must be .*\n.+\n$/)
    const file = join(folder, 'server.properties')
    writeFileSync(file, '# comment\nnum.partitions=many\n')
    expect(await refused('--config-file', file)).toMatch(
      /server\.properties, line 2: num\.partitions must be .*\n.+\n$/,
    )
  })
})
