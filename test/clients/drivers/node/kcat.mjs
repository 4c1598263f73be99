/**
 * kcat behind the drivers' contract. It has no admin commands but the description, sends one set of headers and (with -Z)
 * either empty texts or nulls in one process, and takes no timestamps.
 */
import { spawn } from 'node:child_process'
import { bootstrap, serve } from './contract.mjs'
import { linesOf, run } from './processes.mjs'

const members = new Map()
const kcat = ['kcat', '-b', bootstrap]

async function produce({ topic, codec, records }) {
  const calls = new Map()
  for (const record of records) {
    const nulls = record.key === null || record.value === null
    const how = [...(nulls ? ['-Z'] : []), ...record.headers.flatMap(([name, value]) => ['-H', `${name}=${value}`])]
    calls.set(JSON.stringify(how), [...(calls.get(JSON.stringify(how)) ?? []), record])
  }
  for (const [how, alike] of calls) {
    const input = alike.map(({ key, value }) => `${key ?? ''}\t${value ?? ''}\n`).join('')
    const settings = ['-X', 'acks=all', '-X', 'linger.ms=20', '-X', 'partitioner=murmur2_random']
    await run([...kcat, '-P', '-t', topic, '-K', '\\t', '-z', codec, ...settings, ...JSON.parse(how)], { input })
  }
}

const inGroup = (group) => ['-G', group, '-X', 'auto.offset.reset=earliest', '-X', 'heartbeat.interval.ms=500']

async function consume({ topics, group, count, waitMs }) {
  // Options after the group's name would be taken for topics.
  const [flag, name, ...settings] = inGroup(group)
  const out = await run([...kcat, ...settings, '-q', '-J', '-c', String(count), flag, name, ...topics], { waitMs })
  return { records: linesOf(out).map(shown) }
}

function shown(line) {
  const { topic, partition, offset, ts, key, payload, headers = [] } = JSON.parse(line)
  const pairs = Array.from({ length: headers.length / 2 }, (_, n) => [headers[2 * n], headers[2 * n + 1]])
  return { topic, partition, offset, timestamp: ts, key, value: payload, headers: pairs }
}

/** kcat says on standard error: `% Group G rebalanced (memberid M): assigned: T [0], T [1]`, or `revoked: ...`. */
function join({ member, topic, group }) {
  const [flag, name, ...settings] = inGroup(group)
  const child = spawn('kcat', [...kcat.slice(1), ...settings, '-u', flag, name, topic], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const joined = { child, owned: [] }
  members.set(member, joined)
  let rest = ''
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()
    for (const line of lines) {
      console.error(line)
      const what = /rebalanced.*: (assigned|revoked): ?(.*)$/.exec(line)
      if (what)
        joined.owned =
          what[1] === 'assigned' ? [...what[2].matchAll(/\[(\d+)\]/g)].map((found) => Number(found[1])) : []
    }
  })
}

await serve({
  describe: async ({ topic }) => {
    const { topics } = JSON.parse(await run([...kcat, '-L', '-J', '-t', topic]))
    return { partitions: topics.find((found) => found.topic === topic)?.partitions.length ?? 0 }
  },
  produce,
  consume,
  join,
  assignment: ({ member }) => ({ partitions: members.get(member).owned }),
  leave: async ({ member }) => {
    const { child } = members.get(member)
    const ended = new Promise((resolve) => child.once('close', resolve))
    child.kill('SIGTERM')
    await ended
    members.delete(member)
  },
})
