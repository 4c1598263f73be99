/** What was found, cell by cell, and the document that says it: the same findings make the same text. */
import type { Client, Start } from './catalog.ts'

/** `yes` and `no` were tried; a dash is what a client has not got. */
type Found = 'yes' | 'no'

export class Matrix {
  readonly #cells = new Map<string, Found>()

  set(row: string, column: string, found: Found): void {
    this.#cells.set(JSON.stringify([row, column]), found)
  }

  get(row: string, column: string): Found | '–' {
    return this.#cells.get(JSON.stringify([row, column])) ?? '–'
  }
}

/** A group of a client: KIP-848 is a row of its own. */
export interface Reader {
  readonly client: Client
  readonly protocol: 'classic' | 'consumer'
  readonly name: string
}

export const readersOf = (client: Client): Reader[] =>
  client.protocols.map((protocol) => ({
    client,
    protocol,
    name: protocol === 'consumer' ? `${client.name}, KIP-848` : client.name,
  }))

export const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

const mark = (found: Found | '–') => (found === 'yes' ? '✓' : found === 'no' ? '**no**' : '–')

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, n) => (n === 0 ? '---' : ':-:'))), ...rows.map(line)].join('\n')
}

export interface Tested {
  readonly client: Client
  readonly start: Start
}

/** The whole of docs/clients.md. */
export function documentOf(tested: readonly Tested[], matrix: Matrix): string {
  const clients = tested.map(({ client }) => client)
  const readers = clients.flatMap(readersOf)
  return `${[
    head,
    '## Producing and administering\n',
    table(
      ['Client', 'Version', ...codecs.map((codec) => (codec === 'none' ? 'plain' : codec)), 'partition', 'admin'],
      tested.map(({ client, start }) => [
        client.name,
        start.version,
        ...codecs.map((codec) => mark(matrix.get(client.name, codec))),
        mark(matrix.get(client.name, 'partition')),
        mark(matrix.get(client.name, 'admin')),
      ]),
    ),
    '\n## Groups\n',
    table(
      ['Consumer', 'commit and resume', 'two members', 'migration'],
      readers.map(({ name }) => [
        name,
        ...['resume', 'rebalance', 'migrate'].map((column) => mark(matrix.get(name, column))),
      ]),
    ),
    '\n## Who reads what whom wrote\n',
    'A row is a consumer, a column a producer, by its number.\n',
    table(
      ['Consumer', ...clients.map((_, n) => String(n + 1))],
      readers.map(({ name }) => [name, ...clients.map((producer) => mark(matrix.get(name, `from ${producer.name}`)))]),
    ),
    `\n${clients.map(({ name }, n) => `${n + 1}. ${name}`).join('\n')}`,
    '\n## Notes\n',
    ...notesOf(clients),
    beware,
  ].join('\n')}\n`
}

const notesOf = (clients: readonly Client[]) =>
  clients.flatMap(({ name, note, cannot }) => {
    const said = [...new Set([...(note === undefined ? [] : [note]), ...Object.values(cannot)])]
    return said.length === 0 ? [] : [`- **${name}**: ${said.join('; ')}.`]
  })

const beware = `
## Beware of kafkajs where there are several brokers

Seen with kafkajs 2.2.4, read in its \`src/producer/sendMessages.js\`; nothing of it is Gregor's, and Apache Kafka cannot help it either.
A \`send\` makes one request for each broker that leads one of its partitions. When one of them fails, it distributes all of its
messages anew, and asks the brokers that have not answered yet. \`send\` resolves in each of these cases:

- The partitions of the broker that failed are now led by one that has answered: their messages **are not sent again, and are lost**.
- Messages without a key or a partition are dealt out in turn, so the second time they may belong to other partitions. Of five,
  dealt to two brokers one of which failed once, three **were there twice, and two were lost**.
- A broker that was only slower than the failure is asked again: its messages **are there twice**, with \`idempotent: true\` as well,
  since the second request has sequences of its own.
- With \`idempotent: true\` the sequences of a request that failed are given to the next one of that partition. If what failed had been
  stored, and only its answer was lost, the messages of the other \`send\` are taken for it and **are lost**, and its own are there twice.
- What is sent again comes **behind** what other \`send\`s of that partition have sent meanwhile.

So with two gateways or more: \`idempotent: true\`, in one \`send\` messages of one partition only (\`partition\`, or a single key), and the next
\`send\` to that partition when the one before has resolved; or another client. A local cluster and a bridge are one broker: there
the first three cannot happen.`

const head = `# Clients

Unmodified Kafka clients that were tried against a local Gregor. This page is written by \`npm run test:clients -- --write\`,
and the same run without \`--write\`, which CI does, fails where the page says something else than was found.

- **plain, gzip, snappy, lz4, zstd**: the client produces with that codec, and the batches that are stored have it.
- **partition**: a key lies in the partition that Java's default partitioner chooses.
- **admin**: it creates, describes and deletes a topic.
- **commit and resume**: a group reads a part from the beginning, commits and leaves; later it gets the rest, each record once.
- **two members**: one has all partitions, two share them, and who stays has all again.
- **migration**: a group moves from the classic protocol to KIP-848 and back while it lives.
- **who reads what whom wrote**: keys, values (long, empty, null), headers and timestamps are what the producer sent.

A dash: the client has no such thing. KIP-848 is the group protocol that Kafka 4 brought (\`group.protocol=consumer\`).
`
