/** `gregor produce`: a line of input is a record. */
import { Command } from 'commander'
import { partitionsPerTopicMax } from '../../base/limits.ts'
import { GregorError } from '../../client/gregor-error.ts'
import { atCluster, type ClusterOptions, clusterFailure, sentence, withCluster } from '../cluster.ts'
import { Failure, usageFailure } from '../failure.ts'
import { openInput } from '../input.ts'
import { type LineOptions, lineReader } from '../line-record.ts'
import { lines } from '../lines.ts'
import { collect, pair, separator, wholeNumber } from '../options.ts'
import { answer, type OutputOptions, withOutput } from '../output.ts'
import { ProduceLanes } from '../produce-lanes.ts'
import { Progress } from '../progress.ts'
import { bytesText, counted, countText } from '../quantities.ts'
import type { Terminal } from '../terminal.ts'

interface Options extends ClusterOptions, OutputOptions, LineOptions {
  readonly file?: string
}

const examples = `
Examples:
  echo '{"id":1}' | gregor produce orders
  echo '{"id":1}' | gregor produce orders -k customer-7 -H source=web
  printf 'anna:1\\nbert:2\\n' | gregor produce orders --key-separator :
  gregor produce orders --file orders.jsonl

Records of one key go to one partition, in the order of the lines (murmur2, as Kafka's clients do). Without a key, lines that
are read together share a partition. A record counts as produced when the cluster has stored it; a request that is tried
again after a lost answer may store its records twice.`

export const produceCommand = (terminal: Terminal): Command =>
  withOutput(withCluster(new Command('produce')))
    .description('Produce records to a topic: a line of standard input, or of a file, is a record’s value.')
    .argument('<topic>')
    .option('-k, --key <key>', 'the key of every record')
    .option('--key-separator <text>', 'a line is KEY, then this, then VALUE (\\t is a tab)', separator)
    .option('-H, --header <name=value>', 'a header of every record; repeatable', collect(pair))
    .option('--partition <n>', 'the partition of every record', wholeNumber(0, partitionsPerTopicMax - 1))
    .option(
      '--timestamp <ms>',
      'the timestamp of every record, milliseconds since 1970',
      wholeNumber(0, Number.MAX_SAFE_INTEGER),
    )
    .option('--file <path>', 'read this instead of standard input')
    .addHelpText('after', examples)
    .action(async (topic: string, options: Options) => {
      if (options.key !== undefined && options.keySeparator !== undefined) {
        throw usageFailure(
          '--key and --key-separator do not go together.',
          'Either all records have one key, or each line has its own.',
        )
      }
      await produce(terminal, topic, options)
    })

const produce = (terminal: Terminal, topic: string, options: Options) =>
  atCluster(terminal, options, { topic }, async (client, url) => {
    const partitionCount = await client.topics.partitionCount(topic)
    const recordOf = lineReader(topic, partitionCount, options)
    const input = await openInput(terminal, options.file)
    const progress = new Progress(terminal, { verb: 'Producing', noun: 'records', total: input.bytes, unit: 'bytes' })
    const lanes = new ProduceLanes((records) => client.produce(topic, records))
    const started = terminal.clock.now()
    let stopped: unknown
    try {
      for await (const chunk of lines(input.chunks())) {
        const batch = recordOf.startBatch()
        for (const line of chunk) await lanes.add(batch(line))
        if (input.bytes !== undefined) progress.update(input.bytesRead(), lanes.acknowledged)
        if (lanes.fault || terminal.interrupted.aborted) break
      }
    } catch (fault) {
      stopped = fault
    }
    await lanes.settle()
    progress.done()
    if (lanes.fault || stopped !== undefined) throw failure(lanes, stopped, url, topic)
    report(terminal, topic, options, lanes, (terminal.clock.now() - started) / 1000)
  })

function report(terminal: Terminal, topic: string, options: Options, lanes: ProduceLanes, elapsed: number): void {
  const { acknowledged: records, acknowledgedBytes: bytes } = lanes
  const seconds = Math.max(elapsed, 0.001)
  answer(terminal, options, { topic, records, bytes, seconds, interrupted: terminal.interrupted.aborted }, () => {
    const rate = `${countText(records / seconds)}/s, ${bytesText(bytes / seconds)}/s`
    return `Produced ${counted(records, 'record')} to ${topic} in ${seconds.toFixed(1)} s (${rate}).\n`
  })
}

/** What went wrong, and how many records are safe in spite of it. */
function failure(lanes: ProduceLanes, stopped: unknown, url: string, topic: string): Failure {
  const acknowledged = `${counted(lanes.acknowledged, 'record')} acknowledged before that.`
  const cause = lanes.fault?.cause ?? stopped
  const told = cause instanceof GregorError ? clusterFailure(cause, url, { topic }) : asFailure(cause)
  const unknown =
    lanes.unknown > 0 ? ` Of ${counted(lanes.unknown, 'record')} it is not known whether they are stored.` : ''
  const where = lanes.fault?.line === undefined ? '' : `Line ${lanes.fault.line}: `
  return new Failure(`${where}${told.message} ${acknowledged}${unknown}`, {
    exitCode: told.exitCode,
    cause,
    ...(told.nextStep === undefined ? {} : { nextStep: told.nextStep }),
  })
}

const asFailure = (cause: unknown): Failure =>
  cause instanceof Failure
    ? cause
    : new Failure(sentence(cause instanceof Error ? cause.message : String(cause)), { cause })
