/**
 * The promise that everything else rests on: `kill -9` in the middle of the demo's produce, start again, and every record
 * that was acknowledged is at its acknowledged offset with the bytes that were sent.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Audit } from '../../lib/cli/demo/audit.ts'
import { Ledger } from '../../lib/cli/demo/ledger.ts'
import { produceOrders, readOrders } from '../../lib/cli/demo/traffic.ts'
import { GregorClient } from '../../lib/client/client.ts'
import { startGregor } from './gregor-process.ts'

const partitions = 12
const never = new AbortController().signal

/** Kills the cluster when so many records are acknowledged; answers what they were. */
async function killedAfter(data: string, durability: string, acknowledged: number): Promise<Ledger> {
  const { process: cluster, url } = await startGregor('--data', data, '--durability', durability)
  try {
    // No second try: what was cut may or may not be stored, and is no longer anyone's business.
    const client = new GregorClient({ url, retry: { attemptsMax: 1 } })
    await client.topics.create('orders', { partitions, configs: { 'retention.ms': '-1' } })
    const ledger = new Ledger()
    const fault = await produceOrders(client, ledger, {
      topic: 'orders',
      records: 200_000,
      recordsPerCall: 500,
      producers: 4,
      customers: 300,
      seed: 7,
      signal: never,
      onProgress: () => {
        if (ledger.records >= acknowledged) cluster.child.kill('SIGKILL')
      },
    })
    expect(fault).toBeDefined()
    return ledger
  } finally {
    await cluster.kill('SIGKILL')
  }
}

describe.each(['power', 'process'])('kill -9 during the demo with --durability %s', (durability) => {
  test.each([500, 9_000])(
    'after %i records: each acknowledged one is at its offset, in order, with its bytes',
    async (count) => {
      const folder = mkdtempSync(join(tmpdir(), 'gregor-kill-'))
      try {
        const ledger = await killedAfter(folder, durability, count)
        expect(ledger.records).toBeGreaterThanOrEqual(count)
        const { process: cluster, url } = await startGregor('--data', folder, '--durability', durability)
        try {
          const audit = new Audit(ledger)
          const client = new GregorClient({ url })
          await readOrders(client, audit, {
            topic: 'orders',
            partitions,
            readers: 4,
            signal: never,
            onProgress: () => undefined,
          })
          expect(audit.faults()).toEqual([])
          expect(audit.found).toBe(ledger.records)
          const [after] = await client.produce('orders', [{ key: 'k', value: 'life goes on' }])
          expect(after).toMatchObject({ outcome: 'produced' })
        } finally {
          await cluster.kill('SIGKILL')
        }
      } finally {
        rmSync(folder, { recursive: true })
      }
    },
  )
})
