/** `gregor bridge` as typed: what it says when it works, and when it cannot. */
import { createServer } from 'node:net'
import { Kafka, logLevel } from 'kafkajs'
import { afterEach, describe, expect, test } from 'vitest'
import { type LocalCluster, startLocal } from '../../lib/local/start-local.ts'
import { gregor } from './scripted-terminal.ts'

const open: LocalCluster[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((cluster) => cluster.close()))
})

async function cluster(): Promise<string> {
  const started = await startLocal({ data: 'memory', httpPort: 0, kafkaPort: 0 })
  open.push(started)
  return started.http
}

describe('gregor bridge', () => {
  test('says where clients connect to, carries them, and stops', async () => {
    const url = await cluster()
    const interrupt = new AbortController()
    const topics: string[][] = []
    const words = ['bridge', '--url', url, '--port', '0', '--output', 'json']
    const onOutput = async (text: string) => {
      if (!text.includes('\n') || topics.length > 0) return
      topics.push([])
      const { kafka } = JSON.parse(text.split('\n')[0] ?? '')
      const admin = new Kafka({ brokers: [kafka], logLevel: logLevel.NOTHING }).admin()
      await admin.connect()
      await admin.createTopics({ topics: [{ topic: 'orders' }] })
      topics[0] = await admin.listTopics()
      await admin.disconnect()
      interrupt.abort()
    }
    const { code, out, err } = await gregor(words, { interrupted: interrupt.signal, onOutput })
    expect({ code, err, topics }).toEqual({ code: 0, err: '', topics: [['orders']] })
    const [ready, stopped] = out.trim().split('\n')
    expect(JSON.parse(ready ?? '')).toMatchObject({
      event: 'ready',
      url,
      kafka: expect.stringMatching(/^127.0.0.1:\d+$/),
    })
    expect(JSON.parse(stopped ?? '')).toEqual({ event: 'stopped' })
  })

  test('people are told what to try', async () => {
    const url = await cluster()
    const interrupt = new AbortController()
    interrupt.abort()
    const { code, out } = await gregor(['bridge', '--url', url, '--port', '0'], { interrupted: interrupt.signal })
    expect(code).toBe(0)
    expect(out).toMatch(
      /^Kafka clients connect to 127.0.0.1:\d+ and are answered by http.*\nTry .*kcat -b 127.0.0.1:\d+ -L\n$/,
    )
  })

  test('says when nobody answers, before it listens', async () => {
    const { code, err } = await gregor(['bridge', '--url', 'http://127.0.0.1:9', '--port', '0'])
    expect(code).toBe(1)
    expect(err).toMatch(/^No answer from http:\/\/127.0.0.1:9 .*\nCheck --url, --api-key, --token and --sigv4\.\n$/)
  })

  test('says when its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as { port: number }
    const { code, err } = await gregor(['bridge', '--url', await cluster(), '--port', String(port)])
    other.close()
    expect(code).toBe(1)
    expect(err).toMatch(/^Port \d+ on 127.0.0.1 is in use\.\n.*--port 0\.\n$/)
  })

  test.each<[string, string[], RegExp]>([
    ['an advertised address that is none', ['--advertised', 'here'], /HOST:PORT; it is here/],
    ['a region without a signature', ['--region', 'eu-central-1'], /--region is for --sigv4/],
    ['a signature without a region', ['--sigv4'], /does not say its AWS region.*\nGive it with --region/],
  ])('%s is asked wrongly', async (_, words, said) => {
    const { code, err } = await gregor(['bridge', '--url', 'http://127.0.0.1:9', '--port', '0', ...words])
    expect(code).toBe(2)
    expect(err).toMatch(said)
  })
})
