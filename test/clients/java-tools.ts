/**
 * Java's command line tools for groups, as operators use them: `kafka-configs` and `kafka-consumer-groups` of the newest
 * version. What is expected was seen with Apache Kafka 4.2.1; `--against apache-kafka` holds it to that.
 */
import { expect } from 'vitest'
import { kafkaVersion } from './apache-kafka.ts'
import { call } from './cache.ts'
import { kafkaClassPath } from './maven.ts'
import type { WireClient } from './wire-client.ts'

/** Runs one tool against a server; answers what it says, with single spaces. @throws Unavailable with what it said instead */
type Tool = (...words: readonly string[]) => Promise<string>

const jvm = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']

function toolOf(main: string, bootstrap: string): Tool {
  return async (...words) => {
    const java = ['java', ...jvm, '-cp', await kafkaClassPath(kafkaVersion), main]
    return (await call([...java, '--bootstrap-server', bootstrap, ...words])).replaceAll(/ +/g, ' ')
  }
}

const session = 'consumer.session.timeout.ms'

/** Sets, shows and deletes a config of a group (KIP-848). */
export async function configureGroup(bootstrap: string, group: string): Promise<void> {
  const configs = toolOf('kafka.admin.ConfigCommand', bootstrap)
  const own = ['--entity-type', 'groups', '--entity-name', group]
  await configs(...own, '--alter', '--add-config', `${session}=50000`)
  const shown = `${session}=50000 sensitive=false synonyms={DYNAMIC_GROUP_CONFIG:${session}=50000}`
  expect(await configs(...own, '--describe')).toContain(shown)
  await expect(configs(...own, '--alter', '--add-config', `${session}=5`)).rejects.toThrow(
    `${session} must be greater than or equal to group.consumer.min.session.timeout.ms`,
  )
  await configs(...own, '--alter', '--delete-config', session)
  const defaults = await configs(...own, '--describe', '--all')
  expect(defaults).toContain(`${session}=45000 sensitive=false synonyms={DEFAULT_CONFIG:${session}=45000}`)
}

/** Sets back, shows and deletes the offsets of a group that nobody is in, and the group. */
export async function administerGroup(bootstrap: string, wire: WireClient, group: string): Promise<void> {
  const groups = toolOf('org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', bootstrap)
  const topic = group
  await wire.createTopic(topic, 1)
  await wire.produce(topic, 0, ['a', 'b', 'c'], Date.now())
  const own = ['--group', group, '--topic', topic]
  expect(await groups('--reset-offsets', ...own, '--to-latest', '--execute')).toContain(`${group} ${topic} 0 3`)
  expect(await groups('--reset-offsets', ...own, '--shift-by', '-2', '--execute')).toContain(`${group} ${topic} 0 1`)
  expect(await groups('--describe', '--group', group)).toContain(`${group} ${topic} 0 1 3 2 - - -`)
  expect(await groups('--describe', '--group', group, '--state')).toMatch(/ - Empty 0/)
  expect(await groups('--list', '--state', 'Empty', '--type', 'classic')).toContain(`${group} Classic Empty`)
  expect(await groups('--delete-offsets', ...own)).toContain(`${topic} 0 Successful`)
  await groups('--delete', '--group', group)
  expect((await groups('--list')).split('\n')).not.toContain(group)
  await wire.deleteTopic(topic)
}
