/** `gregor topic`: create, list, describe, alter and delete topics. */
import { Command } from 'commander'
import { inParallel } from '../../base/in-parallel.ts'
import { partitionsPerTopicMax } from '../../base/limits.ts'
import type { GregorClient } from '../../client/client.ts'
import { atCluster, type ClusterOptions, topicExists, withCluster } from '../cluster.ts'
import { usageFailure } from '../failure.ts'
import { collect, pair, wholeNumber } from '../options.ts'
import { answer, type OutputOptions, withOutput } from '../output.ts'
import { counted } from '../quantities.ts'
import { table } from '../table.ts'
import type { Terminal } from '../terminal.ts'

type Common = ClusterOptions & OutputOptions
type Pairs = readonly (readonly [string, string])[]

/** Each costs a request: a table of more is asked for by name. */
const partitionsShown = 100
const requestsAtOnce = 8

const partitionCount = wholeNumber(1, partitionsPerTopicMax)

export const topicCommand = (terminal: Terminal): Command =>
  new Command('topic')
    .description('Create, list, describe, alter and delete topics.')
    .addCommand(create(terminal))
    .addCommand(list(terminal))
    .addCommand(describe(terminal))
    .addCommand(alter(terminal))
    .addCommand(remove(terminal))

const common = (command: Command): Command => withOutput(withCluster(command))

const create = (terminal: Terminal): Command =>
  common(new Command('create'))
    .description('Create a topic.')
    .argument('<topic>', 'up to 249 letters, digits, ".", "_" and "-"')
    .option(
      '--partitions <n>',
      `1 to ${partitionsPerTopicMax}; more can be added later, none taken away`,
      partitionCount,
      1,
    )
    .option(
      '--config <name=value>',
      'one of Kafka’s topic configs, such as retention.ms=86400000; repeatable',
      collect(pair),
    )
    .option('--if-not-exists', 'do nothing when it is there')
    .addHelpText('after', '\nExample:\n  gregor topic create orders --partitions 6 --config retention.ms=604800000')
    .action(async (topic: string, options: Common & { partitions: number; config?: Pairs; ifNotExists?: boolean }) => {
      await atCluster(terminal, options, { topic }, async (client) => {
        const configs = Object.fromEntries(options.config ?? [])
        const created = await client.topics
          .create(topic, { partitions: options.partitions, configs })
          .catch((fault) => {
            if (options.ifNotExists && topicExists(fault)) return undefined
            throw fault
          })
        const value = { topic, partitions: options.partitions, created: created !== undefined }
        answer(terminal, options, value, () =>
          created
            ? `Created ${topic} with ${counted(options.partitions, 'partition')}.\n`
            : `${topic} is there already; nothing was changed.\n`,
        )
      })
    })

const list = (terminal: Terminal): Command =>
  common(new Command('list').alias('ls'))
    .description('List the topics.')
    .action(async (options: Common) => {
      const topics = await atCluster(terminal, options, {}, (client) => client.topics.list())
      const rows = topics.map(({ name, partitionsCount }) => ({ topic: name, partitions: partitionsCount }))
      answer(terminal, options, rows, () =>
        rows.length === 0
          ? 'No topics yet. Create one with "gregor topic create orders --partitions 6".\n'
          : table(
              terminal,
              ['TOPIC', 'PARTITIONS'],
              rows.map((row) => [row.topic, row.partitions]),
            ),
      )
    })

const describe = (terminal: Terminal): Command =>
  common(new Command('describe'))
    .description('Show a topic’s partitions, their offsets, and its configs.')
    .argument('<topic>')
    .option('--all', `every partition (else the first ${partitionsShown}) and the configs that are at their defaults`)
    .action(async (topic: string, options: Common & { all?: boolean }) => {
      const found = await atCluster(terminal, options, { topic }, (client) =>
        description(client, topic, options.all === true),
      )
      answer(terminal, options, found, () => {
        const shown = found.offsets.map((at) => [
          at.partition,
          at.logStartOffset,
          at.highWatermark,
          at.highWatermark - at.logStartOffset,
        ])
        const more = found.partitions - shown.length
        const configs = found.configs.filter((config) => options.all || !config.isDefault)
        return [
          `${topic}: ${counted(found.partitions, 'partition')}\n\n`,
          table(terminal, ['PARTITION', 'START', 'END', 'RECORDS'], shown),
          more > 0 ? `... and ${more} more (--all shows them)\n` : '',
          configs.length > 0
            ? `\n${table(
                terminal,
                ['CONFIG', 'VALUE'],
                configs.map((config) => [config.name, config.value]),
              )}`
            : '',
        ].join('')
      })
    })

async function description(client: GregorClient, topic: string, all: boolean) {
  const { partitionsCount } = await client.topics.describe(topic)
  const shown = all ? partitionsCount : Math.min(partitionsCount, partitionsShown)
  const configs = await client.topics.configs(topic)
  const offsets = await inParallel([...Array(shown).keys()], requestsAtOnce, (partition) =>
    client.topics.offsets(topic, partition),
  )
  return { topic, partitions: partitionsCount, offsets, configs }
}

const alter = (terminal: Terminal): Command =>
  common(new Command('alter'))
    .description('Add partitions, or change configs.')
    .argument('<topic>')
    .option('--partitions <n>', 'the new number, more than now', partitionCount)
    .option('--config <name=value>', 'set a config; repeatable', collect(pair))
    .option('--delete-config <name>', 'put a config back to its default; repeatable', collect(String))
    .addHelpText(
      'after',
      '\nNew partitions take a part of the keys: records of one key that were in order across the change are in two partitions.',
    )
    .action(
      async (topic: string, options: Common & { partitions?: number; config?: Pairs; deleteConfig?: string[] }) => {
        const changes: Record<string, string | null> = {
          ...Object.fromEntries(options.config ?? []),
          ...Object.fromEntries((options.deleteConfig ?? []).map((name) => [name, null])),
        }
        const changesConfigs = Object.keys(changes).length > 0
        if (options.partitions === undefined && !changesConfigs) {
          throw usageFailure('Nothing was asked to be altered.', 'Give --partitions, --config or --delete-config.')
        }
        const both = options.config?.find(([name]) => options.deleteConfig?.includes(name))
        if (both) {
          throw usageFailure(
            `${both[0]} is both set and put back to its default.`,
            'Name it with --config or with --delete-config.',
          )
        }
        await atCluster(terminal, options, { topic }, async (client) => {
          if (changesConfigs) await client.topics.alterConfigs(topic, changes)
          if (options.partitions !== undefined) await client.topics.setPartitionCount(topic, options.partitions)
          const value = {
            topic,
            ...(options.partitions === undefined ? {} : { partitions: options.partitions }),
            configs: changes,
          }
          answer(terminal, options, value, () => `Altered ${topic}.\n`)
        })
      },
    )

const remove = (terminal: Terminal): Command =>
  common(new Command('delete'))
    .description('Delete topics and their records. At once, and for good.')
    .argument('<topics...>')
    .action(async (topics: string[], options: Common) => {
      for (const topic of topics) {
        await atCluster(terminal, options, { topic }, (client) => client.topics.delete(topic))
        answer(terminal, options, { topic, deleted: true }, () => `Deleted ${topic}.\n`)
      }
    })
