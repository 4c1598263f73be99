/** The commands as typed, against a whole cluster in this process. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { GregorClient } from '../../lib/client/client.ts'
import { type LocalCluster, startLocal } from '../../lib/local/start-local.ts'
import { gregor, type Script } from './scripted-terminal.ts'

let cluster: LocalCluster
let client: GregorClient
let names = 0

beforeAll(async () => {
  cluster = await startLocal({ data: 'memory', httpPort: 0, kafkaPort: 0 })
  client = new GregorClient({ url: cluster.http })
})
afterAll(() => cluster.close())

const at = (words: readonly string[], script: Script = {}) =>
  gregor(words, { ...script, env: { GREGOR_URL: cluster.http, ...script.env } })
const json = async (...words: string[]) => JSON.parse((await at([...words, '--output', 'json'])).out)

async function topicWith(partitions: number, ...values: string[]): Promise<string> {
  const topic = `topic-${names++}`
  // Some tests have timestamps of long ago, which the janitor would take for expired.
  await client.topics.create(topic, { partitions, configs: { 'retention.ms': '-1' } })
  if (values.length > 0)
    await client.produce(
      topic,
      values.map((value) => ({ value, partition: 0 })),
    )
  return topic
}

describe('gregor topic', () => {
  test('creates, describes, alters, lists and deletes', async () => {
    const topic = `topic-${names++}`
    expect(await at(['topic', 'create', topic, '--partitions', '2', '--config', 'retention.ms=1000'])).toEqual({
      code: 0,
      out: `Created ${topic} with 2 partitions.\n`,
      err: '',
    })
    expect(await json('topic', 'alter', topic, '--partitions', '3', '--delete-config', 'retention.ms')).toMatchObject({
      partitions: 3,
    })
    const described = await at(['topic', 'describe', topic])
    expect(described.out).toBe(
      `${topic}: 3 partitions\n\nPARTITION  START  END  RECORDS\n        0      0    0        0\n        1      0    0        0\n        2      0    0        0\n`,
    )
    expect(await json('topic', 'list')).toContainEqual({ topic, partitions: 3 })
    expect((await at(['topic', 'delete', topic])).out).toBe(`Deleted ${topic}.\n`)
    expect(await json('topic', 'list')).not.toContainEqual({ topic, partitions: 3 })
  })

  test('that is there already is said, and is no error with --if-not-exists', async () => {
    const topic = await topicWith(1)
    expect(await at(['topic', 'create', topic])).toMatchObject({
      code: 1,
      err: expect.stringContaining('--if-not-exists'),
    })
    expect(await at(['topic', 'create', topic, '--if-not-exists'])).toMatchObject({ code: 0 })
  })

  test.each(['../x', 'a b', '.', 'x'.repeat(250)])(
    'of an illegal name is refused, with a sentence: %s',
    async (name) => {
      for (const words of [
        ['topic', 'create', name],
        ['topic', 'create', name, '--if-not-exists'],
        ['topic', 'describe', name],
        ['topic', 'delete', name],
        ['produce', name],
        ['consume', name],
      ]) {
        const { code, out, err } = await at(words)
        expect({ code, out }).toEqual({ code: 1, out: '' })
        expect(err).toMatch(/^(A topic's name|'\.' cannot name a topic).*\.\n$/)
      }
    },
  )

  test('is named in a message as it is written', async () => {
    const topic = await topicWith(2)
    const { err } = await at(['topic', 'alter', topic, '--partitions', '1'])
    expect(err).toContain(`${topic} has 2 partitions`)
  })

  test('of many partitions shows the first hundred, and says so', async () => {
    const topic = await topicWith(10_000)
    const { out } = await at(['topic', 'describe', topic])
    expect(out).toContain('... and 9900 more (--all shows them)')
    expect(out.split('\n').length).toBeLessThan(120)
  })
})

describe('gregor produce', () => {
  test('sends a line as a record, keys with -k or before a separator, headers with -H', async () => {
    const topic = await topicWith(4)
    expect((await at(['produce', topic], { input: 'a\nb' })).out).toMatch(
      new RegExp(`^Produced 2 records to ${topic} in `),
    )
    await at(['produce', topic, '-k', 'key', '-H', 'h=1=2', '-H', 'i=', '--timestamp', '1234'], { input: 'c\n' })
    await at(['produce', topic, '--key-separator', '\\t', '--partition', '3'], { input: 'k\tv\tw\n' })
    const records = (await at(['consume', topic, '--output', 'json'])).out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(records.map(({ value }) => value).sort()).toEqual(['a', 'b', 'c', 'v\tw'])
    expect(records.find(({ value }) => value === 'c')).toMatchObject({
      key: 'key',
      timestamp: 1234,
      headers: [
        { key: 'h', value: '1=2' },
        { key: 'i', value: '' },
      ],
    })
    expect(records.find(({ key }) => key === 'k')).toMatchObject({ partition: 3, value: 'v\tw' })
  })

  test('keeps the order of a key over many requests, and counts', async () => {
    const topic = await topicWith(6)
    const input = Array.from({ length: 30_000 }, (_, index) => `key-${index % 11}:${index}`).join('\n')
    const folder = mkdtempSync(join(tmpdir(), 'gregor-cli-'))
    writeFileSync(join(folder, 'input'), input)
    try {
      const { out } = await at([
        'produce',
        topic,
        '--key-separator',
        ':',
        '--file',
        join(folder, 'input'),
        '--output',
        'json',
      ])
      expect(JSON.parse(out)).toMatchObject({ records: 30_000, interrupted: false })
    } finally {
      rmSync(folder, { recursive: true })
    }
    const last = new Map<string, number>()
    let count = 0
    for (const line of (await at(['consume', topic, '--key-separator', ':'])).out.trim().split('\n')) {
      const [key = '', number] = line.split(':')
      expect(Number(number)).toBe((last.get(key) ?? Number(key.slice(4)) - 11) + 11)
      last.set(key, Number(number))
      count += 1
    }
    expect(count).toBe(30_000)
  })

  test('says how many records were acknowledged before one was refused', async () => {
    const topic = await topicWith(1)
    const input = new PassThrough()
    const produced = at(['produce', topic], { input })
    input.write('small\n')
    for await (const record of client.consume(topic, { follow: true })) if (String(record.value) === 'small') break
    input.end('x'.repeat(2_000_000))
    const { code, err } = await produced
    expect(code).toBe(1)
    expect(err).toContain('1 record acknowledged before that')
  })

  test.each([
    ['than its topic takes', 2_000_000],
    ['than any request', 5_000_000],
  ])('says which line is larger %s, and that it is not stored', async (_, bytes) => {
    const topic = await topicWith(1)
    const { code, err } = await at(['produce', topic], { input: `one\n${'x'.repeat(bytes)}\n` })
    expect(code).toBe(1)
    expect(err).toMatch(/^Line 2: The record .*\. 1 record acknowledged before that\.\n/)
  })

  test('says which line has no key, and what was acknowledged', async () => {
    const topic = await topicWith(1)
    const { code, err } = await at(['produce', topic, '--key-separator', ':'], { input: 'a:1\nb:2\nc\n' })
    expect(code).toBe(1)
    expect(err).toMatch(/^Line 3 has no ":" .* 2 records acknowledged before that\.\n/)
  })

  test.each([
    ['a file that is not there', ['--file', '/nonexistent/file'], 'cannot be read (ENOENT)'],
    ['a folder', ['--file', tmpdir()], 'is a folder'],
    ['a partition that the topic does not have', ['--partition', '5'], 'partition'],
  ])('says that there is %s', async (_, words, said) => {
    const topic = await topicWith(1)
    const { code, err } = await at(['produce', topic, ...words], { input: 'a' })
    expect(code).toBe(1)
    expect(err).toContain(said)
  })

  test('to a topic that is not there says how to make it', async () => {
    const { code, err } = await at(['produce', 'nowhere'], { input: 'a' })
    expect({ code, err }).toEqual({
      code: 1,
      err: 'There is no topic nowhere.\nCreate it with "gregor topic create nowhere --partitions 6"; "gregor topic list" shows those there are.\n',
    })
  })

  test('ends on Ctrl-C with what was acknowledged', async () => {
    const topic = await topicWith(1)
    const interrupt = new AbortController()
    const input = new PassThrough()
    const produced = at(['produce', topic, '--output', 'json'], { input, interrupted: interrupt.signal })
    input.write('a\nb\n')
    let seen = 0
    for await (const _ of client.consume(topic, { follow: true })) if (++seen === 2) break
    interrupt.abort()
    expect(JSON.parse((await produced).out)).toMatchObject({ records: 2, interrupted: true })
  })
})

describe('gregor consume', () => {
  test('begins at earliest, latest, an offset or a time, and stops at the end', async () => {
    const topic = await topicWith(1)
    await client.produce(
      topic,
      [1000, 2000, 3000].map((timestamp) => ({ value: `${timestamp}`, timestamp: 1_700_000_000_000 + timestamp })),
    )
    const from = async (position: string) => (await at(['consume', topic, '--from', position])).out
    expect(await from('earliest')).toBe('1000\n2000\n3000\n')
    expect(await from('latest')).toBe('')
    expect(await from('1')).toBe('2000\n3000\n')
    expect(await from('1700000002000')).toBe('2000\n3000\n')
    expect(await from(new Date(1_700_000_003_000).toISOString())).toBe('3000\n')
    expect((await at(['consume', topic, '-n', '2'])).out).toBe('1000\n2000\n')
  })

  test('from an offset past the end says what the range is', async () => {
    const topic = await topicWith(1, 'a')
    const { code, err } = await at(['consume', topic, '--from', '99', '--follow', '--timeout', '5000'])
    expect(code).toBe(1)
    expect(err).toMatch(/99.*0 to 1/)
  })

  test('reads only the partitions that are asked for', async () => {
    const topic = await topicWith(3)
    await client.produce(
      topic,
      [0, 1, 2].map((partition) => ({ value: `${partition}`, partition })),
    )
    expect(
      (await at(['consume', topic, '--partition', '1', '--partition', '1', '--partition', '2'])).out.split('\n').sort(),
    ).toEqual(['', '1', '2'])
    expect(await at(['consume', topic, '--partition', '7'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('partition'),
    })
  })

  test('with a group goes on where it stopped, and commits what it printed, not more', async () => {
    const topic = await topicWith(1, 'a', 'b', 'c')
    const group = `group-${names++}`
    expect((await at(['consume', topic, '--group', group, '-n', '2'])).out).toBe('a\nb\n')
    expect(await client.groups.committed(group)).toMatchObject([{ topic, partition: 0, offset: 2 }])
    expect((await at(['consume', topic, '--group', group, '--from', 'earliest'])).out).toBe('c\n')
    expect((await at(['consume', topic, '--group', group])).out).toBe('')
  })

  test('follows, prints at once, and ends on Ctrl-C with a commit', async () => {
    const topic = await topicWith(2, 'a')
    const group = `group-${names++}`
    const interrupt = new AbortController()
    const onOutput = (text: string) => {
      // Both lines can only be here while it goes on: the second record comes after the first was printed.
      if (text === 'a\n') void client.produce(topic, [{ value: 'b', partition: 1 }])
      if (text === 'a\nb\n') interrupt.abort()
    }
    const words = ['consume', topic, '--follow', '--group', group]
    expect(await at(words, { interrupted: interrupt.signal, onOutput })).toEqual({ code: 0, out: 'a\nb\n', err: '' })
    expect((await client.groups.committed(group)).map(({ offset }) => offset)).toEqual([1, 1])
  })

  test('follows until nothing has come for so long', async () => {
    const topic = await topicWith(1, 'a')
    expect(await at(['consume', topic, '--follow', '--timeout', '300'])).toEqual({ code: 0, out: 'a\n', err: '' })
  })
})

describe('gregor group', () => {
  test('describes the lag, and resets', async () => {
    const topic = await topicWith(2, 'a', 'b', 'c')
    const group = `group-${names++}`
    await at(['consume', topic, '--group', group, '-n', '1'])
    expect((await at(['group', 'describe', group])).out).toContain(`${topic}          0        1    3    2`)
    const moved = await json('group', 'reset', group, '--to', 'latest', '--dry-run')
    expect(moved).toMatchObject({
      dryRun: true,
      offsets: [
        { partition: 0, offset: 3 },
        { partition: 1, offset: 0 },
      ],
    })
    expect(await client.groups.committed(group)).toMatchObject([{ partition: 0, offset: 1 }])
    await at(['group', 'reset', group, '--topic', topic, '--partition', '0', '--to', '2'])
    expect(await client.groups.committed(group)).toMatchObject([{ partition: 0, offset: 2 }])
    await at(['group', 'reset', group, '--topic', topic, '--partition', '0', '--shift', '-1'])
    expect(await client.groups.committed(group)).toMatchObject([{ partition: 0, offset: 1 }])
    expect((await at(['group', 'list'])).out).toContain(group)
    await at(['group', 'delete', group])
    expect(await at(['group', 'describe', group])).toMatchObject({
      code: 1,
      err: expect.stringContaining('gregor group list'),
    })
  })

  test('that has committed nothing must be told of which topic', async () => {
    expect(await at(['group', 'reset', 'nobody', '--to', 'latest'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('--topic'),
    })
  })
})

test('one of a thing is not several', async () => {
  const one = ['--partitions', '1', '--producers', '1', '--readers', '1']
  const { code, out } = await at(['demo', '--records', '100', ...one, '--url', cluster.http])
  expect(code).toBe(0)
  expect(out).toContain(' customers into 1 partition\n')
  expect(out).toContain(' by 1 producer\n')
  expect(out).toContain(' by 1 reader\n')
})
