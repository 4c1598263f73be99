/** A local Gregor as a person starts it: `gregor start`, on free ports. */
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { root } from './cache.ts'
import { type ServerProcess, startProcess, stopProcess } from './server-process.ts'

/** Starts `gregor start` with these words beside the ports; by default it keeps nothing. */
export async function startGregor(words: readonly string[] = ['--memory']): Promise<ServerProcess> {
  const bin = join(root, 'lib/cli/bin.mjs')
  const ports = ['--kafka-port', '0', '--http-port', '0', '--output', 'json']
  const child = startProcess('gregor', [process.execPath, bin, 'start', ...words, ...ports], { out: 'pipe' })
  const lines = createInterface({ input: child.stdout ?? process.stdin })
  const [first] = (await Promise.race([once(lines, 'line'), once(child, 'close').then(() => ['{}'])])) as [string]
  const ready = JSON.parse(first) as { readonly event?: string; readonly pid?: number; readonly kafka?: string }
  if (ready.event !== 'ready' || ready.kafka === undefined) {
    await stopProcess(child)
    throw new Error(`gregor start was not ready for Kafka's clients: it said ${first}`)
  }
  return { bootstrap: ready.kafka, pid: ready.pid ?? child.pid ?? 0, stop: () => stopProcess(child, 30_000) }
}
