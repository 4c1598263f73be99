/** The servers that are compared, each in a folder of its own that goes with it. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { startApacheKafka } from '../../clients/apache-kafka.ts'
import { startGregor } from '../../clients/gregor-server.ts'
import { type ServerProcess, startProcess, stopProcess } from '../../clients/server-process.ts'
import { WireClient } from '../../clients/wire-client.ts'

/** A server under measurement, and the harness's own connection to it. */
export interface Side extends ServerProcess {
  readonly name: 'gregor' | 'kafka'
  readonly wire: WireClient
}

const side = (name: Side['name'], server: ServerProcess): Side => {
  const wire = new WireClient(server.bootstrap)
  const stop = async () => {
    wire.close()
    await server.stop()
  }
  return { name, wire, ...server, stop }
}

/** `process`: an acknowledged record survives the death of the process, as with Kafka's default; `power`: of the machine. */
export async function gregorSide(durability: 'process' | 'power'): Promise<Side> {
  const folder = newFolder()
  const server = await startGregor(['--data', folder, '--durability', durability])
  return side('gregor', withFolder(server, folder))
}

/** Kafka as it comes: it answers before anything is on the disk, and so do we with `process`. */
export type Linger = number | 'default'

export async function kafkaSide(): Promise<Side> {
  // Topics that were measured make room at once.
  return side('kafka', await startApacheKafka(['log.segment.delete.delay.ms=1000', 'log.cleaner.enable=false']))
}

/** Gregor with so many milliseconds added to every call of its stores, and with a linger in ms or a gateway's default. */
export async function delayedGregorSide(delayMs: number, linger: Linger): Promise<Side> {
  const folder = newFolder()
  const script = join(import.meta.dirname, 'delayed-gregor.ts')
  const child = startProcess('delayed-gregor', [process.execPath, script, folder, String(delayMs), String(linger)], {
    out: 'pipe',
  })
  const lines = createInterface({ input: child.stdout ?? process.stdin })
  const [first] = (await Promise.race([once(lines, 'line'), once(child, 'close').then(() => ['{}'])])) as [string]
  const { kafka, pid } = JSON.parse(first) as { readonly kafka?: string; readonly pid?: number }
  if (kafka === undefined || pid === undefined) throw new Error(`delayed-gregor.ts was not ready: ${first}`)
  return side('gregor', withFolder({ bootstrap: kafka, pid, stop: () => stopProcess(child, 30_000) }, folder))
}

const newFolder = () => mkdtempSync(join(tmpdir(), 'gregor-bench-kafka-'))

const withFolder = (server: ServerProcess, folder: string): ServerProcess => ({
  ...server,
  stop: async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  },
})
