/** Gateways as an operator starts them, processes of their own on one table and one bucket of the stand-ins for AWS. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { pause } from './cluster-client.ts'

const root = resolve(import.meta.dirname, '../..')
const logs = join(root, '.stores')

export const endpoints = { dynamo: process.env.GREGOR_TEST_DYNOXIDE ?? '', s3: process.env.GREGOR_TEST_MINISTACK ?? '' }

export interface RunningGateway {
  readonly broker: number
  /** `127.0.0.1:PORT`. */
  readonly address: string
  readonly child: ChildProcess
  kill(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): void
  ended(): Promise<void>
}

/** What it says goes to `.stores/<name>-<broker>.log`. */
export async function startGateway(name: string, broker: number): Promise<RunningGateway> {
  mkdirSync(logs, { recursive: true })
  const log = openSync(join(logs, `${name}-${broker}.log`), 'w')
  const store = ['--table', name, '--bucket', name, '--create']
  const ports = ['--kafka-port', '0', '--http-port', '0', '--output', 'json']
  const words = ['gateway', ...store, ...ports, '--config', `node.id=${broker}`]
  const env = {
    ...process.env,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamo,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
  }
  // Signals go to the id that it says it has: with an older Node this child is only a wrapper.
  const child = spawn(process.execPath, [join(root, 'lib/cli/bin.mjs'), ...words], {
    env,
    stdio: ['ignore', 'pipe', log],
  })
  closeSync(log)
  const lines = createInterface({ input: child.stdout ?? process.stdin })
  const said = once(lines, 'line') as Promise<[string]>
  const [first] = await Promise.race([said, once(child, 'close').then(() => ['{}'] as const)])
  const ready = JSON.parse(first) as { readonly event?: string; readonly pid?: number; readonly kafka?: string }
  if (ready.event !== 'ready' || ready.kafka === undefined || ready.pid === undefined)
    throw new Error(`gateway ${broker} is not ready: see .stores/${name}-${broker}.log`)
  const { pid, kafka } = ready
  const closed = once(child, 'close')
  return {
    broker,
    address: kafka,
    child,
    kill: (signal) => process.kill(pid, signal),
    ended: async () => void (await closed),
  }
}

/** Whatever state it is in. */
export async function stopGateway(gateway: RunningGateway): Promise<void> {
  if (gateway.child.exitCode !== null || gateway.child.signalCode !== null) return
  gateway.kill('SIGCONT')
  gateway.kill('SIGTERM')
  await Promise.race([gateway.ended(), pause(20_000)])
  if (gateway.child.exitCode === null && gateway.child.signalCode === null) gateway.kill('SIGKILL')
}
