/** `gregor consume`: records to standard output, a value a line. */
import { Command } from 'commander'
import { partitionsPerTopicMax } from '../../base/limits.ts'
import type { GregorClient } from '../../client/client.ts'
import type { ConsumerRecord } from '../../client/client-types.ts'
import { atCluster, type ClusterOptions, withCluster } from '../cluster.ts'
import { CommittedPositions } from '../committed-positions.ts'
import { collect, type Position, position, separator, startPosition, wholeNumber } from '../options.ts'
import { type OutputOptions, withOutput } from '../output.ts'
import type { RecordFormat } from '../record-line.ts'
import { RecordPrinter } from '../record-printer.ts'
import type { Terminal } from '../terminal.ts'

interface Options extends ClusterOptions, OutputOptions {
  readonly from?: Position
  readonly group?: string
  readonly follow?: boolean
  readonly maxMessages?: number
  readonly partition?: readonly number[]
  readonly timeout?: number
  readonly keySeparator?: string
}

const examples = `
Examples:
  gregor consume orders                               everything there is, then stop
  gregor consume orders --from latest --follow        what comes from now on
  gregor consume orders --from 2026-11-21T10:00:00Z   records of that time and later
  gregor consume orders --group billing --follow      go on where the group stopped, and commit what was printed
  gregor consume orders --output json | jq .value

--from: earliest, latest, an offset, or a time (ISO 8601, or milliseconds since 1970). Each partition comes in its order;
partitions are mixed. With --output json a key or value that is not UTF-8 comes as keyBase64 or valueBase64.
A group's offsets are committed every five seconds and at the end; after a crash some records come again, none is skipped.`

export const consumeCommand = (terminal: Terminal): Command =>
  withOutput(withCluster(new Command('consume')))
    .description('Print a topic’s records: a value a line.')
    .argument('<topic>')
    .option(
      '--from <position>',
      'where to begin (default: earliest; with --group only where it has committed nothing)',
      position,
    )
    .option('-g, --group <group>', 'go on from the group’s committed offsets, and commit what was printed')
    .option('-f, --follow', 'wait for more at the end')
    .option('-n, --max-messages <n>', 'stop after so many', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--partition <n>', 'only this partition; repeatable', collect(wholeNumber(0, partitionsPerTopicMax - 1)))
    .option('--timeout <ms>', 'with --follow: stop when nothing has come for so long', wholeNumber(1, 2 ** 31 - 1))
    .option('--key-separator <text>', 'print KEY, this, VALUE (\\t is a tab)', separator)
    .addHelpText('after', examples)
    .action((topic: string, options: Options) =>
      atCluster(
        terminal,
        options,
        { topic, ...(options.group === undefined ? {} : { group: options.group }) },
        (client) => consume(terminal, client, topic, options),
      ),
    )

async function consume(terminal: Terminal, client: GregorClient, topic: string, options: Options): Promise<void> {
  const from = startPosition(options.from ?? { at: 'earliest' })
  const committed =
    options.group === undefined ? undefined : new CommittedPositions(terminal.clock, client, options.group, topic)
  const starts = committed ? await committed.starts(await partitions(client, topic, options), from) : from
  const idle = new IdleStop(terminal, options.timeout)
  const printer = new RecordPrinter(terminal, formatOf(options), async (last) => committed?.printed(last))
  try {
    await print(
      client.consume(topic, { from: starts, signal: idle.signal, ...selection(options) }),
      printer,
      idle,
      options.maxMessages,
    )
  } finally {
    idle.end()
    await printer.flush()
    await committed?.commit()
  }
}

async function print(
  records: AsyncIterable<ConsumerRecord>,
  printer: RecordPrinter,
  idle: IdleStop,
  most = Number.POSITIVE_INFINITY,
): Promise<void> {
  let count = 0
  try {
    for await (const record of records) {
      idle.awake()
      await printer.print(record)
      count += 1
      if (count >= most) return
    }
  } catch (fault) {
    if (!idle.signal.aborted) throw fault
  }
}

/** Aborted by Ctrl-C, and after `timeoutMs` without a record. */
class IdleStop {
  readonly signal: AbortSignal
  readonly #stop = new AbortController()
  readonly #over = new AbortController()
  readonly #terminal: Terminal
  #awakeMs: number

  constructor(terminal: Terminal, timeoutMs: number | undefined) {
    this.#terminal = terminal
    this.#awakeMs = terminal.clock.now()
    this.signal = AbortSignal.any([terminal.interrupted, this.#stop.signal])
    if (timeoutMs !== undefined) void this.#watch(timeoutMs)
  }

  awake(): void {
    this.#awakeMs = this.#terminal.clock.now()
  }

  end(): void {
    this.#over.abort()
  }

  async #watch(timeoutMs: number): Promise<void> {
    const { clock } = this.#terminal
    while (!this.#over.signal.aborted) {
      const left = this.#awakeMs + timeoutMs - clock.now()
      if (left <= 0) return this.#stop.abort()
      await clock.sleep(left, this.#over.signal)
    }
  }
}

const selection = (options: Options) => ({
  follow: options.follow === true,
  ...(options.partition === undefined ? {} : { partitions: [...new Set(options.partition)] }),
})

async function partitions(client: GregorClient, topic: string, options: Options): Promise<readonly number[]> {
  return options.partition ?? [...Array(await client.topics.partitionCount(topic)).keys()]
}

const formatOf = (options: Options): RecordFormat =>
  options.output === 'json' ? { json: true } : { json: false, keySeparator: options.keySeparator }
