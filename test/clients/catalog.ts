/**
 * The clients of the matrix, as data: how each is installed and started, and what it can do at all. What a client cannot do
 * is said with a reason, and is a dash in the table; everything else must pass.
 */
import { join } from 'node:path'
import { root } from './cache.ts'
import { confluentPackage, goDrivers, javaDriver, kcat, nodePackages, pythonPackages } from './install.ts'
import { kafkaClassPath } from './maven.ts'

/** How a driver is started; the bootstrap address is put behind the command. */
export interface Start {
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** What the table says of its version. */
  readonly version: string
}

type Ability = 'admin' | 'timestamps' | 'topics' | 'partitioner' | 'rebalance' | 'migrate'

export interface Client {
  readonly name: string
  readonly language: string
  readonly install: () => Promise<Start>
  /** Protocols of groups that it has. */
  readonly protocols: readonly ('classic' | 'consumer')[]
  /** What it cannot do, and why. */
  readonly cannot: Partial<Record<Ability, string>>
  /** What a reader of the table should know. */
  readonly note?: string
}

const drivers = join(root, 'test/clients/drivers')
const node = (file: string, version: string, env: Readonly<Record<string, string>>): Start => ({
  command: [process.execPath, join(drivers, 'node', file)],
  env,
  version,
})
const python = async (file: string, version: string): Promise<Start> => ({
  command: [await pythonPackages(), join(drivers, 'python', file)],
  env: { PYTHONDONTWRITEBYTECODE: '1' },
  version,
})
const java = async (version: string): Promise<Start> => ({
  // Short lives on few cores: no time for the second compiler or for a parallel collector.
  command: [
    'java',
    '-Xmx256m',
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    '-cp',
    await javaDriver(version),
    'Driver',
  ],
  env: {},
  version,
})
const consoleTools = async (version: string, producer: string): Promise<Start> =>
  node('console-tools.mjs', version, {
    GREGOR_CONSOLE_CLASSPATH: await kafkaClassPath(version),
    GREGOR_CONSOLE_PRODUCER: producer,
  })
const go = async (program: string, version: string): Promise<Start> => ({
  command: [join(await goDrivers(), program)],
  env: {},
  version,
})

const commandLine = {
  timestamps: 'it has no option for a record’s timestamp',
}
const consoleCannot = {
  ...commandLine,
  topics: 'it prints no topic',
  rebalance: 'it does not say which partitions it has',
}

export const clients: readonly Client[] = [
  {
    name: 'kafkajs',
    language: 'Node',
    install: async () => node('kafkajs.mjs', '2.2.4', { GREGOR_CLIENTS_CACHE: await nodePackages() }),
    protocols: ['classic'],
    cannot: {},
    note: 'snappy and lz4 by the packages kafkajs-snappy and lz4-napi, zstd by Node’s own',
  },
  {
    name: '@platformatic/kafka',
    language: 'Node',
    install: async () => node('platformatic.mjs', '2.12.1', { GREGOR_CLIENTS_CACHE: await nodePackages() }),
    protocols: ['classic', 'consumer'],
    cannot: { migrate: 'its classic members die of ILLEGAL_GENERATION to an OffsetFetch, with Apache Kafka as well' },
    note: 'with its compatibilityPartitioner; the default takes the hash unsigned, and Java does not',
  },
  {
    name: '@confluentinc/kafka-javascript',
    language: 'Node',
    install: async () => node('confluent.mjs', '1.10.1', { GREGOR_CLIENTS_CACHE: await confluentPackage() }),
    protocols: ['classic', 'consumer'],
    cannot: {},
    note: 'librdkafka 2.15.1; with partitioner=murmur2_random, its default is CRC-32',
  },
  {
    name: 'kcat',
    language: 'C',
    install: async () => {
      const { kcat: version, librdkafka } = await kcat()
      return node('kcat.mjs', `${version} (librdkafka ${librdkafka})`, {})
    },
    protocols: ['classic'],
    cannot: { ...commandLine, admin: 'it creates and deletes no topics' },
    note: 'with partitioner=murmur2_random; librdkafka’s default is CRC-32',
  },
  {
    name: 'confluent-kafka-python',
    language: 'Python',
    install: () => python('confluent.py', '2.16.1'),
    protocols: ['classic', 'consumer'],
    cannot: {},
    note: 'with partitioner=murmur2_random; librdkafka’s default is CRC-32',
  },
  {
    name: 'kafka-python',
    language: 'Python',
    install: () => python('kafka_python.py', '3.0.12'),
    protocols: ['classic'],
    cannot: {},
  },
  {
    name: 'Java client 4.2',
    language: 'Java',
    install: () => java('4.2.1'),
    protocols: ['classic', 'consumer'],
    cannot: {},
  },
  {
    name: 'Java client 3.9',
    language: 'Java',
    install: () => java('3.9.1'),
    protocols: ['classic'],
    cannot: {},
  },
  {
    name: 'console tools 4.2',
    language: 'Java',
    install: () => consoleTools('4.2.1', 'org.apache.kafka.tools.ConsoleProducer'),
    protocols: ['classic'],
    cannot: consoleCannot,
  },
  {
    name: 'console tools 3.9',
    language: 'Java',
    install: () => consoleTools('3.9.1', 'kafka.tools.ConsoleProducer'),
    protocols: ['classic'],
    cannot: consoleCannot,
  },
  {
    name: 'franz-go',
    language: 'Go',
    install: () => go('franz', '1.22.2'),
    protocols: ['classic', 'consumer'],
    cannot: {},
  },
  {
    name: 'sarama',
    language: 'Go',
    install: () => go('sarama', '1.61.1'),
    protocols: ['classic'],
    cannot: {},
    note: 'with NewMurmur2Partitioner; its default is FNV-1a',
  },
]
