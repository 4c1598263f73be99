/**
 * Kafka's console tools behind the drivers' contract, a JVM for each call as people run them. They take no timestamps and do
 * not say the topic of a record; a member of a group says nothing of its partitions.
 */
import { bootstrap, serve } from './contract.mjs'
import { linesOf, run } from './processes.mjs'

const { GREGOR_CONSOLE_CLASSPATH: classPath, GREGOR_CONSOLE_PRODUCER: producer } = process.env
const env = { ...process.env, LC_ALL: 'C.UTF-8' }
// Short lives: no time for the second compiler or for a parallel collector.
const java = [
  'java',
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseSerialGC',
  '-Xshare:auto',
  '-Dfile.encoding=UTF-8',
  '-cp',
  classPath,
]
const tool = (name, ...args) => [...java, name, '--bootstrap-server', bootstrap, ...args]
const properties = (pairs) => Object.entries(pairs).flatMap(([name, value]) => ['--property', `${name}=${value}`])
const topics = 'org.apache.kafka.tools.TopicCommand'
/** What stands for null in lines of text. */
const nothing = '<null>'

async function produce({ topic, codec, records }) {
  const input = records
    .map(({ key, value, headers }) => {
      const before = headers.map(([name, text]) => `${name}:${text}`).join(',') || nothing
      return `${before}\t${key ?? nothing}\t${value ?? nothing}\n`
    })
    .join('')
  const reading = properties({ 'parse.key': true, 'parse.headers': true, 'null.marker': nothing })
  await run(tool(producer, '--topic', topic, '--compression-codec', codec, ...reading), { input, env })
}

async function consume({ topics: names, group, count, waitMs }) {
  const printing = properties({
    'print.timestamp': true,
    'print.partition': true,
    'print.offset': true,
    'print.headers': true,
    'print.key': true,
    'null.literal': nothing,
  })
  const what = ['--include', names.join('|'), '--group', group, '--from-beginning', '--max-messages', String(count)]
  const call = tool(
    'org.apache.kafka.tools.consumer.ConsoleConsumer',
    ...what,
    '--timeout-ms',
    String(waitMs),
    ...printing,
  )
  // Kafka 4.2 begins with a warning on standard output: --property has another name there.
  const lines = linesOf(await run(call, { env, waitMs: waitMs + 10_000 })).filter((line) => /^\w+Time:\d/.test(line))
  return { records: lines.map(shown) }
}

function shown(line) {
  const [timestamp, partition, offset, headers, key, value] = line.split('\t')
  const number = (text) => Number(text.slice(text.indexOf(':') + 1))
  const orNull = (text) => (text === nothing ? null : text)
  return {
    timestamp: number(timestamp),
    partition: number(partition),
    offset: number(offset),
    headers: headers === 'NO_HEADERS' ? [] : headers.split(',').map((pair) => pair.split(':')),
    key: orNull(key),
    value: orNull(value),
  }
}

await serve({
  create: ({ topic, partitions }) =>
    run(tool(topics, '--create', '--topic', topic, '--partitions', String(partitions)), { env }).then(() => ({})),
  describe: async ({ topic }) => {
    const lines = linesOf(await run(tool(topics, '--describe', '--topic', topic, '--if-exists'), { env }))
    return { partitions: lines.filter((line) => /\tPartition: \d/.test(line)).length }
  },
  delete: ({ topic }) => run(tool(topics, '--delete', '--topic', topic), { env }).then(() => ({})),
  produce,
  consume,
})
