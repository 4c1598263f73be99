/** Apache Kafka in KRaft mode, one node, from Maven's artifacts: the oracle for clients, and the measure for benchmarks. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { call } from './cache.ts'
import { kafkaClassPath } from './maven.ts'
import { accepting, freePort, type ServerProcess, startProcess, stopProcess } from './server-process.ts'

export const kafkaVersion = '4.2.1'

/** What Kafka's own start script gives its JVM, with the heap of its default. */
const jvm = ['-Xmx1G', '-Xms1G', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20', '-XX:InitiatingHeapOccupancyPercent=35']

/** Starts a broker with an empty log; `settings` are lines of its configuration beside those it needs. */
export async function startApacheKafka(settings: readonly string[] = []): Promise<ServerProcess> {
  const classPath = await kafkaClassPath(kafkaVersion)
  const folder = mkdtempSync(join(tmpdir(), 'gregor-apache-kafka-'))
  const [port, controllerPort] = [await freePort(), await freePort()]
  const configuration = join(folder, 'server.properties')
  writeFileSync(configuration, `${[...base(folder, port, controllerPort), ...settings].join('\n')}\n`)
  const java = ['java', ...jvm, `-Dkafka.logs.dir=${folder}`, '-cp', classPath]
  const id = (await call([...java, 'kafka.tools.StorageTool', 'random-uuid'])).trim().split('\n').at(-1) ?? ''
  await call([...java, 'kafka.tools.StorageTool', 'format', '-t', id, '-c', configuration])
  const child = startProcess('apache-kafka', [...java, 'kafka.Kafka', configuration])
  const stop = async () => {
    await stopProcess(child)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await accepting(child, port)
  } catch (fault) {
    await stop()
    throw fault
  }
  return { bootstrap: `127.0.0.1:${port}`, pid: child.pid ?? 0, stop }
}

const base = (folder: string, port: number, controllerPort: number) => [
  'process.roles=broker,controller',
  'node.id=1',
  `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
  `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
  `advertised.listeners=PLAINTEXT://127.0.0.1:${port}`,
  'controller.listener.names=CONTROLLER',
  'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
  `log.dirs=${join(folder, 'log')}`,
  'offsets.topic.replication.factor=1',
  'offsets.topic.num.partitions=4',
  'transaction.state.log.replication.factor=1',
  'transaction.state.log.min.isr=1',
  'transaction.state.log.num.partitions=4',
  'share.coordinator.state.topic.replication.factor=1',
  'share.coordinator.state.topic.min.isr=1',
  'share.coordinator.state.topic.num.partitions=4',
  'group.initial.rebalance.delay.ms=0',
]
