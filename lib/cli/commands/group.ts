/** `gregor group`: who has read how far. */
import { Command } from 'commander'
import { partitionsPerTopicMax } from '../../base/limits.ts'
import type { GregorClient } from '../../client/client.ts'
import type { CommittedOffset, ResetTarget } from '../../client/client-types.ts'
import { atCluster, type ClusterOptions, withCluster } from '../cluster.ts'
import { Failure, usageFailure } from '../failure.ts'
import { collect, type Position, position, startPosition, wholeNumber } from '../options.ts'
import { answer, type OutputOptions, withOutput } from '../output.ts'
import { table } from '../table.ts'
import type { Terminal } from '../terminal.ts'

type Common = ClusterOptions & OutputOptions

export const groupCommand = (terminal: Terminal): Command =>
  new Command('group')
    .description('List, describe, reset and delete consumer groups.')
    .addCommand(list(terminal))
    .addCommand(describe(terminal))
    .addCommand(reset(terminal))
    .addCommand(remove(terminal))

const common = (command: Command): Command => withOutput(withCluster(command))

const list = (terminal: Terminal): Command =>
  common(new Command('list').alias('ls'))
    .description('List the groups.')
    .action(async (options: Common) => {
      const groups = await atCluster(terminal, options, {}, (client) => client.groups.list())
      answer(terminal, options, groups, () =>
        groups.length === 0
          ? 'No groups yet. "gregor consume TOPIC --group NAME" makes one.\n'
          : table(
              terminal,
              ['GROUP', 'STATE'],
              groups.map(({ group, state }) => [group, state]),
            ),
      )
    })

const describe = (terminal: Terminal): Command =>
  common(new Command('describe'))
    .description('Show who is in a group, its committed offsets, and how far behind the end they are.')
    .argument('<group>')
    .action(async (group: string, options: Common) => {
      const found = await atCluster(terminal, options, { group }, (client) => client.groups.describe(group))
      answer(terminal, options, found, () => {
        const rows = found.lags.map((at) => [at.topic, at.partition, at.currentOffset, at.logEndOffset, at.lag])
        const members = found.members.map((member) => [member.clientId, member.instanceId ?? '', member.memberId])
        const who = members.length === 0 ? '' : `${table(terminal, ['CLIENT', 'INSTANCE', 'MEMBER'], members)}\n`
        return `${group}: ${found.state}\n\n${who}${table(terminal, ['TOPIC', 'PARTITION', 'CURRENT', 'END', 'LAG'], rows)}`
      })
    })

interface ResetOptions extends Common {
  readonly topic?: string
  readonly to?: Position
  readonly shift?: number
  readonly partition?: readonly number[]
  readonly dryRun?: boolean
}

const reset = (terminal: Terminal): Command =>
  common(new Command('reset'))
    .description(
      'Move a group’s committed offsets. Stop its consumers first: while it has members, they stay where they are.',
    )
    .argument('<group>')
    .option('--topic <topic>', 'this topic (else all that the group has offsets of)')
    .option(
      '--to <position>',
      'earliest, latest, an offset, or a time (ISO 8601, or milliseconds since 1970)',
      position,
    )
    .option(
      '--shift <n>',
      'so many records forward, or back with a minus',
      wholeNumber(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    )
    .option('--partition <n>', 'only this partition; repeatable', collect(wholeNumber(0, partitionsPerTopicMax - 1)))
    .option('--dry-run', 'show what would be committed, and commit nothing')
    .addHelpText(
      'after',
      '\nExamples:\n  gregor group reset billing --topic orders --to earliest --dry-run\n  gregor group reset billing --topic orders --to 2026-11-21T10:00:00Z\n\nWhat lies outside the log is moved to its nearer end.',
    )
    .action(async (group: string, options: ResetOptions) => {
      const target = targetOf(options)
      const moved = await atCluster(terminal, options, resetAbout(group, options), (client) =>
        move(client, group, target, options),
      )
      const value = { group, dryRun: options.dryRun === true, offsets: moved }
      answer(terminal, options, value, () => {
        const rows = moved.map((at) => [at.topic, at.partition, at.offset])
        return `${options.dryRun ? 'Would move' : 'Moved'} ${group} to:\n\n${table(terminal, ['TOPIC', 'PARTITION', 'OFFSET'], rows)}`
      })
    })

const resetAbout = (group: string, { topic }: ResetOptions) => ({ group, ...(topic === undefined ? {} : { topic }) })

function targetOf(options: ResetOptions): ResetTarget {
  if ((options.to === undefined) === (options.shift === undefined)) {
    throw usageFailure('Say where to move the group.', 'Give --to earliest|latest|OFFSET|TIME, or --shift N.')
  }
  if (options.shift !== undefined) return { shift: options.shift }
  return startPosition(options.to ?? { at: 'earliest' })
}

async function move(
  client: GregorClient,
  group: string,
  target: ResetTarget,
  options: ResetOptions,
): Promise<CommittedOffset[]> {
  const topics = options.topic === undefined ? await topicsOf(client, group) : [options.topic]
  const moved: CommittedOffset[] = []
  for (const topic of topics) {
    moved.push(
      ...(await client.groups.reset(group, topic, target, {
        dryRun: options.dryRun === true,
        ...(options.partition === undefined ? {} : { partitions: [...new Set(options.partition)] }),
      })),
    )
  }
  return moved
}

async function topicsOf(client: GregorClient, group: string): Promise<string[]> {
  const topics = [...new Set((await client.groups.committed(group)).map(({ topic }) => topic))]
  if (topics.length === 0) {
    throw new Failure(`The group ${group} has no committed offsets.`, {
      nextStep: 'Name the topic with --topic to begin there.',
    })
  }
  return topics
}

const remove = (terminal: Terminal): Command =>
  common(new Command('delete'))
    .description('Forget groups and their offsets.')
    .argument('<groups...>')
    .action(async (groups: string[], options: Common) => {
      for (const group of groups) {
        await atCluster(terminal, options, { group }, (client) => client.groups.delete(group))
        answer(terminal, options, { group, deleted: true }, () => `Deleted ${group}.\n`)
      }
    })
