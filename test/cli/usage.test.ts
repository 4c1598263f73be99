/** What a command says when it is asked wrongly: a sentence, a next step, exit code 2, no stack trace. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { gregor } from './scripted-terminal.ts'

const wrong: readonly (readonly [string, readonly string[], string])[] = [
  ['an unknown command', ['topc', 'list'], 'Did you mean topic?'],
  ['an unknown option', ['topic', 'list', '--outptu', 'json'], 'Did you mean --output?'],
  ['a missing argument', ['produce'], 'Missing required argument'],
  ['an argument too many', ['topic', 'list', 'orders'], 'Too many arguments'],
  ['0 partitions', ['topic', 'create', 'a', '--partitions', '0'], 'from 1 to 10000'],
  ['a negative offset', ['consume', 'a', '--from', '-5'], 'earliest, latest, an offset'],
  ['a port that is none', ['start', '--http-port', '99999'], 'from 0 to 65535'],
  ['a folder for data that is not kept', ['start', '--memory', '--data', 'd', '--http-port', '0'], '--data'],
  ['durability of nothing', ['start', '--memory', '--durability', 'power', '--http-port', '0'], '--durability'],
  ['an unknown durability', ['start', '--durability', 'none'], 'power, process'],
  [
    'a broker config that is not known',
    ['start', '--memory', '--config', 'num.partition=3'],
    'Did you mean num.partitions?',
  ],
  ['a broker config that is no pair', ['start', '--memory', '--config', 'num.partitions'], 'is not name=value'],
  ['a log level that is none', ['start', '--log-level', 'loud'], 'debug, info, warn, error, silent'],
  ['a gateway on no table', ['gateway', '--bucket', 'b', '--region', 'r'], '--table NAME or GREGOR_TABLE'],
  ['a gateway on no bucket', ['gateway', '--table', 't', '--region', 'r'], '--bucket NAME or GREGOR_BUCKET'],
  ['a gateway in no region', ['gateway', '--table', 't', '--bucket', 'b'], '--region REGION or AWS_REGION'],
  ['a gateway that lingers for ever', ['gateway', '--linger-ms', '9999999'], 'from 0 to 5000'],
  ['a header that is none', ['produce', 'a', '-H', 'x'], 'NAME=VALUE'],
  ['two kinds of keys', ['produce', 'a', '-k', 'x', '--key-separator', ':'], 'do not go together'],
  ['an alteration of nothing', ['topic', 'alter', 'a'], 'Give --partitions'],
  [
    'a config that is set and deleted',
    ['topic', 'alter', 'a', '--config', 'retention.ms=1', '--delete-config', 'retention.ms'],
    'retention.ms is both set',
  ],
  ['a group without a name', ['consume', 'a', '--group', ''], 'A group needs a name'],
  ['a topic without a name', ['consume', ''], 'A topic needs a name'],
  ['a reset to nowhere', ['group', 'reset', 'g'], 'Give --to'],
  ['an unknown format', ['topic', 'list', '--output', 'xml'], 'text, json'],
]

describe('asked wrongly', () => {
  test.each(wrong)('%s is explained', async (_, words, said) => {
    const { code, out, err } = await gregor(words)
    expect(err).toContain(said)
    expect(err).not.toMatch(/\n\s+at /)
    expect({ code, out }).toEqual({ code: 2, out: '' })
  })

  test('without a command the help is shown', async () => {
    const { code, err } = await gregor([])
    expect(code).toBe(2)
    expect(err).toContain('gregor topic create orders')
  })

  test('--help teaches with examples, and is no failure', async () => {
    for (const words of [
      [],
      ['produce'],
      ['consume'],
      ['topic', 'create'],
      ['group', 'reset'],
      ['start'],
      ['gateway'],
      ['context', 'add'],
    ]) {
      const { code, out } = await gregor([...words, '--help'])
      expect(code).toBe(0)
      expect(out).toContain('Example')
    }
  })
})

describe('no cluster', () => {
  test('is said with what to do, and no stack trace', async () => {
    const { code, err } = await gregor(['topic', 'list', '--url', 'http://127.0.0.1:9'])
    expect(code).toBe(1)
    expect(err).toMatch(/^No cluster answers at http:\/\/127\.0\.0\.1:9 \(.*\)\.\n.*--url.*\n$/)
  })

  test('but something else that answers is said with what to do', async () => {
    const server = createServer((_, outgoing) => outgoing.writeHead(404).end('<html>'))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const { code, err } = await gregor(['topic', 'list', '--url', url])
      expect(code).toBe(1)
      expect(err).toMatch(/404\.\nIs http:.* a cluster's HTTP API \(--url, GREGOR_URL, .*\)\?\n$/)
    } finally {
      server.close()
    }
  })

  test('shows the stack trace when GREGOR_DEBUG=1 asks for it', async () => {
    const { err } = await gregor(['topic', 'list', '--url', 'http://127.0.0.1:9'], { env: { GREGOR_DEBUG: '1' } })
    expect(err).toMatch(/\n\s+at /)
  })
})
