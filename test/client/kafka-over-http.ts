/** A local cluster in this process, and what stands between it and a Kafka client, for tests. */
import { afterEach } from 'vitest'
import { type Bridge, type BridgeOptions, startBridge } from '../../lib/client/bridge.ts'
import { type LocalCluster, startLocal } from '../../lib/local/start-local.ts'

const open: { close(): Promise<void> }[] = []

/** Closes what was opened, the last first. */
export function closeAfterEach(): void {
  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.close()
  })
}

export async function cluster(configs: Readonly<Record<string, string>> = {}): Promise<LocalCluster> {
  const started = await startLocal({ data: 'memory', httpPort: 0, kafkaPort: 0, configs })
  open.push(started)
  return started
}

export async function bridge(url: string, options: Partial<BridgeOptions> = {}): Promise<Bridge> {
  const started = await startBridge({ url, port: 0, ...options })
  open.push(started)
  return started
}
